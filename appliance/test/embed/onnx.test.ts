import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { createOnnxEmbedder } from '../../src/embed/onnx.ts'
import { embedderContract } from '../contracts/embedder.ts'

const carried = join(import.meta.dirname, '../../models/multilingual-e5-small')
const second = join(import.meta.dirname, '../../../../shared/models/bge-small-zh-v1.5')

t.test('multilingual-e5-small, over mapped weights', (t) =>
  embedderContract(t, carried, () =>
    createOnnxEmbedder({ folder: carried, sessions: 2, cacheFolder: t.testdir() }),
  ),
)

const withSecond = { skip: existsSync(second) ? false : '../shared is not here' }
t.test('bge-small-zh-v1.5, a folder without a manifest (read from ../shared)', withSecond, async (t) => {
  await embedderContract(t, second, () => createOnnxEmbedder({ folder: second, sessions: 1 }))
})

t.test('a damaged copy of the weights is made again; the vectors are those of the original', async (t) => {
  const cacheFolder = t.testdir()
  const vectorOf = async (settings: { cacheFolder?: string }) => {
    const embedder = await createOnnxEmbedder({ folder: carried, sessions: 1, ...settings })
    const vector = await embedder.embedQuery('企业碳排放核算')
    await embedder.close()
    return vector
  }
  const original = await vectorOf({})
  t.same(await vectorOf({ cacheFolder }), original)
  const [copy] = readdirSync(cacheFolder)
  const weights = join(cacheFolder, copy!, 'model.data')
  const bytes = readFileSync(weights)
  bytes[bytes.length >> 1]! ^= 1
  writeFileSync(weights, bytes)
  t.same(await vectorOf({ cacheFolder }), original)
  t.not(readFileSync(weights).compare(bytes), 0)
})

t.test('without a place for the copy it says so and works', async (t) => {
  const warnings: string[] = []
  const folder = t.testdir({ file: 'not a folder' })
  const embedder = await createOnnxEmbedder({
    folder: carried,
    sessions: 1,
    cacheFolder: join(folder, 'file'),
    warn: (message) => warnings.push(message),
  })
  t.teardown(() => embedder.close())
  t.equal((await embedder.embedQuery('x')).length, 384)
  t.equal(warnings.length, 1)
})

t.test('a model that is missing, damaged or not understood is refused by name', async (t) => {
  const refused = (folder: string, code: string) =>
    t.rejects(createOnnxEmbedder({ folder, sessions: 1 }), { code }, `${code}`)
  await refused(join(t.testdir(), 'nowhere'), 'model-missing')
  const folder = t.testdir({ 'model.json': '{' })
  await refused(folder, 'model-unknown')
  cpSync(join(carried, 'model.json'), join(folder, 'model.json'))
  await refused(folder, 'model-missing')
  writeFileSync(join(folder, 'model.onnx'), 'not the model')
  await refused(folder, 'model-damaged')
  const manifest = JSON.parse(readFileSync(join(carried, 'model.json'), 'utf8'))
  writeFileSync(join(folder, 'model.json'), JSON.stringify({ ...manifest, pooling: 'last-token' }))
  await refused(folder, 'model-unknown')
})

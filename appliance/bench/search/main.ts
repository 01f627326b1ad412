/**
 * npm run -s bench:search -- N [--questions 200] [--json]
 *
 * N synthetic passages in a store of the real schema, then questions over scopes of 100, 50, 10 and 1 %, by the exact
 * scan and by the graph (if `npm run hnsw` built it): time to build, latency with the embedding of the question,
 * recall@10 against the exact scan, memory of this process.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { createOnnxEmbedder } from '../../src/embed/onnx.ts'
import { loadHnsw } from '../../src/search/hnsw-native.ts'
import { createPassageIndex } from '../../src/search/threaded-index.ts'
import { documentsFor, fill, pipeline } from './fill.ts'
import { measureScopes, memoryMb } from './measure.ts'
import { createSynthetic, passagesPerDocument } from './synthetic.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false }, questions: { type: 'string', default: '200' } },
})
const wanted = Number(positionals[0])
const questions = Number(values.questions)
if (!Number.isInteger(wanted) || wanted < 1 || !Number.isInteger(questions) || questions < 1) {
  console.error('usage: bench:search -- N [--questions 200] [--json]')
  process.exit(2)
}

const say = (line: string) => void (values.json || console.log(line))
const folder = await mkdtemp(join(tmpdir(), 'tanbox-bench-'))
try {
  const embedder = await createOnnxEmbedder({
    folder: resolve(import.meta.dirname, '../../models/multilingual-e5-small'),
    sessions: 0,
    cacheFolder: join(folder, 'index'),
  })
  const { dimension } = embedder.model
  const documents = documentsFor(wanted)
  const synthetic = createSynthetic(dimension, documents)
  const database = join(folder, 'tanbox.db')
  fill(database, synthetic, documents)
  const idleMb = memoryMb()

  const exact = new Map<string, number[]>()
  const open = (backend: 'exact' | 'hnsw') =>
    createPassageIndex({ database, pipeline, dimension, backend, folder: join(folder, 'index') })
  const until = async (index: ReturnType<typeof open>, settled: 'ready' | 'built') => {
    for (;;) {
      const status = await index.status()
      if (status.ready && (settled === 'ready' || status.building === null)) return
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
  const measure = async (backend: 'exact' | 'hnsw') => {
    const start = performance.now()
    const index = open(backend)
    await until(index, 'ready')
    const loadMs = Math.round(performance.now() - start)
    await until(index, 'built')
    const buildMs = Math.round(performance.now() - start)
    const scopes = await measureScopes(index, exact, embedder, synthetic, questions)
    const result = { backend, loadMs, buildMs, memoryMb: memoryMb(), scopes }
    await index.close()
    say(`${backend}: read in ${loadMs} ms, built in ${buildMs} ms, ${result.memoryMb} MB`)
    for (const scope of scopes) say(`  ${JSON.stringify(scope)}`)
    return result
  }

  const backends = [await measure('exact')]
  const hnsw = loadHnsw()
  if ('native' in hnsw) backends.push(await measure('hnsw'))
  else say(`hnsw: ${hnsw.missing}`)
  await embedder.close()
  const result = { passages: documents * passagesPerDocument, dimension, questions, idleMb, backends }
  if (values.json) console.log(JSON.stringify(result))
} finally {
  await rm(folder, { recursive: true, force: true })
}

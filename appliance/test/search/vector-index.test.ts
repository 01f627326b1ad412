import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createExactIndex } from '../../src/search/exact.ts'
import { HnswIndex, neighbours } from '../../src/search/hnsw.ts'
import { type Hnsw, loadHnsw } from '../../src/search/hnsw-native.ts'
import { dimension, setOf, vectorIndexContract } from '../contracts/vector-index.ts'
import { createVectors } from './stored-documents.ts'

const hnsw = loadHnsw()
const built = { skip: 'native' in hnsw ? false : `hnswlib: ${hnsw.missing}` }
const native = () => (hnsw as { native: Hnsw }).native
const owner = { pipeline: 'p1', dimension, view: 0, neighbours }

/** Slots stand for passages of the same number, and even the smallest set goes through the graph. */
const openGraph = (folder: string, change: Partial<typeof owner> = {}) =>
  new HnswIndex({
    native: native(),
    owner: { ...owner, ...change },
    path: join(folder, 'vectors-0.hnsw'),
    passageOf: (slot) => slot,
    scanUpTo: 0,
  })

t.test('the exact scan', (t) =>
  vectorIndexContract(t, () => ({ index: createExactIndex(dimension), settle: () => {} })),
)

t.test('the graph', built, (t) =>
  vectorIndexContract(t, () => {
    const index = openGraph(t.testdir())
    return { index, settle: () => void index.work(60_000) }
  }),
)

t.test('the exact scan takes vectors of any length, over more than one growth of its memory', async (t) => {
  for (const length of [1, 15, 16, 17, 512, 1024]) {
    const index = createExactIndex(length)
    const vector = createVectors(length, length)
    const vectors = Array.from({ length: 5000 }, vector)
    for (const [slot, each] of vectors.entries()) index.add(slot, each)
    const all = setOf(vectors.keys())
    for (const slot of [0, 4095, 4096, 4999])
      t.ok(
        Math.abs(index.search(vectors[slot]!, 1, all, (a, b) => a - b)[0]!.score - 1) < 1e-5,
        `${length}, ${slot}`,
      )
  }
})

t.test('the graph file', built, async (t) => {
  const vector = createVectors(5, dimension)
  const vectors = Array.from({ length: 1500 }, vector)
  const fill = (index: HnswIndex, list: Float32Array[]) =>
    list.forEach((each, slot) => void index.add(slot, each))
  const written = async (t: Test) => {
    const folder = t.testdir()
    const index = openGraph(folder)
    fill(index, vectors)
    index.work(60_000)
    await index.save(10)
    return folder
  }
  const restored = (folder: string, list: Float32Array[], seq = 10, change: Partial<typeof owner> = {}) => {
    const index = openGraph(folder, change)
    fill(index, list)
    index.restore(seq)
    return index
  }

  t.test('is taken over at the next start', async (t) => {
    const index = restored(await written(t), vectors)
    t.equal(index.built, 1)
    t.equal(index.search(vectors[9]!, 1, setOf(vectors.keys()), (a, b) => a - b)[0]?.slot, 9)
  })

  t.test('is caught up with what was added since', async (t) => {
    const index = restored(await written(t), [...vectors, vector()])
    t.ok(index.built < 1 && index.built > 0.99)
    t.equal(index.work(60_000), false)
    t.equal(index.built, 1)
  })

  t.test('is not used when it is damaged, cut, ahead of the store, or of other passages', async (t) => {
    const folder = await written(t)
    const path = join(folder, 'vectors-0.hnsw')
    const whole = readFileSync(path)
    t.equal(restored(folder, vectors, 9).built, 0, 'ahead')
    t.equal(restored(folder, vectors, 10, { pipeline: 'p2' }).built, 0, 'of another pipeline')
    t.equal(restored(folder, vectors.toReversed()).built, 0, 'of other passages')
    const flipped = Buffer.from(whole)
    flipped[whole.length >> 1]! ^= 1
    for (const bytes of [flipped, whole.subarray(0, -1), Buffer.alloc(0)]) {
      writeFileSync(path, bytes)
      const index = restored(folder, vectors)
      t.equal(index.built, 0)
      t.equal(
        index.search(vectors[9]!, 1, setOf(vectors.keys()), (a, b) => a - b)[0]?.slot,
        9,
        'scanned meanwhile',
      )
    }
    writeFileSync(path, whole)
    t.equal(restored(folder, vectors).built, 1)
  })
})

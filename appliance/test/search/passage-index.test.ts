import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import type { Filters } from '../../src/model.ts'
import { loadHnsw } from '../../src/search/hnsw-native.ts'
import type { PassageIndex } from '../../src/search/passage-index.ts'
import { createPassageIndex } from '../../src/search/threaded-index.ts'
import { createVectors, openStore } from './stored-documents.ts'

const dimension = 24

const openIndex = (database: string, backend: 'exact' | 'hnsw') =>
  createPassageIndex({
    database,
    pipeline: 'p1',
    dimension,
    backend,
    folder: join(dirname(database), 'index'),
  })

const setUp = (t: Test, backend: 'exact' | 'hnsw') => {
  const store = openStore(t.testdir())
  const index = openIndex(store.path, backend)
  t.teardown(async () => {
    await index.close()
    store.database.close()
  })
  return { store, index }
}

const ask = (index: PassageIndex, terms: string[], filters?: Filters, spaces = ['home']) =>
  index.search({
    spaces,
    ...(filters && { filters }),
    terms: terms.map((term) => ({ term, weight: 1 })),
    vectors: [],
    limit: 10,
  })

/** What a person sees, the same with either vector index. */
const behaviours = (t: Test, backend: 'exact' | 'hnsw') => {
  t.test('a document is found from its commit on, and never after its removal', async (t) => {
    const { store, index } = setUp(t, backend)
    t.same((await ask(index, ['电力'])).words, [])
    const document = store.addDocument('a', [{ terms: ['电力', '排放'] }])
    t.equal((await ask(index, ['电力'])).words.length, 1)
    store.removeDocument(document)
    t.match(await ask(index, ['电力']), { words: [], eligible: 0 })
  })

  t.test('only passages of admitted sources are found, and a second source admits as well', async (t) => {
    const { store, index } = setUp(t, backend)
    const secret = store.addDocument('secret', [{ terms: ['电力'] }], { space: 'board' })
    const open = store.addDocument('open', [{ terms: ['电力'] }], { path: '能源/2025/表.xlsx', type: 'xlsx' })
    const found = async (filters?: Filters, spaces?: string[]) =>
      (await ask(index, ['电力'], filters, spaces)).words.length
    t.equal(await found(), 1)
    t.equal(await found(undefined, ['home', 'board']), 2)
    t.equal(await found(undefined, []), 0)
    t.equal(await found({ folder: '能源/2025/' }), 1)
    t.equal(await found({ folder: '能源/20' }), 0, 'a folder is a whole name, not a beginning of one')
    t.equal(await found({ types: ['xlsx'] }), 1)
    t.equal(await found({ types: ['pdf'] }), 0)
    t.equal(await found({ from: '2026-01-01', to: '2026-01-01' }), 1)
    t.equal(await found({ from: '2026-01-01T00:00:01Z' }), 0)
    t.equal(await found({ to: '2025-12-31' }), 0)
    t.equal(await found({ sources: ['source-2'] }), 1)
    t.equal(await found({ sources: ['source-1'] }), 0, 'the source of another space')
    const second = store.addSource(secret)
    t.equal(await found({ sources: [second] }), 1)
    store.database.prepare("UPDATE source SET space = 'board' WHERE document = ?").run(open)
    t.equal(await found({ types: ['xlsx'] }), 0, 'moving a source is seen without a change of documents')
    await t.rejects(found({ from: 'yesterday' }), { code: 'bad-request' })
  })

  t.test('what may not be seen changes neither order nor score', async (t) => {
    const { store, index } = setUp(t, backend)
    store.addDocument('one', [
      { terms: ['光伏', '电力', '电力', '补贴'] },
      { terms: ['光伏', '光伏', '补贴', '办法'] },
    ])
    const before = await ask(index, ['光伏', '电力'])
    for (let i = 0; i < 50; i++)
      store.addDocument(`hidden ${i}`, [{ terms: ['电力', '光伏', '长', '长'] }], { space: 'board' })
    t.same((await ask(index, ['光伏', '电力'])).words, before.words)
    t.not(
      (await ask(index, ['光伏', '电力'], undefined, ['home', 'board'])).words[0]?.score,
      before.words[0]?.score,
    )
  })

  t.test('documents of another pipeline version are never mixed in', async (t) => {
    const { store, index } = setUp(t, backend)
    store.addDocument('new', [{ terms: ['电力'] }])
    store.addDocument('old', [{ terms: ['电力'], vectors: [new Float32Array(7)] }], {}, 'p0')
    t.match(await ask(index, ['电力']), { eligible: 1, words: { length: 1 } })
  })

  t.test('scores are those of BM25', async (t) => {
    const { store, index } = setUp(t, backend)
    store.addDocument('a', [
      { terms: ['x', 'x', 'y'] },
      { terms: ['y'] },
      { terms: ['x', 'z', 'z', 'z', 'z'] },
    ])
    const { words } = await index.search({
      spaces: ['home'],
      terms: [
        { term: 'x', weight: 2 },
        { term: 'z', weight: 0.5 },
      ],
      vectors: [],
      limit: 10,
    })
    const bm25 = (weight: number, frequency: number, count: number, length: number) =>
      (weight * Math.log(1 + (3 - frequency + 0.5) / (frequency + 0.5)) * count * 2.2) /
      (count + 1.2 * (0.25 + (0.75 * length) / 3))
    const expected = [bm25(2, 2, 2, 3), bm25(2, 2, 1, 5) + bm25(0.5, 1, 4, 5)].sort((a, b) => b - a)
    t.equal(words.length, 2)
    for (const [i, { score }] of words.entries()) t.ok(Math.abs(score - expected[i]!) < 1e-12)
  })

  t.test('after any history the answers equal those of a clean build', async (t) => {
    const { store, index } = setUp(t, backend)
    const vector = createVectors(7, dimension)
    const vocabulary = Array.from({ length: 60 }, (_, i) => `term ${i}`)
    let state = 1
    const random = (below: number) => {
      state = (Math.imul(state, 48271) >>> 0) % 2147483647
      return state % below
    }
    const alike = vector()
    const documents: number[] = []
    for (let round = 0; round < 120; round++) {
      const passages = Array.from({ length: 1 + random(40) }, () => ({
        terms: Array.from({ length: 1 + random(30) }, () => vocabulary[random(60)]!),
        vectors: [random(5) === 0 ? alike : vector(), vector()],
      }))
      documents.push(store.addDocument(`document ${round}`, passages))
      if (random(3) === 0) store.removeDocument(documents.splice(random(documents.length), 1)[0]!)
      if (random(10) === 0) await ask(index, ['term 1'])
    }
    const clean = openIndex(store.path, 'exact')
    t.teardown(() => clean.close())
    for (let i = 0; i < 20; i++) {
      const request = {
        spaces: ['home'],
        terms: [0, 1, 2].map(() => ({ term: vocabulary[random(60)]!, weight: 1 + random(3) })),
        vectors: [
          { view: 0, vector: i % 2 ? alike : vector() },
          { view: 1, vector: vector() },
          { view: 2, vector: vector() },
        ],
        limit: 50,
      }
      const [a, b] = [await index.search(request), await clean.search(request)]
      t.same({ ...a, tookMs: 0 }, { ...b, tookMs: 0 })
      t.match(a, { words: { length: 50 }, vectors: [{ length: 50 }, { length: 50 }, { length: 0 }] })
    }
    t.equal((await index.status()).passages, (await clean.status()).passages)
  })

  t.test('equal scores come in the order of the passage ids', async (t) => {
    const { store, index } = setUp(t, backend)
    const vector = createVectors(3, dimension)()
    for (let i = 0; i < 20; i++) store.addDocument(`same ${i}`, [{ terms: ['电力'], vectors: [vector] }])
    const answer = await index.search({
      spaces: ['home'],
      terms: [{ term: '电力', weight: 1 }],
      vectors: [{ view: 0, vector }],
      limit: 7,
    })
    const ids = Array.from({ length: 20 }, (_, i) => store.idOf(i + 1)).sort()
    for (const list of [answer.words, answer.vectors[0]!])
      t.same(
        list.map(({ passage }) => store.idOf(passage)),
        ids.slice(0, 7),
      )
  })

  t.test('a vector of another length is refused and the index goes on', async (t) => {
    const { store, index } = setUp(t, backend)
    store.addDocument('a', [{ terms: ['电力'], vectors: [createVectors(1, dimension)()] }])
    const request = {
      spaces: ['home'],
      terms: [],
      vectors: [{ view: 0, vector: new Float32Array(3) }],
      limit: 5,
    }
    await t.rejects(index.search(request), { code: 'index-broken' })
    t.equal((await ask(index, ['电力'])).words.length, 1)
  })

  t.test('after closing, searches are refused', async (t) => {
    const { index } = setUp(t, backend)
    await index.close()
    await t.rejects(ask(index, ['电力']), { code: 'shutting-down' })
  })

  t.end()
}

t.test('with the exact scan', (t) => behaviours(t, 'exact'))

const hnsw = loadHnsw()
const built = { skip: 'native' in hnsw ? false : `hnswlib: ${hnsw.missing}` }
t.test('with hnsw', built, (t) => behaviours(t, 'hnsw'))

t.test('asked for hnsw, the index says what it uses and why', async (t) => {
  const { index } = setUp(t, 'hnsw')
  await ask(index, ['电力'])
  const { backend, note } = await index.status()
  t.same([backend, note], 'native' in hnsw ? ['hnsw', null] : ['exact', hnsw.missing])
})

t.test('an index whose thread dies fails what it was asked and comes back by itself', async (t) => {
  const path = join(t.testdir(), 'tanbox.db')
  const index = openIndex(path, 'exact')
  t.teardown(() => index.close())
  await t.rejects(ask(index, ['电力']), { code: 'index-broken' }, 'there is no database yet')
  t.equal((await index.status()).ready, false)
  const store = openStore(dirname(path))
  t.teardown(() => void store.database.close())
  store.addDocument('a', [{ terms: ['电力'] }])
  t.equal((await ask(index, ['电力'])).words.length, 1)
})

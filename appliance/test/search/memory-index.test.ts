import { createHash } from 'node:crypto'
import t from 'tap'
import { createExactIndex } from '../../src/search/exact.ts'
import { MemoryIndex, type StoredPassage } from '../../src/search/memory-index.ts'
import { packTerms, termHash, unpackTerms } from '../../src/search/term-row.ts'
import { createVectors } from './stored-documents.ts'

const dimension = 16
const vocabulary = Array.from({ length: 300 }, (_, i) => `词${i}`)
const vector = createVectors(4, dimension)
let state = 5
const random = (below: number) => {
  state = (Math.imul(state, 48271) >>> 0) % 2147483647
  return state % below
}

let rows = 0
const document = (name: string, passages: number): StoredPassage[] =>
  Array.from({ length: passages }, (_, ordinal) => ({
    passage: ++rows,
    id: createHash('sha256').update(`${name} ${ordinal}`).digest('hex').slice(0, 32),
    words: packTerms(
      Array.from({ length: 1 + random(12) }, () => vocabulary[Math.floor(300 ** (random(1000) / 1000))]!),
    ),
    vectors: [{ view: 0, vector: vector() }],
  }))
const open = () => new MemoryIndex(() => createExactIndex(dimension))
const ask = (index: MemoryIndex, documents: Iterable<number>, asked: string[], wanted: Float32Array) =>
  index.search(
    { terms: asked.map((term) => ({ term, weight: 1 })), vectors: [{ view: 0, vector: wanted }], limit: 100 },
    index.slots.of(documents),
  )

t.test('removals and compactions leave what a clean index holds, over several full segments', async (t) => {
  const index = open()
  const present = new Map<number, StoredPassage[]>()
  for (let round = 0; round < 700; round++) {
    const passages = document(`document ${round}`, 1 + random(60))
    index.add(round, passages)
    present.set(round, passages)
    if (random(3) === 0) {
      const gone = [...present.keys()][random(present.size)]!
      index.remove(gone)
      present.delete(gone)
    }
    if (round % 150 === 149) index.compact()
    if (round % 40 === 0) ask(index, present.keys(), vocabulary.slice(0, 2), vector())
  }
  t.ok(index.slots.live > 8192, `${index.slots.live} passages`)
  const clean = open()
  for (const [number, passages] of present) clean.add(number, passages)
  for (let i = 0; i < 30; i++) {
    const asked = Array.from({ length: 5 }, () => vocabulary[random(300)]!)
    const wanted = vector()
    const some = i % 2 ? present.keys() : [...present.keys()].filter((number) => number % 7 === 0)
    const documents = [...some]
    t.same(ask(index, documents, asked, wanted), ask(clean, documents, asked, wanted))
  }
})

t.test('many removals compact by themselves', async (t) => {
  const index = open()
  for (let number = 0; number < 120; number++) index.add(number, document(`document ${number}`, 100))
  for (let number = 0; number < 60; number++) index.remove(number)
  t.ok(index.slots.used < 12_000, `${index.slots.used} slots for ${index.slots.live} passages`)
  t.equal(index.slots.live, 6000)
})

t.test('a row of terms reads as it was written, wherever its bytes lie', async (t) => {
  const packed = packTerms(['碳', '碳', '排放', 'scope'])
  const shifted = Buffer.concat([Buffer.from([1]), packed]).subarray(1)
  for (const bytes of [packed, shifted]) {
    const { length, hashes, counts } = unpackTerms(bytes)
    t.equal(length, 4)
    t.same(
      [...hashes],
      [...hashes].sort((a, b) => a - b),
    )
    t.equal(counts[hashes.indexOf(termHash('碳'))], 2)
    t.equal(counts[hashes.indexOf(termHash('scope'))], 1)
  }
  t.same(unpackTerms(packTerms([])).length, 0)
  t.equal(unpackTerms(packTerms(Array.from({ length: 1000 }, () => 'x'))).counts[0], 255)
  t.throws(() => unpackTerms(packed.subarray(0, -1)), RangeError)
})

t.test('hashes of different terms differ', async (t) => {
  const pairs = Array.from({ length: 200_000 }, (_, i) =>
    String.fromCharCode(0x4e00 + (i % 500), 0x4e00 + Math.floor(i / 500)),
  )
  const different = new Set(pairs.map(termHash)).size
  t.ok(
    different > pairs.length - 15,
    `${pairs.length - different} of 200,000 fall together; chance gives about 5`,
  )
})

import type { Test } from 'tap'
import type { SlotSet } from '../../src/search/slots.ts'
import type { VectorIndex } from '../../src/search/vector-index.ts'
import { createVectors } from '../search/stored-documents.ts'

export const dimension = 48
const byNumber = (a: number, b: number) => a - b

/** What every vector index keeps. `settle` lets it finish what it does in the background. */
export async function vectorIndexContract(
  t: Test,
  open: () => { index: VectorIndex; settle: () => void },
): Promise<void> {
  const filled = (count: number) => {
    const { index, settle } = open()
    const vector = createVectors(11, dimension)
    const vectors = Array.from({ length: count }, vector)
    for (const [slot, each] of vectors.entries()) index.add(slot, each)
    return { index, settle, vectors, query: vector }
  }

  await t.test('finds nothing in nothing', async (t) => {
    const { index } = open()
    t.same(index.search(new Float32Array(dimension), 5, setOf([]), byNumber), [])
  })

  await t.test(
    'finds at least 99 of 100 of the ten nearest, in wide and narrow sets, with exact scores',
    async (t) => {
      const { index, settle, vectors, query } = filled(3000)
      settle()
      for (const share of [1, 0.5, 0.1, 0.01]) {
        const within = setOf([...vectors.keys()].filter((slot) => (slot * 7919) % 1000 < share * 1000))
        let found = 0
        for (let i = 0; i < 50; i++) {
          const wanted = query()
          const best = nearest(vectors, wanted, within).slice(0, 10)
          const hits = index.search(wanted, 10, within, byNumber)
          t.ok(
            hits.every(
              ({ slot, score }) => within.flags[slot] === 1 && close(score, dot(vectors[slot]!, wanted)),
            ),
          )
          found += hits.filter(({ slot }) => best.includes(slot)).length / best.length
        }
        t.ok(found / 50 >= 0.99, `recall ${found / 50} in a set of ${100 * share} %`)
      }
    },
  )

  await t.test('a vector is found at once, a removed one no more', async (t) => {
    const { index, settle, vectors } = filled(500)
    const all = setOf(vectors.keys())
    t.equal(index.search(vectors[7]!, 1, all, byNumber)[0]?.slot, 7)
    settle()
    t.equal(index.search(vectors[7]!, 1, all, byNumber)[0]?.slot, 7)
    index.remove(7, 3)
    const left = setOf([...vectors.keys()].filter((slot) => slot < 7 || slot > 9))
    t.notOk(index.search(vectors[7]!, 500, left, byNumber).some(({ slot }) => slot >= 7 && slot <= 9))
    index.add(500, vectors[7]!)
    t.equal(index.search(vectors[7]!, 1, setOf([...left.slots, 500]), byNumber)[0]?.slot, 500)
  })

  await t.test('gives nothing from outside the set, even if that is as large as everything', async (t) => {
    const { index, settle, vectors } = filled(100)
    settle()
    const half = setOf(Array.from({ length: 100 }, (_, i) => 50 + i)) // slots 100 to 149 have no vector
    const hits = index.search(vectors[0]!, 100, half, byNumber)
    t.ok(hits.length > 0 && hits.every(({ slot }) => slot >= 50 && slot < 100))
  })

  await t.test('after compaction the vectors stand at their new slots', async (t) => {
    const { index, settle, vectors } = filled(400)
    settle()
    index.remove(100, 200)
    const renumbered = Int32Array.from(vectors, (_, slot) =>
      slot < 100 ? slot : slot < 300 ? -1 : slot - 200,
    )
    index.compact(renumbered)
    const all = setOf(Array.from({ length: 200 }, (_, slot) => slot))
    t.equal(index.search(vectors[350]!, 1, all, byNumber)[0]?.slot, 150)
    index.add(200, vectors[150]!)
    settle()
    t.equal(index.search(vectors[150]!, 1, setOf([...all.slots, 200]), byNumber)[0]?.slot, 200)
  })

  await t.test('equal scores come in the order asked for', async (t) => {
    const { index, settle, vectors } = filled(50)
    for (let slot = 50; slot < 60; slot++) index.add(slot, vectors[0]!)
    settle()
    const hits = index.search(
      vectors[0]!,
      4,
      setOf(Array.from({ length: 60 }, (_, slot) => slot)),
      (a, b) => b - a,
    )
    t.same(
      hits.map(({ slot }) => slot),
      [59, 58, 57, 56],
    )
  })

  await t.test('vectors of another length are refused', async (t) => {
    const { index } = open()
    t.throws(() => index.add(0, new Float32Array(dimension + 1)), RangeError)
    t.throws(() => index.search(new Float32Array(1), 1, setOf([]), byNumber), RangeError)
  })
}

export function setOf(slots: Iterable<number>): SlotSet {
  const list = Uint32Array.from(slots)
  const flags = new Uint8Array((list.at(-1) ?? -1) + 1)
  for (const slot of list) flags[slot] = 1
  return { flags, slots: list, length: list.length }
}

function nearest(vectors: Float32Array[], query: Float32Array, within: SlotSet): number[] {
  const scores = new Map([...within.slots].map((slot) => [slot, dot(vectors[slot]!, query)]))
  return [...scores.keys()].sort((a, b) => scores.get(b)! - scores.get(a)!)
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, x, i) => sum + x * b[i]!, 0)
}

function close(a: number, b: number): boolean {
  return Math.abs(a - b) < 1e-5
}

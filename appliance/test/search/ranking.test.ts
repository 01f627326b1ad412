import t from 'tap'
import type { Hit, Passage } from '../../src/model.ts'
import { withDocumentScores } from '../../src/search/documents.ts'
import { complete } from '../../src/search/follow-up.ts'
import { fuse } from '../../src/search/fuse.ts'
import { readingBudget, toHits } from '../../src/search/hits.ts'

function hit(source: string, ordinal: number, score: number, length = 300): Hit {
  const passage: Passage = {
    id: `${source}${ordinal}`,
    ordinal,
    text: '字'.repeat(length),
    kind: 'text',
    title: source,
    headings: [],
    locator: { kind: 'section' },
    runs: [],
    tokens: length,
  }
  const ref = { id: source, name: source, path: source, type: 'md' as const, title: source, modifiedAt: '' }
  return { passage, source: ref, score, why: { words: null, vectors: null } }
}

const merge = (a: Passage, b: Passage): Passage => ({ ...a, text: `${a.text}\n${b.text}` })
const ids = (hits: readonly Hit[]) => hits.map((each) => each.parts?.join('+') ?? each.passage.id)
const characters = (hits: readonly Hit[]) =>
  hits.reduce((sum, each) => sum + each.passage.text.replace(/\s/g, '').length, 0)

t.test('a passage good by both methods stands before the best of one, and says why', async (t) => {
  const words = [
    { passage: 1, score: 10 },
    { passage: 3, score: 9 },
  ]
  const vectors = [
    { passage: 2, score: 0.9 },
    { passage: 3, score: 0.89 },
    { passage: 4, score: 0.8 },
  ]
  const [first, ...others] = fuse({ words, vectors }, () => 1)
  t.match(first, { passage: 3, words: { rank: 2, score: 9 }, vectors: { rank: 2, score: 0.89 } })
  t.equal(others.find((each) => each.passage === 1)!.vectors, null)
  t.same(
    fuse({ words, vectors }, () => 0).map((each) => each.passage),
    [2, 3, 1, 4],
    'words without weight',
  )
})

t.test('one empty method leaves the order of the other; nothing found is nothing', async (t) => {
  const found = [
    { passage: 5, score: 0.9 },
    { passage: 6, score: 0.85 },
  ]
  t.same(
    fuse({ words: [], vectors: found }, () => 1).map((each) => each.passage),
    [5, 6],
  )
  t.same(
    fuse({ words: found, vectors: [] }, () => 1).map((each) => each.passage),
    [5, 6],
  )
  t.same(
    fuse({ words: [], vectors: [] }, () => 1),
    [],
  )
  t.same(withDocumentScores([]), [])
})

t.test('neighbours become one hit at the place of the better one', async (t) => {
  const hits = toHits(
    [hit('a', 4, 3), hit('b', 0, 2), hit('a', 5, 1), hit('a', 3, 0.5), hit('c', 9, 0.4)],
    8,
    merge,
  )
  t.same(ids(hits), ['a3+a4+a5', 'b0', 'c9'])
  t.equal(hits[0]!.passage.id, 'a4', 'it goes by the passage that was found first')
  t.equal(hits[0]!.score, 3)
})

t.test('a passage between two hits joins them', async (t) => {
  t.same(ids(toHits([hit('a', 1, 3), hit('a', 3, 2), hit('a', 2, 1)], 8, merge)), ['a1+a2+a3'])
})

t.test('neighbours on two sheets stay apart: a hit names one sheet', async (t) => {
  const onSheet = (name: string, each: Hit): Hit => ({
    ...each,
    passage: { ...each.passage, locator: { kind: 'sheet', name, range: 'A2:C9' } },
  })
  const hits = [
    onSheet('用电', hit('a', 0, 3)),
    onSheet('用电', hit('a', 1, 2)),
    onSheet('设备', hit('a', 2, 1)),
  ]
  t.same(ids(toHits(hits, 8, merge)), ['a0+a1', 'a2'])
})

t.test('the first five hits never hold more than there is to read', async (t) => {
  for (const length of [50, 300, 580]) {
    const chain = Array.from({ length: 40 }, (_, n) => hit('a', n, 40 - n, length))
    const scattered = Array.from({ length: 40 }, (_, n) => hit(`s${n % 7}`, n % 11, 40 - n, length))
    for (const candidates of [chain, scattered]) {
      const hits = toHits(candidates, 10, merge)
      t.ok(characters(hits.slice(0, 5)) <= readingBudget, `${length}: ${characters(hits.slice(0, 5))}`)
      t.ok(hits.length <= 10)
    }
  }
})

t.test('of two equal passages the one whose document fits better comes first', async (t) => {
  const order = withDocumentScores([hit('a', 0, 2), hit('a', 5, 1.9), hit('b', 0, 2), hit('b', 7, 0.2)])
  t.same(ids(order.slice(0, 2)), ['a0', 'a5'])
})

t.test('a follow-up is searched with the question it leans on', async (t) => {
  const asked = (...questions: string[]) => questions.map((content) => ({ role: 'user' as const, content }))
  t.equal(complete('那光伏呢？', asked('徐汇区储能补贴多少？')).text, '徐汇区储能补贴多少？ 那光伏呢？')
  t.equal(
    complete('要交哪些材料？', asked('徐汇区储能补贴多少？', '那光伏呢？')).text,
    '徐汇区储能补贴多少？ 那光伏呢？ 要交哪些材料？',
    'through a chain to the subject',
  )
  t.equal(
    complete('天津的碳配额总量是多少？', asked('徐汇区储能补贴多少？')).text,
    '天津的碳配额总量是多少？',
    'a new subject',
  )
  t.equal(
    complete('那天津呢？', asked('徐汇区储能补贴多少？')).text,
    '徐汇区储能补贴多少？ 那天津呢？',
    'another place, same subject',
  )
  t.equal(complete('储能补贴多少？', []).text, '储能补贴多少？')
})

import t from 'tap'
import { canonicalJson } from '../../src/canonical-json.ts'
import { type Entry, noEntry, suite } from '../../src/entry.ts'
import { foldEntries, type LoggedEntry } from '../../src/views/fold.ts'

const digest = (n: number) => n.toString(16).padStart(64, '0')
const at = '2026-11-27T08:00:00.000Z'

function logged(origin: string, seq: number, type: string, content: unknown = null, time = at): LoggedEntry {
  const entry: Entry = { type, seq, prev: noEntry, time, commitment: digest(seq), suite }
  return { origin, entry, content }
}

const source = (id: string, name: string) => ({ source: id, space: 'home', content: digest(7), name, at })
const one = 'box.test/0123456789abcdef/1'
const other = 'box.test/fedcba9876543210/1'
const entries = [
  logged(one, 0, 'source-added', { ...source('a', '月报.xlsx'), size: 9 }),
  logged(one, 1, 'source-added', { ...source('__proto__', '台账.pdf'), size: 9 }),
  logged(one, 2, 'answer'),
  logged(one, 3, 'answer', null, '2026-11-28T23:59:59.999Z'),
  logged(one, 4, 'source-removed', source('a', '月报.xlsx')),
  logged(one, 5, 'model', { name: 'e5', version: '1', sha256: digest(3), purpose: 'embedding', at }),
  logged(one, 6, 'constructor', { any: 'thing' }),
  logged(other, 0, 'vote-cast'),
  logged(other, 1, 'source-added', { not: 'of this kind' }),
]

t.test('entries become one view, ordered by origin and number', async (t) => {
  const view = foldEntries(entries)
  t.same(
    view.logs.map(({ origin, size }) => [origin, size]),
    [
      [one, 7],
      [other, 2],
    ],
  )
  const [first, second] = view.logs
  t.same({ ...first!.answers }, { '2026-11-27': 1, '2026-11-28': 1 })
  t.same(Object.keys(first!.sources), ['__proto__'], 'what was removed is gone; no name is special')
  t.same(first!.models[digest(3)], { name: 'e5', version: '1', seq: 5 })
  t.same(first!.unknown, ['constructor'])
  t.same(second!.unknown, ['vote-cast'], 'unknown kinds are carried')
  t.same({ ...second!.sources }, {}, 'a content that does not fit its kind is not interpreted')
  t.equal(view.kinds['source-added'], 3)
})

t.test('whatever the order of arrival, also twice, the view is the same byte for byte', async (t) => {
  const expected = canonicalJson(foldEntries(entries))
  let state = 1
  const random = () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
  for (let round = 0; round < 200; round += 1) {
    const shuffled = [...entries, ...entries.slice(0, round % entries.length)]
    for (let index = shuffled.length - 1; index > 0; index -= 1) {
      const swap = Math.floor(random() * (index + 1))
      ;[shuffled[index], shuffled[swap]] = [shuffled[swap]!, shuffled[index]!]
    }
    if (canonicalJson(foldEntries(shuffled)) !== expected) t.fail(`round ${round}`)
  }
  t.throws(() => foldEntries([...entries, logged(one, 2, 'model')]), /two entries 2/)
})

import t from 'tap'
import { opens } from '../src/entry.ts'
import { commitTo } from '../src/kinds.ts'

const removed = {
  source: '0192',
  space: 'home',
  content: '0'.repeat(64),
  name: '能源/月报.xlsx',
  at: '2026-11-23T08:00:00.000Z',
}

t.test('a content that fits its kind is committed to', async (t) => {
  const { commitment, canonical, salt } = commitTo('source-removed', removed)
  t.ok(opens(commitment, canonical, salt))
  t.same(JSON.parse(canonical), removed)
})

t.test('a content that does not fit is refused, naming the member', async (t) => {
  t.throws(
    () => commitTo('source-removed', { ...removed, content: 'x' }),
    /content of source-removed\/content/,
  )
  t.throws(() => commitTo('source-removed', { ...removed, at: 'yesterday' }), /source-removed\/at/)
  t.throws(() => commitTo('source-removed', { ...removed, owner: 'x' } as never), /source-removed/)
  t.throws(() => commitTo('vote' as never, removed as never), /unknown kind of entry: vote/)
})

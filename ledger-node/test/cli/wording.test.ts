import t from 'tap'
import { explainState } from '../../src/cli/wording.ts'

t.test('that a log has forked is said of entries that may be in one history only', async (t) => {
  const origin = 'box.test/0123456789abcdef/1'
  const report = {
    origin,
    witnesses: { n: 2, faulty: 0, needed: 2, explanation: '' },
    forks: [{ id: 'ab'.repeat(32), origin, prefix: { size: 5, exact: true } }],
  }
  const said = (seq: number) =>
    explainState('zh', { seq, state: 'witnessed', k: 2, n: 2, note: null }, report)
  t.notMatch(said(4), '分叉')
  t.match(said(5), '分叉')
})

import t from 'tap'

t.test('the launcher runs Node 24 or newer', async (t) => {
  t.ok(Number(process.versions.node.split('.')[0]) >= 24)
})

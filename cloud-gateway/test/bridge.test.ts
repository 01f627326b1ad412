import t from 'tap'
import { extract } from '../src/extractive.ts'
import { testGateway } from './support/gateway.ts'
import { collect, never, newRid, payloadOf, question } from './support/questions.ts'

t.test('a question travels to the model and its answer back', async (t) => {
  await using gateway = await testGateway()
  const client = await gateway.connected()
  const { events, text, error } = await collect(
    client.ask(payloadOf(question()), { rid: newRid(), deadlineMs: 5000 }, never),
  )
  t.equal(error, null)
  t.equal(text, extract(question()))
  t.match(text, /13\.5%.*\[1\]/)
  t.strictSame(events[0], { type: 'accepted', model: 'extractive' })
  t.match(events.at(-1), { type: 'end', finish: 'stop', usage: { exact: true } })
  t.ok(events.filter(({ type }) => type === 'delta').length > 2, 'it streams')
})

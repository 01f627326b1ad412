import t from 'tap'
import { never, newRid, payloadOf, question } from '../support/questions.ts'
import { script, scriptedGateway, usage, welcome } from '../support/scripted-gateway.ts'
import { askOf, testBox } from '../support/test-box.ts'
import { until } from '../support/until.ts'

const texts = ['一', '二', '三']

/** A box whose question got an `accepted` and two deltas before the gateway was lost, and the link after that. */
async function lostGateway(t: Parameters<typeof testBox>[0], options: { mayRestart?: boolean }) {
  const gateway = await scriptedGateway()
  t.teardown(() => gateway[Symbol.asyncDispose]())
  const box = testBox(t, gateway.url)
  const first = await gateway.link()
  await until(() => box.client.state === 'connected')
  const asking = askOf(box.client, options)
  await first.next('ask')
  const said = script(asking.rid, texts)
  first.say(said.accepted(), ...said.deltas(1, 2))
  await new Promise((resolve) => setTimeout(resolve, 20))
  first.cut()
  const second = await gateway.link()
  return { gateway, box, ...asking, said, second }
}

const lost = { usage, seq: 2, message: 'lost' }

t.test('a lost answer is not asked again by itself: what it cost is told', async (t) => {
  const { rid, said, second, outcome } = await lostGateway(t, {})
  second.say(said.error('RESUME_LOST', lost))
  t.match(await outcome, { text: '一二', error: { code: 'RESUME_LOST', retryable: true, usage } })
  await new Promise((resolve) => setTimeout(resolve, 30))
  t.notOk(second.received.some(({ type }) => type === 'ask' || type === 'cancel'))
  t.notOk(second.received.some((message) => 'rid' in message && message.rid !== rid))
})

t.test('where the asker allowed it, the same question is asked for the next generation', async (t) => {
  const { rid, payload, said, second, outcome } = await lostGateway(t, { mayRestart: true })
  second.say(said.error('RESUME_LOST', lost))
  const { body, epoch, ...ask } = await second.next('ask')
  t.equal(epoch, 2)
  t.equal(ask.rid, rid)
  t.same(Buffer.from(body), Buffer.from(payload))
  const again = script(rid, ['别', '的'], 2)
  second.say(again.restart(), again.accepted(0, 'other'), ...again.deltas(), again.end())
  const { events, error } = await outcome
  t.equal(error, null)
  t.same(
    events.map((event) => (event.type === 'delta' ? event.text : event.type)),
    ['accepted', '一', '二', 'restart', 'accepted', '别', '的', 'end'],
  )
  t.match(await second.next('ack'), { rid, seq: 2 })
})

t.test('what was lost and not read yet is not shown after all', async (t) => {
  await using gateway = await scriptedGateway()
  const box = testBox(t, gateway.url)
  const first = await gateway.link()
  await until(() => box.client.state === 'connected')
  const rid = newRid()
  const options = { rid, deadlineMs: 5000, mayRestart: true }
  const reading = box.client.ask(payloadOf(question()), options, never)
  const firstRead = reading.next()
  await first.next('ask')
  const said = script(rid, texts)
  first.say(said.accepted(), ...said.deltas(1, 2))
  await firstRead
  await new Promise((resolve) => setTimeout(resolve, 20))
  first.cut()
  const second = await gateway.link()
  const again = script(rid, ['新'], 2)
  second.say(said.error('RESUME_LOST', lost))
  await second.next('ask')
  second.say(again.restart(), again.accepted(), ...again.deltas(), again.end())
  await second.next('ack')
  const rest: unknown[] = []
  for await (const event of reading) rest.push(event.type === 'delta' ? event.text : event.type)
  t.same(rest, ['restart', 'accepted', '新', 'end'])
})

t.test('late words of the lost generation are dropped', async (t) => {
  const { rid, said, second, outcome } = await lostGateway(t, { mayRestart: true })
  second.say(said.error('RESUME_LOST', lost))
  await second.next('ask')
  const again = script(rid, ['新'], 2)
  second.say(
    said.delta(3),
    again.restart(),
    said.progress(),
    again.accepted(),
    ...again.deltas(),
    again.end(),
  )
  t.match(await outcome, { error: null, events: { length: 7 } })
})

t.test('a cut while it begins anew asks for that generation again', async (t) => {
  const { gateway, rid, said, second, outcome } = await lostGateway(t, { mayRestart: true })
  second.say(said.error('RESUME_LOST', lost))
  await second.next('ask')
  second.cut()
  const third = await gateway.dial()
  t.same((await third.next('auth')).resume, undefined)
  third.say(welcome)
  t.equal((await third.next('ask')).epoch, 2)
  const again = script(rid, ['新'], 2)
  third.say(again.restart(), again.accepted(), ...again.deltas(), again.end())
  t.match(await outcome, { error: null })
})

t.test('when the gateway refuses to begin anew, what was shown stands', async (t) => {
  const { said, second, outcome } = await lostGateway(t, { mayRestart: true })
  second.say(said.error('RESUME_LOST', lost))
  const { rid } = await second.next('ask')
  second.say({ type: 'error', rid, code: 'quota-day', message: 'no', retryable: false, retryAfterMs: 5000 })
  t.match(await outcome, { text: '一二', error: { code: 'quota-day', retryAfterMs: 5000 } })
})

t.test('a gateway that loses every generation is not paid for ever', async (t) => {
  const { rid, said, second, outcome } = await lostGateway(t, { mayRestart: true })
  second.say(said.error('RESUME_LOST', lost))
  for (let epoch = 2; epoch <= 4; epoch++) {
    t.equal((await second.next('ask')).epoch, epoch)
    second.say(script(rid, texts, epoch).error('RESUME_LOST', lost))
  }
  t.match((await outcome).error, { code: 'RESUME_LOST' })
})

t.test('the gateway may not begin anew by itself', async (t) => {
  const { rid, second, said, outcome } = await lostGateway(t, { mayRestart: true })
  second.say(said.accepted(2), script(rid, texts, 2).restart())
  t.match(await outcome, { text: '一二', error: { code: 'incomplete' } })
  t.equal(await second.closed, 4400)
})

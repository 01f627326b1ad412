import t from 'tap'
import { sha256Hex } from '../../src/protocol.ts'
import { script, scriptedGateway } from '../support/scripted-gateway.ts'
import { askOf, testBox } from '../support/test-box.ts'
import { until } from '../support/until.ts'

const texts = ['到', '2025年', '，能耗', '下降', '13.5%', '。']
const whole = texts.join('')

const connected = async (box: ReturnType<typeof testBox>) => until(() => box.client.state === 'connected')

t.test('an answer is whole and said once wherever it is cut', async (t) => {
  // Cut after so many messages of: accepted, progress, six deltas, end.
  for (let messages = 0; messages <= 8; messages++) {
    await using gateway = await scriptedGateway()
    const box = testBox(t, gateway.url)
    const first = await gateway.link()
    await connected(box)
    const { rid, outcome } = askOf(box.client)
    const said = script(rid, texts)
    const asked = await first.next('ask')
    const all = [said.accepted(), said.progress(), ...said.deltas()]
    // So that they arrive before the cut does.
    first.say(...all.slice(0, messages))
    await new Promise((resolve) => setTimeout(resolve, 20))
    first.cut()

    const second = await gateway.dial()
    const { resume = [] } = await second.next('auth')
    second.say({ type: 'welcome', session: 's', generation: 2, models: ['default'], quota: quotaOf() })
    const seq = Math.max(0, messages - 2)
    if (messages === 0) {
      t.same(resume, [])
      const { deadlineMs, ...again } = await second.next('ask')
      t.match(asked, again, 'the same question')
      t.ok(deadlineMs <= asked.deadlineMs)
    } else {
      t.same(resume, [{ rid, epoch: 1, seq }])
    }
    second.say(said.accepted(6), ...said.deltas(seq + 1), said.end())
    const { text, error, events } = await outcome
    t.equal(error, null, `cut after ${messages}`)
    t.equal(text, whole)
    t.equal(events.filter(({ type }) => type === 'accepted').length, 1)
    t.match(events.at(-1), { type: 'end', finish: 'stop', model: 'm', usage: { completionTokens: 3 } })
    t.match(await second.next('ack'), { rid, seq: 6 })
    box.client.close()
  }
})

t.test('what is repeated after a cut is dropped', async (t) => {
  await using gateway = await scriptedGateway()
  const box = testBox(t, gateway.url)
  const first = await gateway.link()
  await connected(box)
  const { rid, outcome } = askOf(box.client)
  const said = script(rid, texts)
  await first.next('ask')
  first.say(said.accepted(), ...said.deltas(1, 4))
  await new Promise((resolve) => setTimeout(resolve, 20))
  first.cut()
  const second = await gateway.link()
  second.say(said.accepted(4), ...said.deltas(2, 4), ...said.deltas(3), said.end())
  t.match(await outcome, { text: whole, error: null })
})

t.test('cuts during the replay, again and again', async (t) => {
  await using gateway = await scriptedGateway()
  const box = testBox(t, gateway.url)
  let link = await gateway.link()
  await connected(box)
  const { rid, outcome } = askOf(box.client)
  const said = script(rid, texts)
  await link.next('ask')
  link.say(said.accepted(), said.delta(1))
  for (let seq = 1; seq < 6; seq++) {
    await new Promise((resolve) => setTimeout(resolve, 20))
    link.cut()
    link = await gateway.dial()
    t.same((await link.next('auth')).resume, [{ rid, epoch: 1, seq }])
    link.say({ type: 'welcome', session: 's', generation: seq, models: ['default'], quota: quotaOf() })
    // Cut between `accepted` and the first delta every other time.
    if (seq % 2 === 0) {
      link.say(said.accepted(6))
      await new Promise((resolve) => setTimeout(resolve, 20))
      link.cut()
      link = await gateway.link()
    }
    link.say(said.accepted(6), said.delta(seq + 1))
  }
  link.say(said.end())
  t.match(await outcome, { text: whole, error: null })
})

t.test('several answers go on side by side, each where it was', async (t) => {
  await using gateway = await scriptedGateway()
  const box = testBox(t, gateway.url)
  const first = await gateway.link()
  await connected(box)
  const [a, b, c] = [askOf(box.client), askOf(box.client), askOf(box.client)]
  const [ofA, ofB, ofC] = [script(a.rid, texts), script(b.rid, texts), script(c.rid, texts)]
  for (const _ of [a, b, c]) await first.next('ask')
  first.say(ofA.accepted(), ofB.accepted(), ...ofA.deltas(1, 2), ...ofB.deltas(), ofB.end())
  t.match(await b.outcome, { text: whole, error: null })
  first.cut()
  const second = await gateway.dial()
  t.same((await second.next('auth')).resume, [{ rid: a.rid, epoch: 1, seq: 2 }], 'what is over is not named')
  second.say({ type: 'welcome', session: 's', generation: 2, models: ['default'], quota: quotaOf() })
  t.equal((await second.next('ask')).rid, c.rid, 'what was never accepted is asked again')
  second.say(ofC.accepted(), ...ofC.deltas(), ofA.accepted(2), ...ofA.deltas(3), ofC.end(), ofA.end())
  t.match(await a.outcome, { text: whole, error: null })
  t.match(await c.outcome, { text: whole, error: null })
})

t.test('the room that is left is said again after a cut', async (t) => {
  await using gateway = await scriptedGateway()
  const box = testBox(t, gateway.url)
  const first = await gateway.link()
  await connected(box)
  const { rid, outcome } = askOf(box.client)
  const said = script(rid, texts)
  await first.next('ask')
  first.say(said.accepted(), ...said.deltas(1, 3))
  await new Promise((resolve) => setTimeout(resolve, 20))
  first.cut()
  const second = await gateway.link()
  second.say(said.accepted(3))
  t.same(await second.next('credit'), { type: 'credit', rid, epoch: 1, seq: 3, bytes: 65_536 })
  second.say(...said.deltas(4), said.end())
  await outcome
})

t.test('another model that took over during the cut is named', async (t) => {
  await using gateway = await scriptedGateway()
  const box = testBox(t, gateway.url)
  const first = await gateway.link()
  await connected(box)
  const { rid, outcome } = askOf(box.client)
  const said = script(rid, texts)
  await first.next('ask')
  first.say(said.accepted(0, 'one'))
  await new Promise((resolve) => setTimeout(resolve, 20))
  first.cut()
  const second = await gateway.link()
  second.say(said.accepted(0, 'two'), ...said.deltas(), said.end())
  const { events } = await outcome
  t.match(
    events.filter(({ type }) => type === 'accepted'),
    [{ model: 'one' }, { model: 'two' }],
  )
  t.match(events.at(-1), { type: 'end', model: 'two' })
})

t.test('without a connection an answer is waited for as long as the gateway keeps it', async (t) => {
  const gateway = await scriptedGateway()
  const box = testBox(t, gateway.url, { patience: { resumeMs: 80 } })
  const link = await gateway.link()
  await connected(box)
  const begun = askOf(box.client)
  const silent = askOf(box.client)
  const said = script(begun.rid, texts)
  await link.next('ask')
  await link.next('ask')
  link.say(said.accepted(), said.delta(1))
  await new Promise((resolve) => setTimeout(resolve, 20))
  await gateway[Symbol.asyncDispose]()
  const began = performance.now()
  t.match(await begun.outcome, { text: '到', error: { code: 'incomplete' } })
  t.match(await silent.outcome, { text: '', error: { code: 'connection-lost', retryable: true } })
  t.ok(performance.now() - began < 2000, 'dials that fail meanwhile do not prolong it')
})

t.test('and not beyond its deadline', async (t) => {
  const gateway = await scriptedGateway()
  const box = testBox(t, gateway.url)
  const link = await gateway.link()
  await connected(box)
  const { outcome } = askOf(box.client, { deadlineMs: 150 })
  await link.next('ask')
  await gateway[Symbol.asyncDispose]()
  t.match((await outcome).error, { code: 'deadline' })
})

t.test('a question that kills each connection is not sent for ever', async (t) => {
  await using gateway = await scriptedGateway()
  const box = testBox(t, gateway.url)
  let link = await gateway.link()
  await connected(box)
  const { outcome } = askOf(box.client)
  let asked = 0
  void outcome.then(() => {
    asked = -asked
  })
  while (asked >= 0 && asked < 10) {
    await link.next('ask')
    asked += 1
    link.cut()
    link = await gateway.link()
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  t.match((await outcome).error, { code: 'connection-lost' })
  t.equal(asked, -3)
})

t.test('the gateway is told of what nobody waits for any more', async (t) => {
  await using gateway = await scriptedGateway()
  const box = testBox(t, gateway.url)
  const first = await gateway.link()
  await connected(box)
  const stop = new AbortController()
  const { rid, outcome } = askOf(box.client, {}, stop.signal)
  await first.next('ask')
  first.say(script(rid, texts).accepted())
  await new Promise((resolve) => setTimeout(resolve, 20))
  gateway.refuse = { status: 503 }
  first.cut()
  await until(() => box.client.state !== 'connected')
  stop.abort()
  t.match((await outcome).error, { code: 'connection-lost' }, 'without waiting for a connection')
  gateway.refuse = null
  const second = await gateway.dial()
  t.same((await second.next('auth')).resume, undefined)
  second.say({ type: 'welcome', session: 's', generation: 2, models: ['default'], quota: quotaOf() })
  t.equal((await second.next('cancel')).rid, rid)
  second.say(script(rid, texts).end({ finish: 'cancelled', seq: 0, textSha256: sha256Hex('') }))
  t.equal((await second.next('ack')).rid, rid, 'and need not keep its end')
})

function quotaOf() {
  return { tokensPerMinute: null, tokensPerDay: null, streams: 8 }
}

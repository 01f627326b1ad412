import { connect, createServer, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { sha256Hex } from '../../src/protocol.ts'
import { collect, never, newRid, payloadOf, question } from '../support/questions.ts'
import { hello, script, scriptedGateway, welcome } from '../support/scripted-gateway.ts'
import { askOf, testBox } from '../support/test-box.ts'
import { until } from '../support/until.ts'

async function connected(t: Test, changes: Parameters<typeof testBox>[2] = {}, greeting = hello()) {
  const gateway = await scriptedGateway(greeting)
  t.teardown(() => gateway[Symbol.asyncDispose]())
  const { client, states } = testBox(t, gateway.url, changes)
  const link = await gateway.link()
  await until(() => client.state === 'connected')
  return { gateway, client, states, link }
}

t.test('what the gateway says of itself is known', async (t) => {
  const { client } = await connected(t)
  t.same(client.models, ['default'])
  t.match(client.quota, { tokensPerDay: 1000, streams: 8 })
  t.equal(client.problem, null)
  t.equal(client.firstTokenMs, null)
})

t.test('what arrives at the gateway are the very bytes of the payload', async (t) => {
  const { client, link } = await connected(t)
  const payload = new TextEncoder().encode('{"v":1, "é":"\\u00e9 \u2028 😀","question":"　空格"}')
  const { rid } = askOf(client)
  await link.next('ask')
  void client
    .ask(payload, { rid: rid.replace(/.$/, (digit) => (digit === '0' ? '1' : '0')), deadlineMs: 1000 }, never)
    .next()
    .catch(() => {})
  const asked = await link.next('ask')
  t.same(new TextEncoder().encode(asked.body), payload)
  t.equal(asked.digest, sha256Hex(payload))
})

t.test('trace and deadline travel with the question', async (t) => {
  const { client, link } = await connected(t)
  const traceparent = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`
  askOf(client, { traceparent, deadlineMs: 10 * 24 * 3_600_000 })
  t.match(await link.next('ask'), { traceparent, deadlineMs: 600_000 })
})

t.test('a payload that cannot be sent as it is, is not sent', async (t) => {
  const { client, link } = await connected(t)
  const send = (payload: Uint8Array) =>
    collect(client.ask(payload, { rid: newRid(), deadlineMs: 1000 }, never))
  t.match((await send(new Uint8Array([0x7b, 0xff, 0x7d]))).error, { code: 'bad-body' })
  t.match((await send(new Uint8Array(600_000).fill(0x20))).error, { code: 'too-large' })
  t.match(
    (await send(new Uint8Array(500_000).fill(0x01))).error,
    { code: 'too-large' },
    'escaped it would not fit',
  )
  t.equal(link.received.filter(({ type }) => type === 'ask').length, 0)
  const marked = send(new TextEncoder().encode('\ufeff{}'))
  t.equal((await link.next('ask')).body, '\ufeff{}', 'a mark in front is kept')
  client.close()
  await marked
})

t.test('the smaller of both limits holds', async (t) => {
  const mine = hello()
  const { client } = await connected(t, {}, { ...mine, limits: { ...mine.limits, bodyBytes: 100 } })
  t.match((await askOf(client).outcome).error, { code: 'too-large' })
})

t.test('a question without a connection fails at once', async (t) => {
  const { client } = testBox(t, 'ws://127.0.0.1:1/')
  t.match((await askOf(client).outcome).error, { code: 'not-connected', retryable: true })
  await until(() => client.state === 'unreachable')
  t.equal(client.problem, 'unreachable')
  t.match((await askOf(client).outcome).error, { code: 'not-connected' })
})

t.test('a question that was withdrawn before is not sent', async (t) => {
  const { client, link } = await connected(t)
  t.match((await askOf(client, {}, AbortSignal.abort()).outcome).error, { code: 'cancelled' })
  t.notOk(link.received.some(({ type }) => type === 'ask'))
})

t.test('aborting cancels; the answer ends as cancelled', async (t) => {
  const { client, link } = await connected(t)
  const stop = new AbortController()
  const { rid, outcome } = askOf(client, {}, stop.signal)
  await link.next('ask')
  const said = script(rid, ['一'])
  link.say(said.accepted(), said.delta(1))
  stop.abort()
  t.equal((await link.next('cancel')).rid, rid)
  link.say(said.end({ finish: 'cancelled' }))
  t.match(await outcome, { error: null, text: '一' })
})

t.test('leaving the loop cancels, and the gateway need not keep what is left', async (t) => {
  const { client, link } = await connected(t)
  const rid = newRid()
  const said = script(rid, ['一', '二'])
  const reading = (async () => {
    for await (const event of client.ask(payloadOf(question()), { rid, deadlineMs: 5000 }, never))
      if (event.type === 'delta') break
  })()
  await link.next('ask')
  link.say(said.accepted(), said.delta(1))
  await reading
  await link.next('cancel')
  link.say(said.delta(2), said.end({ finish: 'cancelled' }))
  t.equal((await link.next('ack')).rid, rid)
  t.equal(client.state, 'connected')
})

t.test('a cancel that is not answered does not hold the asker', async (t) => {
  const { client } = await connected(t, { patience: { cancelMs: 40 } })
  t.match((await askOf(client, {}, AbortSignal.timeout(30)).outcome).error, { code: 'gateway-silent' })
})

t.test('the time to the first token runs from the question to the first delta', async (t) => {
  const { client, link } = await connected(t)
  const began = performance.now()
  const { rid, outcome } = askOf(client)
  await link.next('ask')
  const said = script(rid, ['想', '一'])
  link.say(said.accepted(), said.progress('queued', 2))
  await new Promise((resolve) => setTimeout(resolve, 60))
  link.say({ ...said.delta(1), channel: 'reasoning' })
  await new Promise((resolve) => setTimeout(resolve, 60))
  const most = performance.now() - began
  link.say(said.delta(2), said.end({ textSha256: sha256Hex('一') }))
  const last = (await outcome).events.at(-1)
  if (last?.type !== 'end' || last.firstTokenMs === null) return t.fail('no time')
  t.ok(last.firstTokenMs >= 55 && last.firstTokenMs < most - 50, `${last.firstTokenMs} of ${most} ms`)
  t.equal(client.firstTokenMs, last.firstTokenMs)

  const silent = askOf(client)
  await link.next('ask')
  link.say(script(silent.rid, []).accepted(), script(silent.rid, []).end())
  t.match((await silent.outcome).events.at(-1), { type: 'end', firstTokenMs: null })
  t.equal(client.firstTokenMs, last.firstTokenMs)
})

t.test('another model that takes over before the first word is told', async (t) => {
  const { client, link } = await connected(t)
  const { rid, outcome } = askOf(client)
  await link.next('ask')
  const said = script(rid, ['一'])
  link.say(said.accepted(0, 'large'), said.fallback('small', 'model-overloaded'), said.delta(1), said.end())
  const { events, error } = await outcome
  t.equal(error, null)
  t.match(events[1], { type: 'fallback', model: 'small', code: 'model-overloaded' })
  t.match(events.at(-1), { type: 'end', model: 'small' })
})

t.test('a gateway that breaks the protocol is left; what was shown stands as incomplete', async (t) => {
  type Said = ReturnType<typeof script>
  const wrongs: [string, (said: Said, rid: string) => Record<string, unknown>[]][] = [
    ['a delta is missing', (said) => [said.delta(1), said.delta(3)]],
    ['the end leaves one out', (said) => [said.delta(1), said.end()]],
    ['the end names one too many', (said) => [said.delta(1), said.end({ seq: 2 })]],
    [
      'the text is another one',
      (said) => [said.delta(1), { ...said.delta(2), text: '词' }, said.delta(3), said.end()],
    ],
    ['another epoch', (said) => [said.delta(1), { ...said.delta(2), epoch: 2 }]],
    ['a new generation nobody wanted', (said) => [said.delta(1), { ...said.restart(), epoch: 2 }]],
    ['another model after text', (said) => [said.delta(1), said.fallback('m2', 'model-error')]],
    ['less than was sent', (said) => [said.delta(1), said.accepted(0)]],
    ['an unknown type', (said, rid) => [said.delta(1), { type: 'sing', rid }]],
    ['a member nobody knows', (said) => [said.delta(1), { ...said.delta(2), extra: 1 }]],
    ['an unknown channel', (said) => [said.delta(1), { ...said.delta(2), channel: 'aside' }]],
    ['a second welcome', (said) => [said.delta(1), welcome]],
    ['a second hello', (said) => [said.delta(1), hello()]],
  ]
  for (const [name, messages] of wrongs) {
    const { client, link, gateway } = await connected(t)
    const { rid, outcome } = askOf(client)
    await link.next('ask')
    const said = script(rid, ['一', '二', '三'])
    link.say(said.accepted(), ...messages(said, rid))
    t.equal(await link.closed, 4400, name)
    const { text, error } = await outcome
    t.match(error, { code: 'incomplete' }, name)
    t.equal(text[0], '一', name)
    const next = await gateway.dial()
    t.same((await next.next('auth')).resume, undefined, `${name}: it is not taken up again`)
    client.close()
  }
})

t.test('frames that are no messages', async (t) => {
  const frames = ['', '{', '[]', 'null', '"hello"', '{"type":7}', Buffer.from([1, 2, 3])]
  for (const frame of frames) {
    const { client, link } = await connected(t)
    link.socket.send(frame)
    t.equal(await link.closed, 4400, String(frame))
    client.close()
  }
})

t.test('a delta before accepted, and words for nobody', async (t) => {
  const { client, link } = await connected(t)
  const { rid, outcome } = askOf(client)
  await link.next('ask')
  const nobody = script(
    rid.replace(/^./, (digit) => (digit === 'f' ? 'e' : 'f')),
    ['x'],
  )
  link.say(nobody.progress(), nobody.delta(1), nobody.end(), nobody.error('internal'))
  await link.next('ack')
  t.equal(client.state, 'connected', 'late words are no mistake')
  link.say(script(rid, ['一']).delta(1))
  t.match((await outcome).error, { code: 'connection-lost' })
  t.equal(await link.closed, 4400)
})

t.test('an answer that the gateway muddles up does not take the others with it', async (t) => {
  const { client, link, gateway } = await connected(t)
  const [bad, good] = [askOf(client), askOf(client)]
  await link.next('ask')
  await link.next('ask')
  const [ofBad, ofGood] = [script(bad.rid, ['一', '二']), script(good.rid, ['甲', '乙'])]
  link.say(ofGood.accepted(), ofGood.delta(1), ofBad.accepted(), ofBad.delta(2))
  t.match((await bad.outcome).error, { code: 'connection-lost' })
  t.equal((await link.next('cancel')).rid, bad.rid)
  const second = await gateway.dial()
  t.same((await second.next('auth')).resume, [{ rid: good.rid, epoch: 1, seq: 1 }])
  second.say(welcome, ofGood.accepted(1), ofGood.delta(2), ofGood.end())
  t.match(await good.outcome, { text: '甲乙', error: null })
})

t.test('a refusal under the id of a running answer does not concern it', async (t) => {
  const { client, link } = await connected(t)
  const { rid, outcome } = askOf(client)
  await link.next('ask')
  const said = script(rid, ['一'])
  const refusal = { type: 'error', rid, code: 'rid-conflict', message: 'no', retryable: false }
  link.say(said.accepted(), refusal, said.delta(1), said.end())
  t.match(await outcome, { text: '一', error: null })
})

t.test('a code that a newer gateway invents is taken by what it says of itself', async (t) => {
  const { client, link } = await connected(t)
  const { rid, outcome } = askOf(client)
  await link.next('ask')
  link.say({
    type: 'error',
    rid,
    code: 'moon-phase',
    message: 'not today',
    retryable: false,
    retryAfterMs: 9,
  })
  t.match((await outcome).error, { code: 'moon-phase', retryable: false, retryAfterMs: 9 })
})

t.test('a gateway that falls silent is given up, one that only reports is not', async (t) => {
  const { client, link } = await connected(t, { patience: { silenceMs: 120 } })
  const { rid, outcome } = askOf(client)
  await link.next('ask')
  const said = script(rid, [])
  link.say(said.accepted())
  let over = false
  void outcome.then(() => {
    over = true
  })
  for (let count = 0; count < 20; count++) {
    await new Promise((resolve) => setTimeout(resolve, 20))
    link.say(said.progress())
  }
  t.notOk(over)
  t.match((await outcome).error, { code: 'gateway-silent', retryable: true })
  t.equal((await link.next('cancel')).rid, rid)
})

t.test('a gateway that reports for ever does not hold the asker beyond the deadline', async (t) => {
  const { client, link } = await connected(t, { patience: { graceMs: 30 } })
  const { rid, outcome } = askOf(client, { deadlineMs: 100 })
  await link.next('ask')
  const said = script(rid, [])
  link.say(said.accepted())
  const timer = setInterval(() => link.say(said.progress()), 10)
  t.teardown(() => clearInterval(timer))
  t.match((await outcome).error, { code: 'deadline' })
})

t.test(
  'before it goes down, running answers finish, new questions fail at once, then it dials anew',
  async (t) => {
    const { client, states, link, gateway } = await connected(t)
    const running = askOf(client)
    await link.next('ask')
    const said = script(running.rid, ['一', '二'])
    link.say(said.accepted(), said.delta(1), { type: 'goaway', deadlineMs: 5000, jitterMs: 20 })
    await until(() => client.state === 'connecting')
    t.match((await askOf(client).outcome).error, { code: 'not-connected' })
    t.equal(gateway.dialled, 1, 'it waits')
    link.say(said.delta(2), said.end())
    t.match(await running.outcome, { text: '一二', error: null })
    t.equal(await link.closed, 1000)
    await gateway.link()
    await until(() => client.state === 'connected')
    t.same(states, ['connected', 'connecting', 'connected'])
  },
)

t.test('with nothing running it leaves at once', async (t) => {
  const { client, link, gateway } = await connected(t)
  link.say({ type: 'goaway', deadlineMs: 60_000, jitterMs: 0 })
  t.equal(await link.closed, 1000)
  await gateway.link()
  await until(() => client.state === 'connected')
})

t.test('an answer that is not done in time is taken along', async (t) => {
  const { client, link, gateway } = await connected(t)
  const running = askOf(client)
  await link.next('ask')
  const said = script(running.rid, ['一', '二'])
  link.say(said.accepted(), said.delta(1), { type: 'goaway', deadlineMs: 50, jitterMs: 0 })
  t.equal(await link.closed, 1000)
  const second = await gateway.link()
  second.say(said.accepted(1), said.delta(2), said.end())
  t.match(await running.outcome, { text: '一二', error: null })
})

t.test('a box that was shut out does not come back', async (t) => {
  const { client, link, gateway } = await connected(t)
  const { outcome } = askOf(client)
  await link.next('ask')
  link.close(4403, 'revoked')
  await until(() => client.state === 'refused')
  t.match((await outcome).error, { code: 'connection-lost' }, 'nothing is waited for')
  await new Promise((resolve) => setTimeout(resolve, 150))
  t.equal(gateway.dialled, 1)
  t.equal(client.problem, 'revoked')
  t.match((await askOf(client).outcome).error, { code: 'not-connected' })
  await t.rejects(client.rotateKey(), { code: 'closed' })
})

t.test('a box that was superseded does not fight its double', async (t) => {
  const { client, link, gateway } = await connected(t)
  const { outcome } = askOf(client)
  await link.next('ask')
  link.close(4409, 'superseded')
  t.match((await outcome).error, { code: 'superseded' })
  await new Promise((resolve) => setTimeout(resolve, 150))
  t.equal(gateway.dialled, 1)
  t.equal(client.problem, 'superseded')
})

t.test('no signature is given to another gateway than the configured one', async (t) => {
  await using gateway = await scriptedGateway(hello({ gateway: 'evil.test' }))
  const { client } = testBox(t, gateway.url)
  const link = await gateway.dial()
  await link.closed
  t.same(link.received, [])
  await until(() => client.state === 'unreachable')
  t.equal(client.problem, 'other-gateway')
})

t.test('a gateway of another version is not pestered', async (t) => {
  await using gateway = await scriptedGateway(hello({ v: 2 }))
  const { client } = testBox(t, gateway.url)
  await until(() => client.state === 'unreachable')
  await new Promise((resolve) => setTimeout(resolve, 150))
  t.equal(gateway.dialled, 1)
  t.equal(client.problem, 'version')
})

t.test('redirects are not followed', async (t) => {
  await using target = await scriptedGateway()
  await using gateway = await scriptedGateway()
  gateway.refuse = { status: 302, headers: { Location: target.url } }
  const { client } = testBox(t, gateway.url)
  await until(() => gateway.dialled > 2)
  t.equal(target.dialled, 0)
  t.equal(client.problem, 'no-gateway')
})

t.test('a gateway that is busy is dialled again not before the time it names', async (t) => {
  await using gateway = await scriptedGateway()
  gateway.refuse = { status: 503, headers: { 'Retry-After': '30' } }
  const { client } = testBox(t, gateway.url, { random: () => 0.01 })
  await until(() => client.state === 'unreachable')
  t.equal(client.problem, 'unavailable')
  await new Promise((resolve) => setTimeout(resolve, 150))
  t.equal(gateway.dialled, 1, 'a hundredth of 30 s')
  gateway.refuse = null
  await gateway.link()
  await until(() => client.state === 'connected')
})

t.test('an unknown box asks to be made known, once at a time, and dials at once when it is', async (t) => {
  await using gateway = await scriptedGateway()
  let asked = 0
  let known = (_: boolean) => {}
  const { client } = testBox(t, gateway.url, {
    random: () => 0.9,
    onUnknown: () => {
      asked += 1
      return new Promise((resolve) => {
        known = resolve
      })
    },
  })
  const first = await gateway.dial()
  await first.next('auth')
  first.close(4401, 'authentication failed')
  await until(() => asked === 1)
  t.equal(client.problem, 'not-enrolled')
  const began = performance.now()
  known(true)
  await gateway.link()
  await until(() => client.state === 'connected')
  t.ok(performance.now() - began < 800, 'without the wait')
  t.equal(asked, 1)
})

for (const [name, timing] of [
  ['says nothing after the upgrade', { welcomeMs: 60 }],
  ['does not upgrade', { upgradeMs: 60 }],
] as const) {
  t.test(`a gateway that ${name} is given up`, async (t) => {
    const mute = createServer((socket) => {
      socket.on('error', () => {})
    })
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve))
    await using upgrading = await scriptedGateway(null)
    t.teardown(() => mute.close())
    const { port } = mute.address() as { port: number }
    const url = 'welcomeMs' in timing ? upgrading.url : `ws://127.0.0.1:${port}/`
    const { client } = testBox(t, url, { timing })
    await until(() => client.state === 'unreachable')
    client.close()
  })
}

t.test('a half-open connection is found, and its answer goes on over the next', async (t) => {
  await using gateway = await scriptedGateway()
  const sockets: Socket[] = []
  const relay = createServer((near) => {
    const far = connect(Number(new URL(gateway.url).port), '127.0.0.1')
    near.pipe(far).pipe(near)
    for (const socket of [near, far]) sockets.push(socket.on('error', () => socket.destroy()))
  })
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    relay.close()
  })
  const { port } = relay.address() as { port: number }
  const { client, states } = testBox(t, `ws://127.0.0.1:${port}/`, { timing: { pingMs: 60, closeMs: 50 } })
  const first = await gateway.link()
  await until(() => client.state === 'connected')
  const { rid, outcome } = askOf(client)
  await first.next('ask')
  const said = script(rid, ['一', '二'])
  first.say(said.accepted(), said.delta(1))
  await new Promise((resolve) => setTimeout(resolve, 400))
  t.same(states, ['connected'], 'a living connection stays')
  // The router forgot the connection: nothing comes through, nobody is told.
  for (const socket of sockets) socket.unpipe().pause()
  await until(() => client.state === 'connecting')
  const second = await gateway.dial()
  t.same((await second.next('auth')).resume, [{ rid, epoch: 1, seq: 1 }])
  second.say(welcome, said.accepted(1), said.delta(2), said.end())
  t.match(await outcome, { text: '一二', error: null })
})

t.test('a clock that jumps changes nothing', async (t) => {
  const wall = Date.now
  t.teardown(() => {
    Date.now = wall
  })
  const { client, link, gateway, states } = await connected(t, { patience: { silenceMs: 2000 } })
  const { rid, outcome } = askOf(client)
  await link.next('ask')
  const said = script(rid, ['一', '二', '三'])
  link.say(said.accepted(), said.delta(1))
  await new Promise((resolve) => setTimeout(resolve, 20))
  Date.now = () => wall() - 86_400_000
  link.cut()
  const second = await gateway.link()
  second.say(said.accepted(1), said.delta(2))
  await new Promise((resolve) => setTimeout(resolve, 20))
  Date.now = () => wall() + 86_400_000
  await new Promise((resolve) => setTimeout(resolve, 100))
  second.say(said.delta(3), said.end())
  const { text, error, events } = await outcome
  t.same([text, error], ['一二三', null])
  const last = events.at(-1)
  t.ok(last?.type === 'end' && last.firstTokenMs! >= 0 && last.firstTokenMs! < 2000)
  t.same(states, ['connected', 'connecting', 'connected'])
})

t.test('closing ends everything', async (t) => {
  const { client, link, gateway } = await connected(t)
  const running = askOf(client)
  await link.next('ask')
  const said = script(running.rid, ['a'])
  link.say(said.accepted(), said.delta(1))
  await new Promise((resolve) => setTimeout(resolve, 20))
  client.close()
  t.equal(client.state, 'closed')
  t.match((await running.outcome).error, { code: 'incomplete' })
  t.match((await askOf(client).outcome).error, { code: 'not-connected' })
  await link.closed
  await new Promise((resolve) => setTimeout(resolve, 50))
  t.equal(gateway.dialled, 1)
})

import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { backoffDelay } from '../src/box/backoff.ts'
import { type ClientState, createGatewayClient, type GatewayClientSettings } from '../src/client.ts'
import { revokeBox } from '../src/enrolment.ts'
import { createIdentity } from '../src/identity.ts'
import { sha256Hex } from '../src/protocol.ts'
import { falseGateway, hello, welcome } from './support/false-gateway.ts'
import { testGateway, until } from './support/gateway.ts'
import { collect, never, newRid, payloadOf, question } from './support/questions.ts'
import { scripted } from './support/scripted.ts'

const folder = mkdtempSync(join(tmpdir(), 'tanbox-client-'))
t.teardown(() => rmSync(folder, { recursive: true }))
const identity = createIdentity(join(folder, 'key.json'))

function client(t: Test, url: string, changes: Partial<GatewayClientSettings> = {}) {
  const states: ClientState[] = []
  const made = createGatewayClient({
    url,
    gateway: 'gateway.test',
    identity,
    random: () => 0.02,
    onState: (state) => states.push(state),
    ...changes,
  })
  t.teardown(() => made.close())
  return { client: made, states }
}

const ask = (of: ReturnType<typeof createGatewayClient>, signal = never) =>
  collect(of.ask(payloadOf(question()), { rid: newRid(), deadlineMs: 5000 }, signal))

t.test(
  'waits are drawn at random from a cap that stays at a second for half a minute, then grows to one minute',
  async (t) => {
    t.equal(backoffDelay(0, 0, 0.999999), 1000)
    t.equal(backoffDelay(29_999, 0, 0.999999), 1000)
    t.equal(backoffDelay(29_999, 0, 0), 0)
    t.same(
      [0, 1, 2, 3, 4, 5, 6, 50].map((late) => backoffDelay(30_000, late, 0.5)),
      [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000],
    )
  },
)

t.test('what arrives at the gateway are the very bytes of the payload', async (t) => {
  await using gateway = await falseGateway((event, say) => {
    if (event === 'dialled') say(hello())
    else if (event.type === 'auth') say(welcome)
  })
  const { client: box } = client(t, gateway.url)
  await until(() => box.state === 'connected')
  const payload = new TextEncoder().encode('{"v":1, "é":"\\u00e9 \u2028 😀","question":"　空格"}')
  void box
    .ask(payload, { rid: newRid(), deadlineMs: 1000 }, never)
    .next()
    .catch(() => {})
  await until(() => gateway.received.some(({ type }) => type === 'ask'))
  const asked = gateway.received.find((message) => message.type === 'ask')!
  t.same(new TextEncoder().encode(asked.body), payload)
  t.equal(asked.digest, sha256Hex(payload))
})

t.test('a payload that cannot be sent as it is, is not sent', async (t) => {
  await using gateway = await testGateway()
  const box = await gateway.connected()
  const send = (payload: Uint8Array) => collect(box.ask(payload, { rid: newRid(), deadlineMs: 1000 }, never))
  t.match((await send(new Uint8Array([0x7b, 0xff, 0x7d]))).error, { code: 'bad-body' })
  t.match((await send(new Uint8Array(600_000).fill(0x20))).error, { code: 'too-large' })
  t.match(
    (await send(new Uint8Array(500_000).fill(0x01))).error,
    { code: 'too-large' },
    'escaped it would not fit',
  )
  t.match(
    (await send(new TextEncoder().encode('\ufeff{}'))).error,
    { code: 'bad-body' },
    'a mark in front is kept',
  )
  t.match((await ask(box)).error, null, 'the connection still stands')
})

t.test('a question without a connection fails at once', async (t) => {
  const { client: box } = client(t, 'ws://127.0.0.1:1/')
  t.match((await ask(box)).error, { code: 'not-connected', retryable: true })
  await until(() => box.state === 'unreachable')
  t.match((await ask(box)).error, { code: 'not-connected' })
})

t.test('a question that was withdrawn before is not sent', async (t) => {
  await using gateway = await testGateway()
  const box = await gateway.connected()
  t.match((await ask(box, AbortSignal.abort())).error, { code: 'cancelled' })
  t.notOk(gateway.log.some(({ event }) => event === 'answer'))
})

t.test('aborting cancels at the gateway; the answer ends as cancelled', async (t) => {
  const model = scripted([{ answer: '又一句。' }, { waitMs: 5 }, 'again'])
  await using gateway = await testGateway(model)
  const box = await gateway.connected()
  const stop = new AbortController()
  setTimeout(() => stop.abort(), 60)
  const { events, error } = await ask(box, stop.signal)
  t.equal(error, null)
  t.match(events.at(-1), { type: 'end', finish: 'cancelled', usage: { exact: false } })
  t.equal(model.stopped, 1)
})

t.test('leaving the loop cancels too', async (t) => {
  const model = scripted([{ answer: '又一句。' }, { waitMs: 5 }, 'again'])
  await using gateway = await testGateway(model)
  const box = await gateway.connected()
  for await (const event of box.ask(payloadOf(question()), { rid: newRid(), deadlineMs: 5000 }, never)) {
    if (event.type === 'delta') break
  }
  await until(() => model.stopped === 1)
  t.equal(box.state, 'connected')
})

t.test(
  'a connection that dies in mid-answer leaves what there was, and is never asked again by itself',
  async (t) => {
    const model = scripted([{ answer: '一半' }, { waitMs: 5000 }])
    const gateway = await testGateway(model)
    const box = await gateway.connected()
    const asking = ask(box)
    await until(() => gateway.log.length > 1 && model.asked === 1)
    await new Promise((resolve) => setTimeout(resolve, 50))
    await gateway[Symbol.asyncDispose]()
    const { text, error } = await asking
    t.equal(text, '一半')
    t.match(error, { code: 'incomplete' })
    t.equal(model.asked, 1)
  },
)

t.test('a connection that dies before the answer begins says so', async (t) => {
  await using gateway = await falseGateway((event, say, socket) => {
    if (event === 'dialled') say(hello())
    else if (event.type === 'auth') say(welcome)
    else socket.terminate()
  })
  const { client: box } = client(t, gateway.url)
  await until(() => box.state === 'connected')
  t.match((await ask(box)).error, { code: 'connection-lost', retryable: true })
})

t.test('after a cut it is connected again within a second', async (t) => {
  const gateway = await testGateway()
  const sockets = new Set<Socket>()
  const relay = createServer((near) => {
    const far = connect(gateway.gateway.port, '127.0.0.1')
    near.pipe(far).pipe(near)
    for (const socket of [near, far]) sockets.add(socket.on('error', () => socket.destroy()))
  })
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve))
  t.teardown(async () => {
    relay.close()
    await gateway[Symbol.asyncDispose]()
  })
  const { port } = relay.address() as { port: number }
  const { client: box, states } = client(t, `ws://127.0.0.1:${port}/`, {
    identity: gateway.identity,
    random: Math.random,
  })
  await until(() => box.state === 'connected')
  for (const socket of sockets) socket.destroy()
  await until(() => box.state !== 'connected')
  await until(() => box.state === 'connected', 2500)
  t.same(states, ['connected', 'connecting', 'connected'])
  t.equal((await ask(box)).error, null)
})

t.test('a half-open connection is found out by both sides', async (t) => {
  const heartbeat = { everyMs: 40, misses: 2 }
  const gateway = await testGateway(undefined, { timing: { heartbeat } })
  const sockets: Socket[] = []
  const relay = createServer((near) => {
    const far = connect(gateway.gateway.port, '127.0.0.1')
    near.pipe(far).pipe(near)
    for (const socket of [near, far]) sockets.push(socket.on('error', () => socket.destroy()))
  })
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve))
  t.teardown(async () => {
    for (const socket of sockets) socket.destroy()
    relay.close()
    await gateway[Symbol.asyncDispose]()
  })
  const { port } = relay.address() as { port: number }
  const { client: box, states } = client(t, `ws://127.0.0.1:${port}/`, {
    identity: gateway.identity,
    heartbeat,
    random: () => 0.9,
  })
  await until(() => box.state === 'connected')
  await new Promise((resolve) => setTimeout(resolve, 200))
  t.same(states, ['connected'], 'a living connection stays')
  // The router forgot the connection: nothing comes through, nobody is told.
  for (const socket of sockets) socket.unpipe().pause()
  await until(() => box.state === 'connecting')
  await until(() =>
    gateway.log.some(({ event, fields }) => event === 'connection-closed' && fields.code === 4408),
  )
})

t.test('a revoked box does not come back', async (t) => {
  await using gateway = await testGateway(undefined, { timing: { revocationMs: 10 } })
  const box = await gateway.connected({ random: () => 0 })
  revokeBox(gateway.boxes, gateway.identity.box)
  await until(() => box.state === 'refused')
  await new Promise((resolve) => setTimeout(resolve, 100))
  t.equal(gateway.log.filter(({ event }) => event === 'box-connected').length, 1)
  t.equal(gateway.log.filter(({ event }) => event === 'connection-closed').length, 1)
  t.match((await ask(box)).error, { code: 'not-connected' })
})

t.test('a box that was superseded does not fight its double', async (t) => {
  await using gateway = await testGateway()
  const older = await gateway.connected({ random: () => 0 })
  const newer = await gateway.connected({ random: () => 0 })
  await until(() => older.state !== 'connected')
  await new Promise((resolve) => setTimeout(resolve, 150))
  t.equal(newer.state, 'connected')
  t.equal(gateway.log.filter(({ event }) => event === 'box-connected').length, 2)
})

t.test('no signature is given to another gateway than the configured one', async (t) => {
  await using gateway = await falseGateway((event, say) => {
    if (event === 'dialled') say(hello({ gateway: 'evil.test' }))
  })
  const { client: box } = client(t, gateway.url)
  await until(() => gateway.dialled > 2)
  t.same(gateway.received, [])
  t.equal(box.state, 'unreachable')
})

t.test('a gateway of another version is not pestered', async (t) => {
  await using gateway = await falseGateway((event, say) => {
    if (event === 'dialled') say(hello({ v: 2 }))
  })
  const { client: box } = client(t, gateway.url)
  await until(() => box.state === 'unreachable')
  await new Promise((resolve) => setTimeout(resolve, 150))
  t.equal(gateway.dialled, 1)
})

t.test('redirects are not followed', async (t) => {
  await using target = await falseGateway(() => {})
  const server = createServer((socket) =>
    socket.end(`HTTP/1.1 302 Found\r\nLocation: ${target.url}\r\nContent-Length: 0\r\n\r\n`),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const { client: box } = client(t, `ws://127.0.0.1:${(server.address() as { port: number }).port}/`)
  await until(() => box.state === 'unreachable')
  await new Promise((resolve) => setTimeout(resolve, 100))
  t.equal(target.dialled, 0)
})

t.test(
  'a gateway that breaks the protocol is left, and what was shown before stands as incomplete',
  async (t) => {
    const accepted = (rid: string) => ({ type: 'accepted', rid, epoch: 1, seq: 0, model: 'm' })
    const delta = (rid: string, seq: number, text = '字') => ({
      type: 'delta',
      rid,
      epoch: 1,
      seq,
      channel: 'answer',
      text,
    })
    const usage = { promptTokens: 0, completionTokens: 0, exact: true }
    const end = (rid: string, seq: number, text: string) => ({
      type: 'end',
      rid,
      epoch: 1,
      seq,
      finish: 'stop',
      textSha256: sha256Hex(text),
      usage,
    })
    const wrongs: [string, (rid: string) => Record<string, unknown>[]][] = [
      ['a delta is missing', (rid) => [accepted(rid), delta(rid, 1), delta(rid, 3)]],
      ['a delta comes twice', (rid) => [accepted(rid), delta(rid, 1), delta(rid, 1)]],
      ['the end leaves one out', (rid) => [accepted(rid), delta(rid, 1), end(rid, 2, '字')]],
      ['the text is another one', (rid) => [accepted(rid), delta(rid, 1), end(rid, 1, '词')]],
      ['another epoch', (rid) => [accepted(rid), delta(rid, 1), { ...delta(rid, 2), epoch: 2 }]],
      ['accepted twice', (rid) => [accepted(rid), delta(rid, 1), accepted(rid)]],
      ['an unknown type', (rid) => [accepted(rid), delta(rid, 1), { type: 'sing', rid }]],
    ]
    for (const [name, messages] of wrongs) {
      await using gateway = await falseGateway((event, say) => {
        if (event === 'dialled') say(hello())
        else if (event.type === 'auth') say(welcome)
        else if (event.type === 'ask') for (const message of messages(event.rid)) say(message)
      })
      const { client: box } = client(t, gateway.url)
      await until(() => box.state === 'connected')
      const { text, error } = await ask(box)
      t.match(error, { code: 'incomplete' }, name)
      t.equal(text, '字', name)
      box.close()
    }
  },
)

t.test('a delta before accepted, and one for nobody', async (t) => {
  await using gateway = await falseGateway((event, say) => {
    if (event === 'dialled') say(hello())
    else if (event.type === 'auth') say(welcome)
    else if (event.type === 'ask') {
      say({ type: 'progress', rid: newRid(), epoch: 1, state: 'prefill' })
      say({ type: 'delta', rid: event.rid, epoch: 1, seq: 1, channel: 'answer', text: 'x' })
    }
  })
  const { client: box } = client(t, gateway.url)
  await until(() => box.state === 'connected')
  t.match((await ask(box)).error, { code: 'connection-lost' })
})

t.test('a gateway that falls silent is given up, one that only reports is not', async (t) => {
  let reports = true
  await using gateway = await falseGateway((event, say) => {
    if (event === 'dialled') say(hello())
    else if (event.type === 'auth') say(welcome)
    else if (event.type === 'ask') {
      const { rid } = event
      say({ type: 'accepted', rid, epoch: 1, seq: 0, model: 'm' })
      const timer = setInterval(() => {
        if (reports) say({ type: 'progress', rid, epoch: 1, state: 'prefill' })
      }, 20)
      t.teardown(() => clearInterval(timer))
    }
  })
  const { client: box } = client(t, gateway.url, { patience: { silenceMs: 80, cancelMs: 40 } })
  await until(() => box.state === 'connected')
  const asking = ask(box)
  let over = false
  void asking.then(() => {
    over = true
  })
  await new Promise((resolve) => setTimeout(resolve, 250))
  t.notOk(over)
  reports = false
  t.match((await asking).error, { code: 'gateway-silent', retryable: true })
  await until(() => gateway.received.some(({ type }) => type === 'cancel'))
})

t.test('a cancel that is not answered does not hold the asker', async (t) => {
  await using gateway = await falseGateway((event, say) => {
    if (event === 'dialled') say(hello())
    else if (event.type === 'auth') say(welcome)
  })
  const { client: box } = client(t, gateway.url, { patience: { silenceMs: 5000, cancelMs: 40 } })
  await until(() => box.state === 'connected')
  t.match((await ask(box, AbortSignal.timeout(30))).error, { code: 'gateway-silent' })
})

t.test('when the gateway goes down, running answers finish and new questions fail at once', async (t) => {
  const model = scripted([{ answer: '一' }, { waitMs: 200 }, { finish: 'stop' }])
  const gateway = await testGateway(model, { timing: { drainMs: 3000, jitterMs: 50 } })
  const box = await gateway.connected()
  const running = ask(box)
  await until(() => model.asked === 1)
  const closing = gateway[Symbol.asyncDispose]
  const closed = gateway.gateway.close()
  await until(() => box.state === 'connecting')
  t.match((await ask(box)).error, { code: 'not-connected' })
  t.match(await running, { error: null, text: '一' })
  await closed
  await closing()
})

t.test('closing ends everything', async (t) => {
  await using gateway = await testGateway(scripted([{ answer: 'a' }, { waitMs: 3000 }]))
  const box = await gateway.connected()
  const running = ask(box)
  await new Promise((resolve) => setTimeout(resolve, 50))
  box.close()
  t.equal(box.state, 'closed')
  t.match((await running).error, { code: 'incomplete' })
  t.match((await ask(box)).error, { code: 'not-connected' })
})

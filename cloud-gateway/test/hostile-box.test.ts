import { connect } from 'node:net'
import t from 'tap'
import { limits } from '../src/protocol.ts'
import { testGateway, until } from './support/gateway.ts'
import { question } from './support/questions.ts'
import { authFor, dial, dialAndAuthenticate } from './support/raw-box.ts'
import { scripted } from './support/scripted.ts'

t.test('what is no message of the protocol closes the connection and says why', async (t) => {
  await using gateway = await testGateway()
  const cases: [string, string | Buffer, RegExp][] = [
    ['malformed JSON', '{"type":"ask"', /not JSON/],
    ['no object', '[1,2]', /JSON object/],
    ['no type', '{}', /has a type/],
    ['an unknown type', '{"type":"subscribe"}', /unknown message type "subscribe"/],
    ['a type of the other side', '{"type":"welcome","session":"x","generation":1,"models":["m"]}', /unknown/],
    ['a missing field', '{"type":"cancel"}', /cancel/],
    [
      'a field too many',
      '{"type":"cancel","rid":"0197f0a0-0000-7000-8000-000000000000","all":true}',
      /cancel/,
    ],
    [
      'a rid that is no UUIDv7',
      '{"type":"cancel","rid":"0197f0a0-0000-4000-8000-000000000000"}',
      /cancel\/rid/,
    ],
    [
      'a second auth',
      JSON.stringify({
        type: 'auth',
        v: 1,
        box: 'box-1',
        key: '0'.repeat(16),
        signature: 'A'.repeat(86),
        capabilities: [],
      }),
      /out of order/,
    ],
    ['prototype games', '{"type":"__proto__"}', /unknown/],
    ['a binary frame', Buffer.from('{"type":"cancel"}'), /binary/],
  ]
  for (const [name, frame, reason] of cases) {
    const box = await dialAndAuthenticate(gateway.url, gateway.identity)
    box.socket.send(frame)
    t.match(await box.closed, { code: 4400, reason }, name)
  }
  await dialAndAuthenticate(gateway.url, gateway.identity)
})

t.test('before authentication only a small auth is listened to', async (t) => {
  await using gateway = await testGateway()
  const asking = await dial(gateway.url)
  asking.ask()
  t.match(await asking.closed, { code: 4400, reason: /ask before auth/ })
  const long = await dial(gateway.url)
  long.socket.send(
    JSON.stringify({
      ...authFor(long, gateway.identity),
      capabilities: Array(32).fill('x'.repeat(64)),
    }).padEnd(5000),
  )
  t.equal((await long.closed).code, 4413)
})

t.test('a frame above the limit ends the connection without being read', async (t) => {
  await using gateway = await testGateway()
  const box = await dialAndAuthenticate(gateway.url, gateway.identity)
  box.socket.send('x'.repeat(limits.frameBytes + 1))
  t.equal((await box.closed).code, 1009)
})

t.test('a message in a thousand fragments ends the connection', async (t) => {
  await using gateway = await testGateway()
  const box = await dialAndAuthenticate(gateway.url, gateway.identity)
  for (let at = 0; at < 1000; at++) box.socket.send('x', { fin: false })
  t.ok([1006, 1008].includes((await box.closed).code))
})

t.test('invalid UTF-8 ends the connection', async (t) => {
  await using gateway = await testGateway()
  const box = await dialAndAuthenticate(gateway.url, gateway.identity)
  box.socket.send(Buffer.from([0x22, 0xff, 0xfe, 0x22]), { binary: false })
  t.equal((await box.closed).code, 1007)
})

t.test('a box that floods is cut off; the others do not notice', async (t) => {
  await using gateway = await testGateway()
  const other = await dialAndAuthenticate(gateway.url, gateway.newBox())
  const messages = await dialAndAuthenticate(gateway.url, gateway.identity)
  for (let at = 0; at < 1000; at++) {
    messages.send({ type: 'cancel', rid: '0197f0a0-0000-7000-8000-000000000000' })
  }
  t.equal((await messages.closed).code, 4429)
  const pings = await dialAndAuthenticate(gateway.url, gateway.identity)
  for (let at = 0; at < 1000; at++) pings.socket.ping()
  // ws itself drops a connection on which answers to pings pile up.
  t.ok([4429, 1006, 1008].includes((await pings.closed).code))
  t.match(await other.next('end', other.ask()), { finish: 'stop' })
})

t.test('a cloned key that connects again and again is slowed down; other boxes are not', async (t) => {
  const connects = { each: { burst: 5, perMinute: 60 }, all: { burst: 1e9, perMinute: 1e9 }, remembered: 100 }
  await using gateway = await testGateway(undefined, { limits: { connects } })
  const stranger = await dial(gateway.url)
  for (let at = 0; at < 10; at++) {
    // Who does not hold the key uses up nothing of what the box may do.
    const liar = await dial(gateway.url)
    liar.send({ ...authFor(liar, gateway.identity), signature: 'A'.repeat(86) })
    t.equal((await liar.closed).code, 4401)
  }
  for (let at = 0; at < 5; at++) await dialAndAuthenticate(gateway.url, gateway.identity)
  stranger.send(authFor(stranger, gateway.identity))
  t.match(await stranger.closed, { code: 4429, reason: /too often/ })
  await dialAndAuthenticate(gateway.url, gateway.newBox())
  await new Promise((resolve) => setTimeout(resolve, 1100))
  await dialAndAuthenticate(gateway.url, gateway.identity)
})

t.test('a box that vanishes leaves no answer running', async (t) => {
  const model = scripted([{ answer: '一' }, { waitMs: 20 }, 'again'])
  await using gateway = await testGateway(model, { timing: { awayMs: 50 } })
  const box = await dialAndAuthenticate(gateway.url, gateway.identity)
  await box.next('delta', box.ask())
  box.socket.terminate()
  await until(() => model.stopped === 1)
  await until(() => gateway.log.some(({ event }) => event === 'answer'))
  t.match(gateway.log.find(({ event }) => event === 'answer')?.fields, {
    outcome: 'cancelled',
    exact: false,
    completionTokens: Number,
  })
})

t.test('bytes that are no HTTP get a 400 and disturb nobody', async (t) => {
  await using gateway = await testGateway()
  const socket = connect(gateway.gateway.port, '127.0.0.1')
  socket.write('\x16\x03\x01 what is this\r\n\r\n')
  const answer = await new Promise<string>((resolve) =>
    socket.once('data', (data) => resolve(data.toString())),
  )
  t.match(answer, /^HTTP\/1\.1 400/)
  await dialAndAuthenticate(gateway.url, gateway.identity)
})

t.test('a reader that stops reading is bounded, then cut, and hurts nobody', async (t) => {
  const model = scripted([{ answer: '字'.repeat(2000) }, 'again'])
  await using gateway = await testGateway(model, { timing: { stalledMs: 1000, awayMs: 100 } })
  const stalled = await dialAndAuthenticate(gateway.url, gateway.identity)
  const other = await dialAndAuthenticate(gateway.url, gateway.newBox())
  const cut = () =>
    gateway.log.find(({ event, fields }) => event === 'connection-closed' && fields.code === 4430)
  stalled.socket.pause()
  for (let at = 0; at < limits.inFlight; at++) stalled.ask()
  let most = 0
  await until(() => {
    most = Math.max(most, gateway.gateway.state().heldBytes)
    return cut() !== undefined
  }, 20_000)
  t.match(cut()?.fields, { box: gateway.identity.box })
  t.ok(most <= limits.boxHeldBytes, `held ${most}`)
  t.ok(most > limits.boxHeldBytes / 4, 'the models were not held back before it was needed')
  await until(() => model.stopped === limits.inFlight)
  t.equal(gateway.observed.filter(({ type }) => type === 'stalled').length, 1)
  const rid = other.ask(question())
  t.match(await other.next('delta', rid), { seq: 1 })
  other.send({ type: 'cancel', rid })
  await other.next('end', rid)
})

t.test('a box that reads none of its refusals is cut before they pile up', async (t) => {
  await using gateway = await testGateway(undefined, {
    limits: { frameBurst: 1e9, mostUnsentBytes: 1024 },
  })
  const box = await dialAndAuthenticate(gateway.url, gateway.identity)
  box.socket.pause()
  const asking = setInterval(() => {
    for (let at = 0; at < 300; at++) box.ask(question({ model: 'unknown' }))
  }, 5)
  t.teardown(() => clearInterval(asking))
  await until(
    () => gateway.log.some(({ event, fields }) => event === 'connection-closed' && fields.code === 4430),
    30_000,
  )
  clearInterval(asking)
})

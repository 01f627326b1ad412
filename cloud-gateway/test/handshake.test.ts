import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import t from 'tap'
import { WebSocket } from 'ws'
import { subprotocol } from '../src/protocol.ts'
import { testGateway } from './support/gateway.ts'
import { authFor, dial, dialAndAuthenticate } from './support/raw-box.ts'

t.test('an enrolled box is welcomed and told the models', async (t) => {
  await using gateway = await testGateway()
  const box = await dial(gateway.url)
  t.equal(Buffer.from(box.hello.nonce, 'base64url').length, 32)
  box.send(authFor(box, gateway.identity))
  t.match(await box.next('welcome'), { models: ['default'], generation: 1 })
})

t.test('every connection gets another nonce, and an old signature is worth nothing', async (t) => {
  await using gateway = await testGateway()
  const first = await dial(gateway.url)
  const auth = authFor(first, gateway.identity)
  first.send(auth)
  await first.next('welcome')
  const second = await dial(gateway.url)
  t.not(second.hello.nonce, first.hello.nonce)
  second.send(auth)
  t.equal((await second.closed).code, 4401)
})

t.test('a signature for another gateway is refused, whatever the Host header says', async (t) => {
  await using gateway = await testGateway()
  const box = await dial(gateway.url, { host: 'other.example' })
  box.send(authFor(box, gateway.identity, { gateway: 'other.example' }))
  t.match(await box.closed, { code: 4401, reason: 'authentication failed' })
})

t.test('a box that nobody enrolled, a wrong key and a wrong signature look the same', async (t) => {
  await using gateway = await testGateway()
  const other = gateway.newBox()
  const { privateKey } = other
  const { box, key } = gateway.identity
  for (const identity of [
    { ...gateway.identity, box: 'box-of-nobody' },
    { ...gateway.identity, key: other.key },
    { ...other, box, key, privateKey },
  ]) {
    const raw = await dial(gateway.url)
    raw.send(authFor(raw, identity))
    t.match(await raw.closed, { code: 4401, reason: 'authentication failed' })
  }
})

t.test('a revoked box is told not to come back, and only after it has proved its key', async (t) => {
  await using gateway = await testGateway()
  const other = gateway.newBox()
  await gateway.revoke(gateway.identity.box)
  const box = await dial(gateway.url)
  box.send(authFor(box, gateway.identity))
  t.equal((await box.closed).code, 4403)
  const stranger = await dial(gateway.url)
  stranger.send(authFor(stranger, { ...gateway.identity, privateKey: other.privateKey }))
  t.equal((await stranger.closed).code, 4401)
})

t.test('revoking ends a live connection, and only that one', async (t) => {
  await using gateway = await testGateway(undefined, { timing: { changesMs: 20 } })
  const doomed = await dialAndAuthenticate(gateway.url, gateway.identity)
  const other = await dialAndAuthenticate(gateway.url, gateway.newBox())
  await gateway.revoke(gateway.identity.box)
  t.equal((await doomed.closed).code, 4403)
  const rid = other.ask()
  t.match(await other.next('end', rid), { finish: 'stop' })
})

t.test(
  'a revoked box that asks before anybody has heard of it is told that, and not that it has a double',
  async (t) => {
    await using gateway = await testGateway(undefined, { timing: { changesMs: 60_000 } })
    const box = await dialAndAuthenticate(gateway.url, gateway.identity)
    await gateway.revoke(gateway.identity.box)
    box.ask()
    t.equal((await box.closed).code, 4403)
    t.notOk(box.received.some(({ type }) => type === 'error' || type === 'accepted'))
  },
)

t.test('who does not authenticate in time is sent away', async (t) => {
  await using gateway = await testGateway(undefined, { timing: { authMs: 50 } })
  const box = await dial(gateway.url)
  t.equal((await box.closed).code, 4401)
})

t.test('another version of the protocol is refused as such', async (t) => {
  await using gateway = await testGateway()
  const box = await dial(gateway.url)
  box.send(authFor(box, gateway.identity, { v: 2 }))
  t.match(await box.closed, { code: 4426, reason: /version 1/ })
})

t.test('a newer connection of the same box supersedes the older one', async (t) => {
  await using gateway = await testGateway()
  const older = await dialAndAuthenticate(gateway.url, gateway.identity)
  const newer = await dialAndAuthenticate(gateway.url, gateway.identity)
  t.equal((await older.closed).code, 4409)
  t.match(await newer.next('end', newer.ask()), { finish: 'stop' })
})

t.test('connections are refused before the upgrade', async (t) => {
  await using gateway = await testGateway()
  const statusOf = (url: string, protocols: string[], headers: Record<string, string> = {}) =>
    new Promise<number>((resolve) => {
      const socket = new WebSocket(url, protocols, { headers })
      socket.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0))
      socket.on('open', () => resolve(101))
      socket.on('error', () => {})
    })
  t.equal(await statusOf(gateway.url, ['tanbox.ask.v2']), 426, 'for another subprotocol')
  t.equal(await statusOf(gateway.url, []), 426, 'without one')
  t.equal(await statusOf(`${gateway.url}elsewhere`, [subprotocol]), 404, 'at another path')
  t.equal(
    await statusOf(gateway.url, [subprotocol], { origin: 'http://127.0.0.1:8470' }),
    403,
    'from a web page',
  )
  t.equal(
    await statusOf(gateway.url, ['tanbox.ask.v2', subprotocol]),
    101,
    'of several the known one is taken',
  )
})

t.test('compression is offered by many clients, and never taken', async (t) => {
  await using gateway = await testGateway()
  const socket = new WebSocket(gateway.url, [subprotocol], { perMessageDeflate: true })
  const open = new Promise((resolve) => socket.once('open', resolve))
  const response = await new Promise<IncomingMessage>((resolve) => socket.once('upgrade', resolve))
  t.equal(response.headers['sec-websocket-extensions'], undefined)
  await open
  t.equal(socket.extensions, '')
  // A frame that says it is compressed (RSV1) all the same.
  const raw = (socket as unknown as { _socket: Socket })._socket
  raw.write(Buffer.from([0xc1, 0x82, 0, 0, 0, 0, 0x7b, 0x7d]))
  t.equal(await new Promise((resolve) => socket.once('close', resolve)), 1002)
})

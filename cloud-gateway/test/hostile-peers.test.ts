/** Peers that have not said who they are, at the level of bytes: what they take is given back. */
import { connect, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { testGateway, until } from './support/gateway.ts'
import { authFor, dial, dialAndAuthenticate } from './support/raw-box.ts'

/** A peer that never closes its half by itself; resolves with what it was told when the other end has gone. */
function halfOpen(t: Test, port: number, words: string): Promise<string> {
  const socket: Socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  t.teardown(() => socket.destroy())
  let told = ''
  socket.on('data', (data) => {
    told += data
  })
  socket.write(words)
  return new Promise((resolve) => {
    socket.on('end', () => {
      // Writing to what is gone brings a reset; a half that is kept open would take it.
      const writing = setInterval(() => socket.write('x'), 10)
      socket.on('error', () => {
        clearInterval(writing)
        resolve(told)
      })
      t.teardown(() => clearInterval(writing))
    })
  })
}

const upgrade = (path: string, protocol: string) =>
  `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n` +
  `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: ${protocol}\r\n\r\n`

t.test('a peer that is turned away and never closes keeps no file of the gateway', async (t) => {
  await using gateway = await testGateway()
  const { port } = gateway.gateway
  t.match(await halfOpen(t, port, upgrade('/nowhere', 'tanbox.ask.v1')), /^HTTP\/1\.1 404/)
  t.match(await halfOpen(t, port, upgrade('/', 'chat')), /^HTTP\/1\.1 426/)
  t.match(await halfOpen(t, port, 'this is no HTTP\r\n\r\n'), /^HTTP\/1\.1 400/)
})

t.test('a frame without end is not taken into memory before authentication', async (t) => {
  await using gateway = await testGateway()
  const box = await dial(gateway.url)
  const raw = (box.socket as unknown as { _socket: Socket })._socket
  // A masked text frame that claims a megabyte, and half of it.
  raw.write(Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0, 0x0f, 0xff, 0xf0, 1, 2, 3, 4]))
  raw.write(Buffer.alloc(512 * 1024, 65))
  t.match(await box.closed, { code: 4413, reason: /before authentication/ })
  const other = await dial(gateway.url)
  other.send({ ...authFor(other, gateway.identity), capabilities: Array(32).fill('x'.repeat(64)) })
  await other.next('welcome')
})

t.test('requests sent without reading their answers hold nobody up and keep no file', async (t) => {
  await using gateway = await testGateway()
  const { port } = gateway.gateway
  const asking = 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n'
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  let told = ''
  socket.on('data', (data) => {
    told += data
  })
  socket.on('error', () => {})
  const closed = new Promise((resolve) => socket.on('close', resolve))
  socket.on('end', () => socket.destroy())
  socket.write(asking.repeat(2000))
  await closed
  t.ok((told.match(/HTTP\/1\.1 200/g) ?? []).length <= 1, 'one answer a connection')
  t.equal((await fetch(`http://127.0.0.1:${port}/healthz`)).status, 200)
})

/** A peer that upgrades and never says who it is, as whoever a proxy says it is. */
function silentPeer(t: Test, port: number, from: string): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1' })
  t.teardown(() => socket.destroy())
  socket.on('error', () => {})
  socket.write(upgrade('/', 'tanbox.ask.v1').replace('\r\n\r\n', `\r\nX-Forwarded-For: ${from}\r\n\r\n`))
  return new Promise((resolve) => socket.once('data', () => resolve()))
}

t.test('silent peers that hold every place, also from the box’s own address, give way', async (t) => {
  await using gateway = await testGateway(undefined, {
    limits: { handshakes: 16 },
    timing: { authMs: 60_000 },
  })
  const silent = Array.from({ length: 16 }, () => silentPeer(t, gateway.gateway.port, '127.0.0.1'))
  await Promise.all(silent)
  for (let at = 0; at < 40; at++) void silentPeer(t, gateway.gateway.port, '127.0.0.1')
  await until(() => gateway.gateway.state().handshakes === 56)
  const began = performance.now()
  await dialAndAuthenticate(gateway.url, gateway.identity)
  t.ok(performance.now() - began < 5000, `after ${performance.now() - began} ms`)
})

t.test('a line full of one address keeps nobody else waiting', async (t) => {
  const proxies = new Set(['127.0.0.1'])
  await using gateway = await testGateway(undefined, {
    proxies,
    limits: { handshakes: 4, waitingLine: 100, silentPeers: 8 },
    timing: { authMs: 60_000 },
  })
  // Ten times as many as give way in a second.
  for (let at = 0; at < 140; at++) void silentPeer(t, gateway.gateway.port, '203.0.113.9')
  await until(() => gateway.gateway.state().handshakes >= 104)
  const began = performance.now()
  const box = await dial(gateway.url, { 'x-forwarded-for': '198.51.100.7' })
  box.send(authFor(box, gateway.identity))
  await box.next('welcome')
  t.ok(performance.now() - began < 5000, `after ${performance.now() - began} ms`)
})

t.test(
  'of connections on which nothing comes there are only so many; boxes come in beside them',
  async (t) => {
    await using gateway = await testGateway(undefined, { limits: { knocking: 20 } })
    const { port } = gateway.gateway
    let closed = 0
    for (let at = 0; at < 60; at++) {
      const socket = connect({ port, host: '127.0.0.1' })
      t.teardown(() => socket.destroy())
      socket
        .on('error', () => {})
        .on('close', () => {
          closed += 1
        })
      socket.resume()
    }
    await until(() => closed === 40)
    const boxes = await Promise.all(
      Array.from({ length: 30 }, () => dialAndAuthenticate(gateway.url, gateway.newBox())),
    )
    t.equal(gateway.gateway.state().connections, 30, 'who is in counts no more')
    for (const box of boxes) box.socket.terminate()
  },
)

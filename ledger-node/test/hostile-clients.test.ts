import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { limitConnections, networkOf } from '../src/http/connections.ts'
import { Unread } from '../src/http/unread.ts'
import { createServer as createHttp } from '../src/server.ts'
import { startNode } from './support/running.ts'

/** How long a connection holds, in milliseconds, and what came back. */
async function hold(port: number, write: (socket: Socket) => void): Promise<{ ms: number; text: string }> {
  const began = performance.now()
  const socket = connect(port, '127.0.0.1')
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk))
  socket.on('error', () => {})
  await once(socket, 'connect')
  // Not `once` of events: that is rejected when the connection is reset, which is one way of being let go.
  const closed = new Promise((resolve) => socket.once('close', resolve))
  write(socket)
  await closed
  return { ms: performance.now() - began, text: Buffer.concat(chunks).toString() }
}

/** The server of a node whose patience is a tenth of a second. */
async function impatient(t: Test): Promise<number> {
  const { running, token } = await startNode(t)
  const patience = { headersMs: 100, requestMs: 200, idleMs: 100, silentMs: 300, checkMs: 50, stopMs: 500 }
  const server = createHttp(running.node, { token, version: '0', onError: () => {}, patience })
  await server.listen({ host: '127.0.0.1', port: 0 })
  t.teardown(() => server.close())
  return (server.server.address() as AddressInfo).port
}

t.test('a client that sends its head or body a byte at a time is let go', async (t) => {
  const port = await impatient(t)
  const drip = (socket: Socket, text: string) => {
    let at = 0
    const timer = setInterval(() => {
      if (socket.destroyed) clearInterval(timer)
      else socket.write(text[at++] ?? 'x')
    }, 20)
    socket.on('close', () => clearInterval(timer))
  }
  const head = await hold(port, (socket) => drip(socket, 'GET /v1/health HTTP/1.1\r\nx: '.repeat(50)))
  t.ok(head.ms < 3000, `${head.ms} ms`)
  t.match(head.text, /^(HTTP\/1.1 408 |$)/)
  const start = 'POST /witness/add-checkpoint HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n'
  const body = await hold(port, (socket) => {
    socket.write(start)
    drip(socket, 'old 0\n\n')
  })
  t.ok(body.ms < 3000, `${body.ms} ms`)
  const nothing = await hold(port, () => {})
  t.ok(nothing.ms < 3000, `${nothing.ms} ms`)
})

t.test('heads beyond their limit, and what is no HTTP, are refused', async (t) => {
  const { running } = await startNode(t)
  const long = await hold(running.port, (socket) =>
    socket.write(`GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`),
  )
  t.match(long.text, /^HTTP\/1.1 431 /)
  const noise = await hold(running.port, (socket) =>
    socket.write('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n'),
  )
  t.match(noise.text, /^HTTP\/1.1 400 /)
  t.equal((await fetch(`http://127.0.0.1:${running.port}/v1/health`)).status, 200)
})

t.test('one address holds no more connections than its share; this machine holds more', async (t) => {
  const sockets: { destroyed: boolean }[] = []
  const server = createServer()
  limitConnections(server, { ofOne: 2, all: 10 })
  for (const remoteAddress of [
    '10.0.0.1',
    '10.0.0.1',
    '10.0.0.1',
    '::ffff:10.0.0.1',
    '127.0.0.1',
    '127.0.0.1',
    '127.0.0.1',
  ]) {
    const socket = { remoteAddress, destroyed: false, once() {}, destroy: () => (socket.destroyed = true) }
    server.emit('connection', socket as unknown as Socket)
    sockets.push(socket)
  }
  t.same(
    sockets.map(({ destroyed }) => destroyed),
    [false, false, true, true, false, false, false],
  )
})

t.test('of an IPv6 address the network counts', async (t) => {
  t.equal(networkOf('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2')
  t.equal(networkOf('2001:db8::1'), '2001:db8:0:0')
  t.equal(networkOf('fe80::1%eth0'), 'fe80:0:0:0')
  t.equal(networkOf('::ffff:192.0.2.7'), '192.0.2.7')
  t.equal(networkOf('192.0.2.7'), '192.0.2.7')
})

t.test('whoever asks too often is told to come back, and the others are not', async (t) => {
  const node = await startNode(t)
  const statuses = new Set<number>()
  for (let round = 0; round < 200 && !statuses.has(429); round += 1) {
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => fetch(`${node.url}/gossip`, { method: 'POST', body: '{' })),
    )
    for (const answer of answers) {
      statuses.add(answer.status)
      if (answer.status === 429) t.equal(answer.headers.get('retry-after'), '1')
      await answer.arrayBuffer()
    }
  }
  t.same([...statuses].sort(), [400, 429])
  const headers = { authorization: `Bearer ${node.token}` }
  t.equal((await fetch(`${node.url}/gossip`, { method: 'POST', body: '{', headers })).status, 400)
  t.equal((await node.client.head()).size, 0)
})

t.test('a connection over which nothing is asked does not hold up a stop', async (t) => {
  const { running, stop } = await startNode(t)
  const silent = connect(running.port, '127.0.0.1')
  silent.on('error', () => {})
  await once(silent, 'connect')
  const closed = new Promise((resolve) => silent.once('close', resolve))
  const began = performance.now()
  await stop()
  t.ok(performance.now() - began < 5000)
  await closed
})

/** A node whose answers are of a mebibyte, and how many it works on at a time at most. */
async function generous(t: Test) {
  const { running, token } = await startNode(t)
  const body = Buffer.alloc(1 << 20)
  const seen = { now: 0, most: 0 }
  const node = Object.create(running.node, {
    handle: {
      async value() {
        seen.now += 1
        seen.most = Math.max(seen.most, seen.now)
        await new Promise(setImmediate)
        seen.now -= 1
        return { status: 200, type: 'application/octet-stream', body }
      },
    },
  })
  const server = createHttp(node, { token, version: '0', onError: () => {} })
  await server.listen({ host: '127.0.0.1', port: 0 })
  const { port } = server.server.address() as AddressInfo
  const status = async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/mirror/x/checkpoint`)
    await answer.arrayBuffer()
    return answer.status
  }
  const sockets: Socket[] = []
  const pipeline = (count: number) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write('GET /mirror/x/checkpoint HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(count))
    sockets.push(socket)
    return socket
  }
  t.teardown(async () => {
    for (const socket of sockets) socket.destroy()
    await server.close()
  })
  return { seen, status, pipeline, sockets }
}

t.test(
  'requests that do not wait for answers are answered in turn, and too many end the connection',
  async (t) => {
    const { seen, pipeline } = await generous(t)
    const some = pipeline(30)
    let bytes = 0
    some.on('data', (chunk) => {
      bytes += chunk.length
    })
    while (bytes < 30 << 20) await once(some, 'data')
    t.ok(seen.most <= 4, `${seen.most} at a time`)
    await once(pipeline(200).resume(), 'close')
  },
)

t.test('what nobody reads is bounded, and forgotten when its connection goes', async (t) => {
  const { status, pipeline, sockets } = await generous(t)
  for (let made = 0; made < 50; made += 1) pipeline(36).pause()
  for (const end = Date.now() + 10_000; (await status()) !== 503 && Date.now() < end; );
  t.equal(await status(), 503)
  for (const socket of sockets) socket.destroy()
  for (const end = Date.now() + 10_000; (await status()) !== 200 && Date.now() < end; );
  t.equal(await status(), 200)
})

t.test('large bodies of one network, and all of them, are bounded; small ones are not counted', async (t) => {
  const coming = new Unread({ ofOne: 10, all: 25 })
  const first = coming.take('10.0.0.1', 8)
  t.ok(first)
  t.equal(coming.take('10.0.0.1', 3), null)
  t.ok(coming.take('10.0.0.2', 12), 'more than a share, but alone')
  t.equal(coming.take('10.0.0.3', 6), null, 'all together')
  t.ok(coming.take('127.0.0.1', 5))
  first?.()
  first?.()
  t.ok(coming.take('10.0.0.1', 8), 'room again, once')
  t.equal(coming.take('127.0.0.1', 1), null)

  const { running } = await startNode(t)
  const begin = (length: number) => {
    const socket = connect(running.port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write(`POST /gossip HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n`)
    t.teardown(() => socket.destroy())
    return socket
  }
  for (let made = 0; made < 64; made += 1) begin(1 << 20)
  await new Promise((resolve) => setTimeout(resolve, 200))
  const [answer] = await once(begin(1 << 20), 'data')
  t.match(`${answer}`, /^HTTP\/1.1 503 /)
  const small = await fetch(`http://127.0.0.1:${running.port}/gossip`, { method: 'POST', body: '{' })
  t.equal(small.status, 400)
})

/** Connections to model servers that are used for one question after the other, and those that must not be. */
import { createServer, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { readBody } from '../../src/providers/http/read-body.ts'
import { readLines } from '../../src/providers/http/read-lines.ts'
import { createSend, type Send } from '../../src/providers/http/request.ts'
import { never } from '../support/questions.ts'
import { until } from '../support/until.ts'

interface RawServer {
  url: URL
  /** Connections that were made, and requests that came over each. */
  requests: number[]
  open: Set<Socket>
}

/** `answer` is called for each request: `of` is its connection, `at` its place on that; both from 0. */
async function rawServer(
  t: Test,
  answer: (socket: Socket, of: number, at: number) => void,
): Promise<RawServer> {
  const requests: number[] = []
  const open = new Set<Socket>()
  const server = createServer((socket) => {
    const of = requests.length
    requests.push(0)
    open.add(socket)
    socket.on('close', () => open.delete(socket))
    socket.on('error', () => {})
    let text = ''
    socket.on('data', (bytes) => {
      text += bytes.toString()
      if (!text.endsWith('\r\n\r\n{}')) return
      text = ''
      requests[of]! += 1
      answer(socket, of, requests[of]! - 1)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    for (const socket of open) socket.destroy()
    server.close()
  })
  const address = server.address() as { port: number }
  return { url: new URL(`http://127.0.0.1:${address.port}/v1/x`), requests, open }
}

const head = (more: string, first = 'HTTP/1.1 200 OK') => `${first}\r\n${more}\r\n\r\n`
const chunked = head('Transfer-Encoding: chunked')
const counted = head('Content-Length: 2')

function ask(send: Send, url: URL, signal: AbortSignal = never, connected?: () => void) {
  return send(url, { method: 'POST', headers: {}, body: '{}', signal, ...(connected && { connected }) })
}

async function text(send: Send, url: URL): Promise<string> {
  const { bytes } = await readBody(await ask(send, url), 1000, never)
  return bytes.toString()
}

t.test('a whole response leaves its connection to the next question', async (t) => {
  for (const response of [`${chunked}2\r\nok\r\n0\r\n\r\n`, `${counted}ok`]) {
    const server = await rawServer(t, (socket) => socket.write(response))
    const send = createSend(1000)
    for (let at = 0; at < 3; at += 1) t.equal(await text(send, server.url), 'ok')
    t.same(server.requests, [3])
    t.same(await Promise.all([text(send, server.url), text(send, server.url)]), ['ok', 'ok'])
    t.same(server.requests, [4, 1], 'two at a time take two')
  }
})

for (const [why, response] of [
  ['says that it closes', `${head('Connection: close\r\nContent-Length: 2')}ok`],
  ['says so among others', `${head('Connection: x, Close\r\nContent-Length: 2')}ok`],
  ['is of HTTP/1.0', `${head('Content-Length: 2', 'HTTP/1.0 200 OK')}ok`],
  ['is no success', `${head('Content-Length: 2', 'HTTP/1.1 404 Not Found')}ok`],
  ['names a short time', `${head('Keep-Alive: timeout=1\r\nContent-Length: 2')}ok`],
  ['says more than its length', `${counted}okHTTP/1.1 200 OK\r\n`],
  ['says more behind its last chunk', `${chunked}2\r\nok\r\n0\r\n\r\nx`],
] as const) {
  t.test(`a connection is closed when the response ${why}`, async (t) => {
    const server = await rawServer(t, (socket) => socket.write(response))
    const send = createSend(1000)
    for (let at = 0; at < 2; at += 1) t.equal(await text(send, server.url), 'ok')
    t.same(server.requests, [1, 1])
    await until(() => server.open.size === 0)
    t.equal(server.open.size, 0)
  })
}

t.test('what a server says unasked is no answer to the next question', async (t) => {
  const server = await rawServer(t, (socket, of) => {
    socket.write(`${counted}o${of}`)
    if (of === 0) setTimeout(() => socket.write(`${counted}xx`), 20)
  })
  const send = createSend(1000)
  t.equal(await text(send, server.url), 'o0')
  await until(() => server.open.size === 0)
  t.equal(await text(send, server.url), 'o1')
})

t.test(
  'a connection that the server has closed meanwhile, or that waited a second, is not used',
  async (t) => {
    const server = await rawServer(t, (socket, of) => {
      socket.write(`${counted}ok`)
      if (of === 0) setTimeout(() => socket.end(), 20)
    })
    const send = createSend(1000)
    t.equal(await text(send, server.url), 'ok')
    await until(() => server.open.size === 0)
    t.equal(await text(send, server.url), 'ok')
    await pause(1500)
    t.equal(server.open.size, 0, 'it is not kept for longer')
    t.equal(await text(send, server.url), 'ok')
    t.same(server.requests, [1, 1, 1])
  },
)

t.test('a server that closed it just then is asked once more, over a new one', async (t) => {
  const server = await rawServer(t, (socket, of, at) => {
    if (of === 0 && at === 1) socket.destroy()
    else socket.write(`${counted}ok`)
  })
  const send = createSend(1000)
  t.equal(await text(send, server.url), 'ok')
  let told = 0
  const response = await ask(send, server.url, never, () => {
    told += 1
  })
  t.equal(response.status, 200)
  response.destroy()
  t.same(server.requests, [2, 1])
  t.equal(told, 1, 'and the box hears of one beginning')
})

t.test('a question that a server has had for a while is not asked again', async (t) => {
  const server = await rawServer(t, (socket, _of, at) => {
    if (at === 0) socket.write(`${counted}ok`)
    else setTimeout(() => socket.destroy(), 1200)
  })
  const send = createSend(1000)
  t.equal(await text(send, server.url), 'ok')
  await t.rejects(ask(send, server.url), { code: 'model-unreachable' })
  t.same(server.requests, [2])
})

t.test('nor is one over a new connection, nor one of which a byte has come back', async (t) => {
  const silent = await rawServer(t, (socket) => socket.destroy())
  await t.rejects(ask(createSend(1000), silent.url), { code: 'model-unreachable' })
  t.same(silent.requests, [1])
  const broken = await rawServer(t, (socket, _of, at) => {
    if (at === 0) socket.write(`${counted}ok`)
    else socket.end('HTTP/1.1 2')
  })
  const send = createSend(1000)
  t.equal(await text(send, broken.url), 'ok')
  await t.rejects(ask(send, broken.url), { code: 'model-bad-response' })
  t.same(broken.requests, [2])
})

/** Reads lines until one says that it is the last. */
async function lines(send: Send, url: URL): Promise<string[]> {
  const taken: string[] = []
  const reading = readLines(await ask(send, url), {
    out: { reading: () => () => {} },
    signal: never,
    take(line) {
      taken.push(line)
      if (line === 'last') reading.stop()
    },
  })
  await reading.done
  return taken
}

t.test('of a response that was left the end may come later, and nothing of it is told', async (t) => {
  const server = await rawServer(t, (socket) => {
    socket.write(`${chunked}7\r\na\nlast\n\r\n`)
    setTimeout(() => socket.write('5\r\nmore\n\r\n0\r\n\r\n'), 20)
  })
  const send = createSend(1000)
  t.same(await lines(send, server.url), ['a', 'last'])
  await pause(60)
  t.same(await lines(send, server.url), ['a', 'last'])
  t.same(server.requests, [2])
})

t.test('but not much later, and not much of it', async (t) => {
  const late = await rawServer(t, (socket) => socket.write(`${chunked}7\r\na\nlast\n\r\n`))
  t.same(await lines(createSend(1000), late.url), ['a', 'last'])
  t.equal(late.open.size, 1)
  await until(() => late.open.size === 0)
  t.equal(late.open.size, 0, 'it is closed')
  const endless = await rawServer(t, (socket) => {
    socket.write(`${chunked}7\r\na\nlast\n\r\n`)
    const more = setInterval(() => socket.write(`fff\r\n${'x'.repeat(4095)}\r\n`), 5)
    socket.on('close', () => clearInterval(more))
  })
  const began = performance.now()
  t.same(await lines(createSend(1000), endless.url), ['a', 'last'])
  await until(() => endless.open.size === 0)
  t.ok(performance.now() - began < 5000)
})

t.test('a cancel closes the connection, also one that was kept', async (t) => {
  const server = await rawServer(t, (socket, of, at) => {
    socket.write(of === 0 && at === 1 ? `${chunked}1\r\na\r\n` : `${counted}ok`)
  })
  const send = createSend(1000)
  t.equal(await text(send, server.url), 'ok')
  const stop = new AbortController()
  const response = await ask(send, server.url, stop.signal)
  const body = readBody(response, 1000, stop.signal)
  stop.abort(new Error('cancelled'))
  await t.rejects(body, /cancelled/)
  await until(() => server.open.size === 0)
  t.equal(await text(send, server.url), 'ok')
  t.same(server.requests, [2, 1])
})

t.test('who still holds a response has no hand on the connection of the next one', async (t) => {
  const server = await rawServer(t, (socket) => socket.write(`${counted}ok`))
  const send = createSend(1000)
  const first = await ask(send, server.url)
  await readBody(first, 1000, never)
  const second = await ask(send, server.url)
  first.pause()
  first.destroy()
  const { bytes } = await readBody(second, 1000, never)
  t.equal(bytes.toString(), 'ok')
  t.same(server.requests, [2])
})

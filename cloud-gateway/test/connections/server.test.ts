/** The gateway as a whole: storms, TLS, going down, what one connection does to others. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import t, { type Test } from 'tap'
import { WebSocket } from 'ws'
import { subprotocol } from '../../src/protocol.ts'
import { watchTls } from '../../src/tls-files.ts'
import { testGateway, until } from '../support/gateway.ts'
import { authFor, dial, dialAndAuthenticate } from '../support/raw-box.ts'
import { scriptedRouter } from '../support/scripted-router.ts'

t.test('boxes that dial all at once wait in line, and every one is welcomed', async (t) => {
  await using gateway = await testGateway(undefined, { limits: { handshakes: 5 }, timing: { authMs: 3000 } })
  let most = 0
  const watching = setInterval(() => {
    most = Math.max(most, gateway.gateway.state().handshakes)
  }, 1)
  const boxes = await Promise.all(
    Array.from({ length: 100 }, async () => {
      const identity = gateway.newBox()
      return dialAndAuthenticate(gateway.url, identity)
    }),
  )
  clearInterval(watching)
  t.equal(boxes.length, 100)
  t.equal(gateway.gateway.state().connections, 100)
  t.equal(gateway.gateway.state().handshakes, 0)
  t.ok(most > 5, 'there was a line')
  for (const box of boxes) box.socket.terminate()
  await until(() => gateway.gateway.state().connections === 0)
})

t.test('who never authenticates gives its place back to those in line', async (t) => {
  await using gateway = await testGateway(undefined, { limits: { handshakes: 2 }, timing: { authMs: 60 } })
  const idlers = [await dial(gateway.url), await dial(gateway.url)]
  const gone = new WebSocket(gateway.url, [subprotocol])
  gone.on('error', () => {})
  await new Promise((resolve) => setTimeout(resolve, 10))
  gone.terminate()
  await dialAndAuthenticate(gateway.url, gateway.identity)
  for (const idler of idlers) t.equal((await idler.closed).code, 4401)
})

t.test('beyond the line there is a 503 that says when to come back', async (t) => {
  await using gateway = await testGateway(undefined, { limits: { handshakes: 1, waitingLine: 0 } })
  await dial(gateway.url)
  const answer = await new Promise<{ status: number; after: number }>((resolve) => {
    const socket = new WebSocket(gateway.url, [subprotocol])
    socket.on('error', () => {})
    socket.on('unexpected-response', (_request, response) =>
      resolve({ status: response.statusCode ?? 0, after: Number(response.headers['retry-after']) }),
    )
  })
  t.equal(answer.status, 503)
  t.ok(answer.after >= 1 && answer.after <= 10)
})

t.test('an upgrade that ws refuses gives its place back', async (t) => {
  await using gateway = await testGateway(undefined, { limits: { handshakes: 1 } })
  const request = `GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: ${subprotocol}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: short\r\n\r\n`
  const socket = connect(gateway.gateway.port, '127.0.0.1')
  socket.write(request)
  const answer = await new Promise<string>((resolve) => socket.once('data', (data) => resolve(String(data))))
  t.match(answer, /^HTTP\/1\.1 400/)
  await dialAndAuthenticate(gateway.url, gateway.identity)
})

t.test('nothing depends on what a proxy adds or leaves out', async (t) => {
  await using gateway = await testGateway()
  const box = await dial(gateway.url, {
    host: 'elsewhere.example',
    'x-forwarded-for': '203.0.113.9, 10.0.0.1',
    'x-forwarded-proto': 'https',
    forwarded: 'for=203.0.113.9',
  })
  box.send(authFor(box, gateway.identity))
  t.match(await box.next('welcome'), { models: ['default'] })
})

t.test('a fault on one connection ends that one and is logged without its words', async (t) => {
  const router = scriptedRouter()
  router.modelOf = () => {
    throw new TypeError('secret')
  }
  await using gateway = await testGateway([], { router })
  const other = await dialAndAuthenticate(gateway.url, gateway.newBox())
  const box = await dialAndAuthenticate(gateway.url, gateway.identity)
  box.ask()
  t.match(await box.closed, { code: 1011, reason: 'the gateway failed' })
  t.match(gateway.log.find(({ event }) => event === 'connection-fault')?.fields, { cause: 'TypeError' })
  t.notMatch(JSON.stringify(gateway.log), /secret/)
  other.socket.ping()
  await new Promise((resolve) => other.socket.once('pong', resolve))
})

t.test('a resume of what was never sent closes that connection only', async (t) => {
  const router = scriptedRouter()
  await using gateway = await testGateway([], { router })
  const box = await dialAndAuthenticate(gateway.url, gateway.identity)
  const rid = box.ask()
  const play = await router.next()
  play.sink.text('answer', '一')
  await box.next('delta', rid)
  box.socket.terminate()
  const liar = await dial(gateway.url)
  liar.send(authFor(liar, gateway.identity, { resume: [{ rid, epoch: 1, seq: 7 }] }))
  t.match(await liar.closed, { code: 4400, reason: /never sent/ })
  const honest = await dialAndAuthenticate(gateway.url, gateway.identity, [{ rid, epoch: 1, seq: 0 }])
  t.match(await honest.next('delta', rid), { seq: 1, text: '一' })
  honest.send({ type: 'credit', rid, epoch: 1, seq: 2, bytes: 10 })
  t.match(await honest.closed, { code: 4400, reason: /credit for a delta that was never sent/ })
})

t.test('health is told before, and while, it goes down', async (t) => {
  const router = scriptedRouter()
  await using gateway = await testGateway([], { router, timing: { drainMs: 5000 } })
  const health = async () => {
    const response = await fetch(`${gateway.url.replace('ws', 'http')}healthz`)
    return { status: response.status, body: await response.json() }
  }
  t.match(await health(), { status: 200, body: { status: 'ok', connections: 0, running: 0 } })
  const box = await dialAndAuthenticate(gateway.url, gateway.identity)
  const rid = box.ask()
  const play = await router.next()
  const drained = gateway.gateway.drain()
  t.match(await health(), { status: 503, body: { status: 'draining', connections: 1, running: 1 } })
  await t.rejects(dial(gateway.url), /503/, 'no new connections')
  play.finish()
  t.match(await box.next('end', rid), { finish: 'stop' })
  t.equal((await box.closed).code, 1001)
  await drained
  t.equal((await gateway.accounts.usage({}))[0]?.answers, 1)
})

t.test('at the deadline of going down what still runs is ended and booked', async (t) => {
  const router = scriptedRouter()
  await using gateway = await testGateway([], { router, timing: { drainMs: 5000 } })
  const box = await dialAndAuthenticate(gateway.url, gateway.identity)
  box.ask()
  const play = await router.next()
  play.sink.text('answer', '一二三')
  await gateway.gateway.drain(50)
  t.ok(play.signal.aborted)
  t.equal((await box.closed).code, 1001)
  t.match(await gateway.accounts.usage({}), [{ answers: 1, completionTokens: 3, estimatedTokens: 103 }])
})

t.test('an answer whose box is away does not hold up going down', async (t) => {
  const router = scriptedRouter()
  await using gateway = await testGateway([], { router, timing: { drainMs: 60_000 } })
  const box = await dialAndAuthenticate(gateway.url, gateway.identity)
  box.ask()
  const play = await router.next()
  box.socket.terminate()
  await until(() => gateway.gateway.state().detachedAnswers === 1)
  const other = await dialAndAuthenticate(gateway.url, gateway.newBox())
  other.ask()
  const running = await router.next()
  const drained = gateway.gateway.drain()
  await until(() => play.signal.aborted)
  t.notOk(running.signal.aborted, 'nobody could take it up here; the others go on')
  running.finish()
  await drained
})

t.test('who proves its key while the gateway goes down is not welcomed any more', async (t) => {
  await using shared = await testGateway()
  const { accounts } = shared
  const asked = Promise.withResolvers<void>()
  const answer = Promise.withResolvers<void>()
  await using gateway = await testGateway(undefined, {
    accounts: {
      ...accounts,
      async find(box) {
        asked.resolve()
        await answer.promise
        return accounts.find(box)
      },
    },
  })
  const box = await dial(gateway.url)
  box.send(authFor(box, shared.identity))
  await asked.promise
  const drained = gateway.gateway.drain()
  answer.resolve()
  t.equal((await box.closed).code, 1001)
  t.notOk(box.received.some(({ type }) => type === 'welcome'))
  await drained
})

t.test('POST /enrol goes to its handler, and nothing else does', async (t) => {
  await using gateway = await testGateway(undefined, {
    enrol: (_request, response) => void response.writeHead(201).end('{}'),
  })
  const at = (path: string, method: string) =>
    fetch(`${gateway.url.replace('ws', 'http')}${path}`, { method }).then(({ status }) => status)
  t.equal(await at('enrol', 'POST'), 201)
  t.equal(await at('enrol', 'GET'), 404)
  t.equal(await at('enrolled', 'POST'), 404)
})

// ---- TLS

function certificate(t: Test): { cert: string; key: string; make(name: string): void } | null {
  const folder = mkdtempSync(join(tmpdir(), 'tanbox-tls-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const cert = join(folder, 'cert.pem')
  const key = join(folder, 'key.pem')
  const make = (name: string) => {
    const [newCert, newKey] = [`${cert}.new`, `${key}.new`]
    execFileSync(
      'openssl',
      [
        ...[
          'req',
          '-x509',
          '-newkey',
          'ec',
          '-pkeyopt',
          'ec_paramgen_curve:prime256v1',
          '-nodes',
          '-days',
          '2',
        ],
        ...[
          '-subj',
          `/CN=${name}`,
          '-addext',
          'subjectAltName=IP:127.0.0.1',
          '-keyout',
          newKey,
          '-out',
          newCert,
        ],
      ],
      { stdio: 'ignore' },
    )
    renameSync(newKey, key)
    renameSync(newCert, cert)
  }
  try {
    make('first.test')
  } catch {
    return null
  }
  return { cert, key, make }
}

t.test('a peer that does not finish its TLS handshake, and never closes, keeps no file', async (t) => {
  const files = certificate(t)
  if (!files) {
    t.comment('skipped: openssl is not installed')
    return
  }
  await using gateway = await testGateway(undefined, {
    tls: { cert: files.cert, key: files.key },
    timing: { tlsHandshakeMs: 100 },
  })
  const gone = (words: Buffer | null) =>
    new Promise<void>((resolve) => {
      const socket = connect({ port: gateway.gateway.port, host: '127.0.0.1', allowHalfOpen: true })
      t.teardown(() => socket.destroy())
      socket.on('error', () => {})
      socket.once('end', resolve).once('close', () => resolve())
      socket.resume()
      if (words) socket.write(words)
    })
  await gone(null)
  await gone(Buffer.from([0x16, 3, 1, 1, 0, 1, 0]))
  const socket = new WebSocket(gateway.url, [subprotocol], { ca: readFileSync(files.cert) })
  t.match(await new Promise((resolve) => socket.once('message', (data) => resolve(String(data)))), /hello/)
  socket.terminate()
})

t.test('TLS handshakes under way do not hold up going down', async (t) => {
  const files = certificate(t)
  if (!files) {
    t.comment('skipped: openssl is not installed')
    return
  }
  const gateway = await testGateway(undefined, { tls: { cert: files.cert, key: files.key } })
  const raw = await connected(t, gateway.gateway.port)
  const begun = await connected(t, gateway.gateway.port)
  begun.write(Buffer.from([0x16, 3, 1, 1, 0, 1, 0]))
  const socket = new WebSocket(gateway.url, [subprotocol], { ca: readFileSync(files.cert) })
  await new Promise((resolve) => socket.once('message', resolve))
  const began = performance.now()
  const gone = [raw, begun].map((one) => new Promise((resolve) => one.once('close', resolve)))
  await gateway[Symbol.asyncDispose]()
  t.ok(performance.now() - began < 3000, `after ${performance.now() - began} ms`)
  await Promise.all(gone)
})

t.test('a peer that asks nothing does not hold up going down either', async (t) => {
  const gateway = await testGateway()
  await connected(t, gateway.gateway.port)
  const began = performance.now()
  await gateway[Symbol.asyncDispose]()
  t.ok(performance.now() - began < 3000)
})

async function connected(t: Test, port: number) {
  const socket = connect({ port, host: '127.0.0.1' })
  t.teardown(() => socket.destroy())
  socket.on('error', () => {}).resume()
  await new Promise<void>((resolve) => socket.once('connect', resolve))
  return socket
}

t.test('TLS from files, which are read again when they change', async (t) => {
  const files = certificate(t)
  if (!files) {
    t.comment('skipped: openssl is not installed')
    return
  }
  await using gateway = await testGateway(undefined, { tls: { cert: files.cert, key: files.key } })
  const socket = new WebSocket(gateway.url, [subprotocol], { ca: readFileSync(files.cert) })
  const hello = await new Promise((resolve) =>
    socket.once('message', (data) => resolve(JSON.parse(String(data)))),
  )
  t.match(hello, { type: 'hello', gateway: 'gateway.test' })
  socket.terminate()
  const renewals: unknown[] = []
  let failures = 0
  const stop = watchTls(
    files,
    10,
    (options) => renewals.push(options),
    () => {
      failures += 1
    },
  )
  t.teardown(stop)
  writeFileSync(files.key, 'no key')
  await until(() => failures > 0)
  t.equal(renewals.length, 0, 'what does not fit together is not taken')
  files.make('second.test')
  await until(() => renewals.length > 0)
  const pem = { cert: readFileSync(files.cert, 'utf8'), key: readFileSync(files.key, 'utf8') }
  await using second = await testGateway(undefined, { tls: pem })
  const seen = await new Promise<string>((resolve) => {
    const raw = connectTls(
      { port: second.gateway.port, host: '127.0.0.1', rejectUnauthorized: false },
      () => {
        resolve(String(raw.getPeerCertificate().subject.CN))
        raw.destroy()
      },
    )
  })
  t.equal(seen, 'second.test')
})

t.test('a certificate that cannot be read keeps the gateway from starting', async (t) => {
  await t.rejects(
    testGateway(undefined, { tls: { cert: '/nowhere/cert.pem', key: '/nowhere/key.pem' } }),
    /ENOENT/,
  )
})

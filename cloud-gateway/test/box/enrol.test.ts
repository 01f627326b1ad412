import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createEnrolHttp } from '../../src/accounts/enrol-http.ts'
import { openSqliteAccounts } from '../../src/accounts/sqlite.ts'
import { type EnrolOptions, enrolAddress, enrolWithCode } from '../../src/box/enrol.ts'
import { createIdentity } from '../../src/identity.ts'
import { never } from '../support/questions.ts'
import { anyIdentity, scratch } from '../support/test-box.ts'

const quota = { tokensPerMinute: null, tokensPerDay: 5000, streams: 2 }

async function listening(t: Test, server: ReturnType<typeof createServer | typeof createTlsServer>) {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** The gateway's own handler over its own accounts. */
async function registry(t: Test) {
  const folder = scratch(t)
  const accounts = await openSqliteAccounts({ path: join(folder, 'accounts.db') })
  t.teardown(() => accounts.close())
  const handle = createEnrolHttp({ gateway: 'gateway.test', accounts, log: () => {}, proxies: new Set() })
  const address = await listening(
    t,
    createServer((request, response) =>
      request.url === '/enrol' ? handle(request, response) : response.writeHead(404).end(),
    ),
  )
  const code = async (text: string, expiresInMs = 60_000) =>
    accounts.createCode({ code: text, label: '', quota, expiresAt: Date.now() + expiresInMs })
  let made = 0
  const newBox = () => {
    made += 1
    return createIdentity(join(folder, `key-${made}.json`))
  }
  return { accounts, url: `ws://${address}/`, code, newBox }
}

const enrol = (changes: Partial<EnrolOptions> & { url: string }) =>
  enrolWithCode({
    ...{
      gateway: 'gateway.test',
      code: 'K7Q2-AAAA-BBBB',
      identity: anyIdentity(),
      label: '三楼',
      signal: never,
    },
    ...changes,
  })

t.test('codes are redeemed beside the address of the WebSocket', async (t) => {
  t.equal(String(enrolAddress('wss://gateway.example.org')), 'https://gateway.example.org/enrol')
  t.equal(String(enrolAddress('ws://127.0.0.1:8471/')), 'http://127.0.0.1:8471/enrol')
  t.equal(String(enrolAddress('https://example.org/tanbox?x#y')), 'https://example.org/tanbox/enrol')
  t.equal(String(enrolAddress('http://example.org/tanbox/')), 'http://example.org/tanbox/enrol')
})

t.test('a box enrols itself, and again with the same code when the reply was lost', async (t) => {
  const { accounts, url, code, newBox } = await registry(t)
  await code('K7Q2-AAAA-BBBB')
  const identity = newBox()
  await enrol({ url, identity, code: ' K7Q2-AAAA-BBBB\n' })
  await enrol({ url, identity })
  t.match(await accounts.find(identity.box), { key: identity.key, label: '三楼', quota })
})

t.test('what the gateway refuses is told apart, and never worth trying again', async (t) => {
  const { accounts, url, code, newBox } = await registry(t)
  const [first, second] = [newBox(), newBox()]
  await t.rejects(enrol({ url, identity: first }), { code: 'code-unknown', retryable: false })
  await code('EXPIRED-CODE', -1)
  await t.rejects(enrol({ url, identity: first, code: 'EXPIRED-CODE' }), { code: 'code-expired' })
  await code('K7Q2-AAAA-BBBB')
  await t.rejects(enrol({ url, identity: first, gateway: 'other.test' }), { code: 'signature-refused' })
  await enrol({ url, identity: first })
  await t.rejects(enrol({ url, identity: second }), { code: 'code-used' })
  await accounts.revoke(first.box)
  await code('FRESH-CODE')
  await t.rejects(enrol({ url, identity: first, code: 'FRESH-CODE' }), { code: 'box-revoked' })
  const stolen = { ...second, box: first.box }
  await t.rejects(enrol({ url, identity: stolen, code: 'FRESH-CODE' }), { code: /box-(taken|revoked)/ })
})

t.test('what is no gateway is not believed', async (t) => {
  const answers: [string, RequestListener, string][] = [
    ['a page', (_, out) => out.end('<html>welcome</html>'), 'no-gateway'],
    [
      'another box',
      (_, out) => out.end(JSON.stringify({ v: 1, box: 'box-other', key: 'a'.repeat(16) })),
      'no-gateway',
    ],
    ['nothing there', (_, out) => out.writeHead(404).end('{}'), 'no-gateway'],
    ['an endless answer', (_, out) => out.end('x'.repeat(100_000)), 'no-gateway'],
    [
      'a redirect',
      (_, out) => out.writeHead(307, { location: 'http://127.0.0.1:1/enrol' }).end(),
      'no-gateway',
    ],
    ['a busy one', (_, out) => out.writeHead(503).end(), 'busy'],
    ['one that counts', (_, out) => out.writeHead(429).end('{"error":{"code":"too-many-attempts"}}'), 'busy'],
    ['a new refusal', (_, out) => out.writeHead(403).end('{"error":{"code":"moon-phase"}}'), 'refused'],
    ['no HTTP', (_, out) => void out.socket?.end('SSH-2.0-OpenSSH\r\n'), 'no-gateway'],
    ['one that hangs up', (_, out) => void out.socket?.destroy(), 'unreachable'],
    [
      'half an answer',
      (_, out) => void out.writeHead(200).write('{"v":1', () => out.socket?.destroy()),
      'unreachable',
    ],
    ['one that hangs', () => {}, 'timeout'],
    ['one that trickles', (_, out) => void setInterval(() => out.write(' '), 20).unref(), 'timeout'],
  ]
  for (const [name, answer, code] of answers) {
    const address = await listening(t, createServer(answer))
    await t.rejects(enrol({ url: `http://${address}`, withinMs: 500 }), { name: 'EnrolError', code }, name)
  }
  await t.rejects(enrol({ url: 'ws://127.0.0.1:1/' }), { code: 'unreachable', retryable: true })
})

t.test('who asked may stop it', async (t) => {
  const address = await listening(
    t,
    createServer(() => {}),
  )
  const stop = new AbortController()
  setTimeout(() => stop.abort(), 30)
  await t.rejects(enrol({ url: `ws://${address}`, signal: stop.signal }), { name: 'AbortError' })
})

const noOpenssl = spawnSync('openssl', ['version']).status === 0 ? false : 'openssl is not on this machine'

t.test(
  'a certificate that nobody vouches for is refused before the code is sent',
  { skip: noOpenssl },
  async (t) => {
    const folder = scratch(t)
    spawnSync('openssl', [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
      ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'],
      ...['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')],
    ])
    const [key, cert] = ['key.pem', 'cert.pem'].map((name) => readFileSync(join(folder, name), 'utf8'))
    let asked = 0
    const { key: id, box } = anyIdentity()
    const server = createTlsServer({ key: key!, cert: cert! }, (_, response) => {
      asked += 1
      response.end(JSON.stringify({ v: 1, box, key: id }))
    })
    const address = await listening(t, server)
    await t.rejects(enrol({ url: `wss://${address}/` }), { code: 'untrusted' })
    t.equal(asked, 0)
    await enrol({ url: `wss://${address}/`, ca: cert! })
    t.equal(asked, 1)
  },
)

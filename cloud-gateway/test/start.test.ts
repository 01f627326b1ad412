import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { problemOf } from '../src/box/problem.ts'
import { createGatewayClient } from '../src/client.ts'
import { tlsMistakes } from '../src/config/check-tls.ts'
import { readConfig } from '../src/config.ts'
import { startFailure } from '../src/start-failure.ts'
import { testGateway, until } from './support/gateway.ts'

const main = join(import.meta.dirname, '../src/main.ts')

function folderOf(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'tanbox-start-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Runs the gateway to its end. */
async function run(environment: Record<string, string>) {
  const child = spawn(process.execPath, [main], {
    env: { TANBOX_GATEWAY_PORT: '0', TANBOX_GATEWAY_ADMIN_PORT: 'off', ...environment },
  })
  let output = ''
  for (const from of [child.stdout, child.stderr]) from.on('data', (data) => (output += data))
  const [status] = await once(child, 'close')
  return { status, output }
}

function certificate(folder: string, name: string): { tlsCert: string; tlsKey: string } | null {
  const [tlsCert, tlsKey] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)]
  const words = `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=${name}`
  try {
    const files = ['-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', tlsKey, '-out', tlsCert]
    execFileSync('openssl', [...words.split(' '), ...files], { stdio: 'ignore' })
    return { tlsCert, tlsKey }
  } catch {
    return null
  }
}

t.test('a certificate or key that cannot be used is named, with its setting', async (t) => {
  const folder = folderOf(t)
  const [one, other] = [certificate(folder, 'one'), certificate(folder, 'other')]
  if (!one || !other) return t.comment('skipped: openssl is not installed')
  t.same(tlsMistakes({ tlsCert: '', tlsKey: '' }), [])
  t.same(tlsMistakes(one), [])
  t.match(tlsMistakes({ ...one, tlsKey: other.tlsKey }), [/TLS_KEY is not the key of .*TLS_CERT/])
  t.match(tlsMistakes({ tlsCert: one.tlsKey, tlsKey: one.tlsCert }), [
    /TANBOX_GATEWAY_TLS_CERT=.*one\.key is no certificate in PEM/,
    /TANBOX_GATEWAY_TLS_KEY=.*one\.pem is no private key/,
  ])
  const missing = { TANBOX_GATEWAY_TLS_CERT: join(folder, 'no.pem'), TANBOX_GATEWAY_TLS_KEY: one.tlsKey }
  const { status, output } = await run({ TANBOX_GATEWAY_DATA: folder, ...missing })
  t.equal(status, 78, 'starting again would change nothing')
  t.match(output, /^Wrong settings:\n {2}TANBOX_GATEWAY_TLS_CERT=.*no\.pem cannot be read \(ENOENT\)\n$/)
})

t.test('a port that is taken is said with the setting that changes it', async (t) => {
  const taken = createServer()
  await once(taken.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => taken.close())
  const { port } = taken.address() as AddressInfo
  const { status, output } = await run({
    TANBOX_GATEWAY_DATA: folderOf(t),
    TANBOX_GATEWAY_PORT: String(port),
  })
  t.equal(status, 1)
  t.ok(output.includes(`cannot listen on 127.0.0.1:${port}: another program`), output)
  t.match(output, /^网关无法监听 .*请用 TANBOX_GATEWAY_PORT.*\n.*Set TANBOX_GATEWAY_PORT to another one\.\n$/)
})

t.test(
  'a folder that the system will not have is named with its setting, and not tried for ever',
  async (t) => {
    if (process.platform !== 'linux') return t.comment('skipped: there is no /proc')
    const { status, output } = await run({ TANBOX_GATEWAY_DATA: '/proc/tanbox/data' })
    t.equal(status, 1)
    t.match(output, /\/proc\/tanbox .*TANBOX_GATEWAY_DATA/)
  },
)

t.test('what else keeps it from listening', async (t) => {
  const failure = (more: object) => startFailure(Object.assign(new Error('raw'), more))
  const listen = { syscall: 'listen', address: '10.9.9.9', port: 443 }
  t.match(
    failure({ ...listen, code: 'EADDRNOTAVAIL' }),
    /TANBOX_GATEWAY_HOST=10\.9\.9\.9: this machine has no such/,
  )
  t.match(failure({ ...listen, code: 'EACCES' }), /10\.9\.9\.9:443: ports below 1024/)
  t.match(failure({ ...listen, code: 'EPERM' }), /cannot listen on 10\.9\.9\.9:443 \(EPERM\)/)
  t.match(
    failure({ syscall: 'getaddrinfo', code: 'ENOTFOUND', hostname: 'nowhere' }),
    /HOST=nowhere: there is no host/,
  )
  t.equal(failure({}), 'raw')
  t.equal(startFailure('text'), 'text')
})

t.test('variables that are no settings are pointed out; a wrong secret is not repeated', async (t) => {
  const data = folderOf(t)
  const mistyped = { TANBOX_GATEWAY_DATA: data, TANBOX_GATEWAY_PROT: '1', TANBOX_GATEWAY_URL: 'ws://x' }
  t.same(readConfig(mistyped).unknown, ['TANBOX_GATEWAY_PROT'], 'the box has settings of its own')
  const headers = { TANBOX_GATEWAY_DATA: data, TANBOX_GATEWAY_OTLP_HEADERS: 'authorization: secret-word' }
  try {
    readConfig(headers)
    t.fail('taken')
  } catch (error) {
    t.match(String(error), /TANBOX_GATEWAY_OTLP_HEADERS=\*\*\*: expected a JSON object/)
    t.notMatch(String(error), /secret/)
  }
  writeFileSync(join(data, 'gateway.json'), '{')
  t.throws(() => readConfig({ TANBOX_GATEWAY_DATA: data }), { message: /cannot be read as JSON/ })
})

t.test('a box says that the certificate is not trusted, not that nobody answers', async (t) => {
  const dialled = { code: 0, ours: false, status: null }
  for (const fault of ['DEPTH_ZERO_SELF_SIGNED_CERT', 'CERT_HAS_EXPIRED', 'ERR_TLS_CERT_ALTNAME_INVALID'])
    t.equal(problemOf({ ...dialled, fault }), 'untrusted', fault)
  t.equal(problemOf({ ...dialled, fault: 'ECONNREFUSED' }), 'unreachable')
  const files = certificate(folderOf(t), 'self')
  if (!files) return t.comment('skipped: openssl is not installed')
  await using gateway = await testGateway(undefined, { tls: { cert: files.tlsCert, key: files.tlsKey } })
  const client = createGatewayClient({ url: gateway.url, gateway: gateway.name, identity: gateway.identity })
  t.teardown(() => client.close())
  await until(() => client.problem !== null)
  t.equal(client.problem, 'untrusted')
})

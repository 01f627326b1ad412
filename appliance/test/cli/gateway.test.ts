import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readIdentity } from '@tanbox/cloud-gateway/identity'
import t, { type Test } from 'tap'
import { testGateway } from '../../../cloud-gateway/test/support/gateway.ts'
import { until } from '../../../cloud-gateway/test/support/until.ts'
import { publishCommandLineAccess } from '../../src/access/command-line.ts'
import { openBox } from '../http/box.ts'

const root = resolve(fileURLToPath(new URL('../../..', import.meta.url)))

/** The command as a person runs it. */
function tanbox(data: string, ...args: string[]): Promise<{ status: number; out: string; err: string }> {
  const env = { ...process.env, TANBOX_DATA: data, LC_ALL: 'en_US.UTF-8' }
  return new Promise((done) => {
    execFile(join(root, 'bin/tanbox'), args, { env, cwd: tmpdir() }, (error, out, err) => {
      done({ status: error ? Number(error.code) : 0, out, err })
    })
  })
}

function folder(t: Test): string {
  const path = mkdtempSync(join(tmpdir(), 'tanbox-gateway-cli-'))
  t.teardown(() => rmSync(path, { recursive: true, force: true }))
  return path
}

const code = 'K7Q2-AAAA-BBBB-CCCC'

t.test('from a code to a box that is connected, shows how it stands, and changes its key', async (t) => {
  await using gateway = await testGateway()
  await gateway.newCode(code)
  const data = folder(t)
  writeFileSync(
    join(data, 'tanbox.json'),
    JSON.stringify({ TANBOX_NAME: '三楼', TANBOX_GATEWAY_CODE: 'OLD' }),
  )
  const address = gateway.url.replace('ws:', 'http:')
  const enrol = ['gateway', 'enrol', address, '--name', gateway.name, '--code', code]

  const done = await tanbox(data, ...enrol)
  t.match(done, { status: 0, out: /Enrolled at gateway\.test: box-[0-9a-f]{16}\n/ })
  const { box, key } = readIdentity(join(data, 'keys/gateway.json'))
  t.match(await gateway.accounts.find(box), { key, label: 'test' })
  t.same(JSON.parse(readFileSync(join(data, 'tanbox.json'), 'utf8')), {
    ...{ TANBOX_NAME: '三楼', TANBOX_GATEWAY_URL: gateway.url, TANBOX_GATEWAY_NAME: gateway.name },
  })
  const again = await tanbox(data, ...enrol, '--json')
  t.match(JSON.parse(again.out), { box, key, gateway: gateway.name, settings: join(data, 'tanbox.json') })

  const settings = { TANBOX_GATEWAY_URL: gateway.url, TANBOX_GATEWAY_NAME: gateway.name }
  const running = await openBox(t, { ...settings, TANBOX_GATEWAY_KEY: join(data, 'keys/gateway.json') })
  await running.server.listen({ host: '127.0.0.1', port: 0 })
  const { port } = running.server.server.address() as AddressInfo
  const token = running.asOwner.authorization.slice('Bearer '.length)
  await publishCommandLineAccess(running.data, { url: `http://127.0.0.1:${port}`, token })
  await until(() => running.context.gateway?.state === 'connected', 20_000)

  const shown = await tanbox(running.data, 'gateway')
  t.equal(shown.status, 0)
  for (const line of [/State +connected/, /Gateway +gateway\.test/, /Models +default \(asks for default\)/])
    t.match(shown.out, line)
  t.match(shown.out, /Quota +a minute no limit · a day no limit · answers at a time 8/)
  t.match(shown.out, /First word after +none yet/)
  const chinese = await tanbox(running.data, 'gateway', '--lang', 'zh')
  t.match(chinese.out, /首字用时 +尚无/)

  const rotated = JSON.parse((await tanbox(running.data, 'gateway', 'rotate', '--json')).out)
  t.not(rotated.key, key)
  t.equal((await gateway.accounts.find(box))?.key, rotated.key)
  t.equal(readIdentity(join(data, 'keys/gateway.json')).key, rotated.key)
  t.match(JSON.parse((await tanbox(running.data, 'gateway', '--json')).out), { key: rotated.key, box })

  await gateway.revoke(box)
  await until(() => running.context.gateway?.status().state === 'revoked', 8000)
  const out = await tanbox(running.data, 'gateway')
  t.match(out, {
    status: 1,
    out: /State +revoked by the gateway\n/,
    err: /revoked this box's key.* new code/,
  })
  t.notMatch(out.out, /Models|Quota/, 'what it may use no more is not shown')
  t.match((await tanbox(running.data, 'gateway', '--lang', 'zh')).out, /状态 +已被吊销\n/)
  t.match(JSON.parse((await tanbox(running.data, 'gateway', '--json')).out), {
    ...{
      state: 'revoked',
      models: [],
      quota: null,
      problem: { code: 'cloud-revoked-here', en: /delete .*gateway\.json and start/ },
    },
  })
})

t.test('a box that was shut out comes back with a new code, as another box with a new key', async (t) => {
  await using gateway = await testGateway()
  await gateway.newCode(code)
  const data = folder(t)
  const enrol = (given: string, ...args: string[]) =>
    tanbox(data, 'gateway', 'enrol', gateway.url, '--name', gateway.name, '--code', given, ...args)
  await enrol(code)
  const keyFile = join(data, 'keys/gateway.json')
  const before = readIdentity(keyFile)
  await gateway.revoke(before.box)
  t.match(await enrol(code), { status: 1, err: /revoked the key of this box for good.*new code/ })
  t.equal(readIdentity(keyFile).box, before.box, 'the code it has used is for the key that was revoked')

  await gateway.newCode('NEWC-AAAA-BBBB')
  t.match(await enrol('NEWC-AAAA-BBBC'), { status: 1, err: /never gave it out/ })
  t.equal(readIdentity(keyFile).box, before.box, 'a wrong code changes no key')
  const done = await enrol('NEWC-AAAA-BBBB')
  const { box, key } = readIdentity(keyFile)
  t.not(box, before.box)
  t.match(done, { status: 0 })
  t.ok(done.out.startsWith(`Enrolled at gateway.test: ${box}\nWith a new id and key`))
  t.match(done.out, before.box)
  t.match(await gateway.accounts.find(box), { key, revokedAt: null })
  t.type((await gateway.accounts.find(before.box))?.revokedAt, 'number')
  t.equal(readIdentity(`${keyFile}.before`).key, before.key, 'nothing is thrown away')
  t.match(
    JSON.parse((await enrol('NEWC-AAAA-BBBB', '--json')).out),
    { box, insteadOf: null },
    'again: the same',
  )
  t.match((await enrol('NEWC-AAAA-BBBB', '--lang', 'zh')).out, `已在网关 gateway.test 登记：${box}\n`)
})

t.test('what keeps the box from being enrolled is one sentence, and changes no settings', async (t) => {
  await using gateway = await testGateway()
  const data = folder(t)
  const enrol = (...args: string[]) =>
    tanbox(data, 'gateway', 'enrol', gateway.url, '--name', gateway.name, '--code', code, ...args)
  t.match(await enrol(), { status: 1, out: '', err: /^The code is not valid: .*gateway\.test.*\n$/ })
  const json = await enrol('--json')
  t.match(JSON.parse(json.out), { error: { code: 'enrol-code-unknown' } })
  t.throws(() => statSync(join(data, 'tanbox.json')), { code: 'ENOENT' })
  const nobody = await tanbox(data, 'gateway', 'enrol', 'ws://127.0.0.1:1', '--code', code)
  t.match(nobody, { status: 1, err: /cannot be reached/ })
})

t.test('a settings file that is none is left alone; what to set is said', async (t) => {
  await using gateway = await testGateway()
  await gateway.newCode(code)
  const data = folder(t)
  writeFileSync(join(data, 'tanbox.json'), '{ // mine\n}')
  const done = await tanbox(data, 'gateway', 'enrol', gateway.url, '--name', gateway.name, '--code', code)
  t.match(done, { status: 0, out: /Set by hand: .*TANBOX_GATEWAY_URL/ })
  t.equal(readFileSync(join(data, 'tanbox.json'), 'utf8'), '{ // mine\n}')
})

t.test('a box with a code in its settings enrols itself at its first start', async (t) => {
  await using gateway = await testGateway()
  await gateway.newCode(code)
  const settings = { TANBOX_GATEWAY_URL: gateway.url, TANBOX_GATEWAY_NAME: gateway.name }
  const { context, server, asOwner } = await openBox(t, { ...settings, TANBOX_GATEWAY_CODE: code })
  await until(() => context.gateway?.state === 'connected')
  const status = (await server.inject({ url: '/api/status', headers: asOwner })).json()
  t.match(status.services.gateway, { state: 'connected', name: gateway.name, problem: null })
  t.match(await gateway.accounts.find(status.services.gateway.box), { quota: { streams: 8 } })
  t.notMatch((await server.inject({ url: '/api/config', headers: asOwner })).body, code)
})

t.test('nobody but the owner sees or changes how the box and its gateway stand', async (t) => {
  const { server, asOwner } = await openBox(t)
  t.equal((await server.inject({ url: '/api/gateway' })).statusCode, 403)
  t.equal((await server.inject({ method: 'POST', url: '/api/gateway/rotate' })).statusCode, 403)
  t.match((await server.inject({ url: '/api/gateway', headers: asOwner })).json(), { state: 'off' })
  const rotate = await server.inject({ method: 'POST', url: '/api/gateway/rotate', headers: asOwner })
  t.match(rotate.json(), { error: { code: 'gateway-off' } })
})

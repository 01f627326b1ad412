import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, request } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { createAttempts } from '../../src/accounts/attempts.ts'
import { createEnrolHttp, type EnrolHttpSettings } from '../../src/accounts/enrol-http.ts'
import { newEnrolmentCode } from '../../src/accounts/enrolment-code.ts'
import { openSqliteAccounts } from '../../src/accounts/sqlite.ts'
import { enrolWithCode } from '../../src/box/enrol.ts'
import { createIdentity, type Identity } from '../../src/identity.ts'
import { enrolmentBytes, signBytes } from '../../src/wire/challenge.ts'

const gateway = 'gateway.example'
const quota = { tokensPerMinute: 5000, tokensPerDay: null, streams: 2 }

async function open(t: Test, changes: Partial<EnrolHttpSettings> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'tanbox-enrol-http-'))
  const accounts = await openSqliteAccounts({ path: join(folder, 'gateway.db') })
  const lines: string[] = []
  const handler = createEnrolHttp({
    ...{ gateway, accounts, proxies: new Set<string>() },
    log: (event, fields) => lines.push(JSON.stringify({ event, ...fields })),
    ...changes,
  })
  const server = createServer(handler).listen(0, '127.0.0.1')
  await new Promise((listening) => server.once('listening', listening))
  t.teardown(async () => {
    server.closeAllConnections()
    server.close()
    await accounts.close()
    rmSync(folder, { recursive: true })
  })
  const { port } = server.address() as AddressInfo
  let boxes = 0
  return {
    ...{ accounts, port, lines },
    identity: () => createIdentity(join(folder, `${++boxes}.json`)),
    async code(label = '', expiresAt = Date.now() + 60_000) {
      const code = newEnrolmentCode()
      await accounts.createCode({ code, label, quota, expiresAt })
      return code
    },
  }
}

interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: { error?: { code: string; message: string }; [name: string]: unknown }
}

function post(port: number, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(
      { port, host: '127.0.0.1', path: '/enrol', method: 'POST', agent: false },
      async (response) => {
        const body = JSON.parse(await text(response))
        resolve({ status: response.statusCode!, headers: response.headers, body })
      },
    )
    asked.setHeader('content-type', 'application/json')
    for (const [name, value] of Object.entries(headers)) asked.setHeader(name, value)
    asked.on('error', reject)
    asked.end(typeof body === 'string' ? body : JSON.stringify(body))
  })
}

function bodyOf(identity: Identity, code: string, changes: object = {}, name = gateway) {
  const { box, key, publicKey, privateKey } = identity
  return {
    ...{ v: 1, code, box, publicKey: Buffer.from(publicKey).toString('base64url') },
    signature: signBytes(enrolmentBytes({ gateway: name, code, box, key }), privateKey),
    ...changes,
  }
}

const never = new AbortController().signal

t.test('a box that has a code is let in, and told what it may do', async (t) => {
  const { accounts, port, identity, code, lines } = await open(t)
  const [box, given] = [identity(), await code('三楼')]
  const { status, body } = await post(port, bodyOf(box, given, { label: 'mine' }))
  t.equal(status, 200)
  t.same(body, { v: 1, gateway, box: box.box, key: box.key, quota })
  t.match(await accounts.find(box.box), { label: '三楼', key: box.key })
  t.same((await post(port, bodyOf(box, given))).body, body, 'the first reply may have been lost')
  t.notOk(lines.join('').includes(given), 'no code in the log')
})

t.test('the box’s own command gets in, and is told why not', async (t) => {
  const { port, identity, code, accounts } = await open(t)
  const settings = { url: `ws://127.0.0.1:${port}`, gateway, label: '二楼', signal: never }
  const [box, other, given] = [identity(), identity(), await code()]
  await enrolWithCode({ ...settings, code: given, identity: box })
  t.match(await accounts.find(box.box), { label: '二楼' }, 'the operator gave no label')
  await t.rejects(enrolWithCode({ ...settings, code: given, identity: other }), { code: 'code-used' })
  await t.rejects(enrolWithCode({ ...settings, code: newEnrolmentCode(), identity: other }), {
    code: 'code-unknown',
  })
  const late = await code('', Date.now() - 1)
  await t.rejects(enrolWithCode({ ...settings, code: late, identity: other }), { code: 'code-expired' })
  await t.rejects(enrolWithCode({ ...settings, code: await code(), gateway: 'another', identity: other }), {
    code: 'signature-refused',
  })
  await accounts.revoke(box.box)
  await t.rejects(enrolWithCode({ ...settings, code: await code(), identity: box }), { code: 'box-revoked' })
})

t.test('the signature covers code, box, key and the gateway’s own name', async (t) => {
  const { port, identity, code } = await open(t)
  const [box, other, given] = [identity(), identity(), await code()]
  const wrong = {
    'another gateway': bodyOf(box, given, {}, 'gateway.elsewhere'),
    'another code': { ...bodyOf(box, await code()), code: given },
    'another box': bodyOf(box, given, { box: 'box-other' }),
    'another key': bodyOf(box, given, { publicKey: Buffer.from(other.publicKey).toString('base64url') }),
    'no signature': bodyOf(box, given, { signature: 'A'.repeat(86) }),
  }
  for (const [what, body] of Object.entries(wrong))
    t.match(await post(port, body), { status: 401, body: { error: { code: 'signature-refused' } } }, what)
  const weak = bodyOf(box, given, { publicKey: Buffer.alloc(32).toString('base64url') })
  t.match(await post(port, weak), { status: 403, body: { error: { code: 'key-refused' } } })
  t.match(await post(port, bodyOf(box, given)), { status: 200 }, 'and nothing was spent')
})

t.test('what is no such request is refused with what is wrong', async (t) => {
  const { port, identity, code, accounts } = await open(t, {
    attempts: createAttempts({ ...{ remembered: 10 }, ...everything }),
  })
  const [box, given] = [identity(), await code()]
  const good = bodyOf(box, given)
  const cases: [unknown, Record<string, string>, number, string][] = [
    [good, { origin: 'https://gateway.example' }, 403, 'origin-refused'],
    [good, { 'content-type': 'text/plain' }, 415, 'content-type'],
    [good, { 'content-type': 'application/json-seq' }, 415, 'content-type'],
    ['{', {}, 400, 'malformed'],
    ['null', {}, 400, 'malformed'],
    [{ ...good, more: 1 }, {}, 400, 'malformed'],
    [{ ...good, v: 2 }, {}, 400, 'malformed'],
    [{ ...good, box: '../x' }, {}, 400, 'malformed'],
    [{ ...good, code: 'x'.repeat(65) }, {}, 400, 'malformed'],
    [{ ...good, label: 'x'.repeat(5000) }, {}, 413, 'too-large'],
    ['x'.repeat(100_000), { 'transfer-encoding': 'chunked' }, 413, 'too-large'],
  ]
  for (const [body, headers, status, code] of cases)
    t.match(await post(port, body, headers), { status, body: { error: { code } } }, `${status} ${code}`)
  t.match(await post(port, good, { 'content-type': 'Application/JSON; charset=utf-8' }), { status: 200 })
  t.equal((await accounts.list()).length, 1)
})

const everything = {
  each: { burst: 1000, perMinute: 1000 },
  all: { burst: 1000, perMinute: 1000 },
}

t.test('a body that comes too slowly, or breaks off, is not waited for', async (t) => {
  const { port, lines } = await open(t, { bodyMs: 200 })
  const slow = connect(port, '127.0.0.1')
  slow.write(
    'POST /enrol HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 400\r\n\r\n{"v"',
  )
  t.match(await text(slow), /^HTTP\/1.1 408 .*too-slow/s)
  const gone = connect(port, '127.0.0.1')
  gone.write(
    'POST /enrol HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 400\r\n\r\n{"v"',
  )
  setTimeout(() => gone.destroy(), 20)
  while (lines.length < 2) await new Promise((next) => setTimeout(next, 10))
  t.match(lines[1], /malformed/)
})

t.test('one address cannot try without end, and takes nothing from others', async (t) => {
  const { port, identity, code } = await open(t, { proxies: new Set(['127.0.0.1']) })
  const from = (address: string) => ({ 'x-forwarded-for': address })
  const [box, given] = [identity(), await code()]
  const tries = []
  for (let at = 0; at < 12; at++)
    tries.push((await post(port, bodyOf(box, newEnrolmentCode()), from('203.0.113.7'))).status)
  t.same(tries, [...Array(10).fill(404), 429, 429])
  const last = await post(port, bodyOf(box, given), from('203.0.113.7'))
  t.match(last, {
    status: 429,
    headers: { 'retry-after': /^[1-6]$/ },
    body: { error: { code: 'too-many-attempts' } },
  })
  t.match(
    await post(port, bodyOf(box, given), from('198.51.100.1, 203.0.113.7')),
    { status: 429 },
    'what the client wrote itself is not believed',
  )
  t.match(await post(port, bodyOf(box, given), from('203.0.113.8')), { status: 200 })
})

t.test('accounts that are away are said to be, without a word of why', async (t) => {
  const accounts = { register: () => Promise.reject(new Error('password of the database')) }
  const { port, identity, lines } = await open(t, { accounts })
  const answer = await post(port, bodyOf(identity(), newEnrolmentCode()))
  t.match(answer, { status: 503, headers: { 'retry-after': '5' }, body: { error: { code: 'unavailable' } } })
  t.notMatch(JSON.stringify([answer.body, lines]), /password/)
})

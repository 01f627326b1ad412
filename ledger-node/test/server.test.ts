import { randomBytes } from 'node:crypto'
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { createLedgerClient } from '../src/client.ts'
import { decodeEntry, leafHash } from '../src/entry.ts'
import { LogFailed } from '../src/log/log-errors.ts'
import { createServer } from '../src/server.ts'
import { StoreFailed } from '../src/store/tree-on-disk.ts'
import { readOrMakeToken } from '../src/token.ts'
import { startNode } from './support/running.ts'

const entries = (count: number) =>
  Array.from({ length: count }, () => ({ type: 'answer', commitment: randomBytes(32).toString('hex') }))

t.test('a client appends, reads, asks for the head and has the chain verified', async (t) => {
  const { client, running } = await startNode(t)
  const { origin } = running.node.log
  const made = entries(256)
  t.same(
    await client.append(made),
    made.map((_, index) => index),
  )
  const read = await client.entries({ from: 250, limit: 100 })
  t.match(read, { from: 250, size: 256 })
  t.equal(read.entries.length, 6)
  for (const { text, hash } of read.entries) t.equal(leafHash(Buffer.from(text)), hash)
  t.equal(decodeEntry(Buffer.from(read.entries[5]!.text)).commitment, made[255]!.commitment)
  t.match(await client.head(), { origin, size: 256, hash: read.entries[5]!.hash })
  t.match(await client.verify(), { ok: true, entries: 256, problem: null })
})

t.test('without the token there is nothing to see but that the node lives', async (t) => {
  const { url, token } = await startNode(t)
  t.equal((await fetch(`${url}/v1/health`)).status, 200)
  for (const path of ['/v1/head', '/v1/entries', '/', '/v1/nothing']) {
    t.equal((await fetch(url + path)).status, 401, path)
    const wrong = { headers: { authorization: `Bearer ${token.slice(0, -1)}x` } }
    t.equal((await fetch(url + path, wrong)).status, 401, path)
  }
  await t.rejects(createLedgerClient({ url, token: 'x' }).append(entries(1)), {
    name: 'LedgerRefused',
    code: 'unauthorised',
  })
})

t.test('requests that do not fit are refused with a reason and leave no trace', async (t) => {
  const { url, token, client } = await startNode(t)
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const post = (body: string, type = 'application/json') =>
    fetch(`${url}/v1/entries`, { method: 'POST', headers: { ...headers, 'content-type': type }, body })
  const good = entries(1)[0]!
  const cases: [number, string, Promise<Response>][] = [
    [400, 'malformed', post('{')],
    [400, 'malformed', post('null')],
    [400, 'malformed', post('{"entries":[]}')],
    [400, 'malformed', post(JSON.stringify({ entries: [{ ...good, type: 'No' }] }))],
    [400, 'malformed', post(JSON.stringify({ entries: [{ ...good, commitment: 7 }] }))],
    [400, 'malformed', post(JSON.stringify({ entries: [{ ...good, seq: 9 }] }))],
    [400, 'malformed', post(JSON.stringify({ entries: entries(257) }))],
    [400, 'malformed', post('{"entries":[],"__proto__":{}}')],
    [400, 'malformed', post('a=b', 'application/x-www-form-urlencoded')],
    [413, 'too-large', post(`"${'x'.repeat(200_000)}"`)],
    [400, 'malformed', fetch(`${url}/v1/entries?from=-1`, { headers })],
    [400, 'malformed', fetch(`${url}/v1/entries?from=1e3`, { headers })],
    [400, 'malformed', fetch(`${url}/v1/entries?limit=0`, { headers })],
    [404, 'unknown-route', fetch(`${url}/v2/entries`, { headers })],
    [
      404,
      'unknown-route',
      fetch(`${url}/v1/entries`, { method: 'DELETE', headers: { authorization: headers.authorization } }),
    ],
  ]
  for (const [index, [status, code, request]] of cases.entries()) {
    const response = await request
    const body = (await response.json()) as { error: { code: string; message: string } }
    t.same([response.status, body.error.code], [status, code], `case ${index}`)
    t.notMatch(JSON.stringify(body), /\.ts|node_modules/, 'no stack')
  }
  t.equal((await client.head()).size, 0)
})

t.test('a limit beyond the largest answers with the largest', async (t) => {
  const { client, url, token } = await startNode(t)
  for (let round = 0; round < 5; round += 1) await client.append(entries(256))
  const response = await fetch(`${url}/v1/entries?limit=9999`, {
    headers: { authorization: `Bearer ${token}` },
  })
  t.equal(((await response.json()) as { entries: unknown[] }).entries.length, 1024)
})

t.test('a client says when the node is away or is something else', async (t) => {
  const away = createLedgerClient({ url: 'http://127.0.0.1:9', token: 'x' })
  await t.rejects(away.head(), { name: 'LedgerUnavailable' })
  const { createServer: createHttp } = await import('node:http')
  const other = createHttp((_request, response) => response.end('<html>')).listen(0, '127.0.0.1')
  await new Promise((resolve) => other.once('listening', resolve))
  t.teardown(() => other.close())
  const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`
  await t.rejects(createLedgerClient({ url, token: 'x' }).head(), /does not answer as a ledger node/)
})

t.test('the token is made once, for its owner alone, and refused when others may read it', async (t) => {
  const { folder, token } = await startNode(t)
  const path = join(folder, 'token')
  t.equal(statSync(path).mode & 0o777, 0o600)
  t.equal(await readOrMakeToken(path), token)
  chmodSync(path, 0o644)
  await t.rejects(readOrMakeToken(path), /chmod/)
  chmodSync(path, 0o600)
  writeFileSync(path, 'short\n')
  await t.rejects(readOrMakeToken(path), /holds no token/)
  t.equal(readFileSync(path, 'utf8'), 'short\n')
})

t.test('what a disk refuses is said with the reason, and told once', async (t) => {
  const { running, token } = await startNode(t)
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
  const failed = new LogFailed('the entries could not be written', false, {
    cause: new StoreFailed('x', false, { cause: full }),
  })
  const log = { origin: running.node.log.origin, waiting: 0, append: () => Promise.reject(failed) }
  const node = Object.create(running.node, {
    log: { value: log },
    successor: { value: () => Promise.reject(full) },
  })
  const told: unknown[] = []
  const server = createServer(node, { token, version: '0', onError: (error) => told.push(error) })
  t.teardown(() => server.close())
  const url = await server.listen({ host: '127.0.0.1', port: 0 })
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const post = (path: string, body: object) =>
    fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) })
  for (let time = 0; time < 3; time += 1) {
    const answer = await post('/v1/entries', { entries: entries(1) })
    t.equal(answer.status, 503)
    t.match(await answer.json(), {
      error: { code: 'disk', message: 'the entries could not be written: the disk is full' },
    })
  }
  t.equal(told.length, 1)
  const answer = await post('/v1/successor', {})
  t.match(await answer.json(), { error: { code: 'disk', message: 'the disk is full' } })
  t.equal(told.length, 2)
})

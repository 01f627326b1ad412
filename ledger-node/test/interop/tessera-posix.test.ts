import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { cpSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { systemClock } from '../../src/clock.ts'
import { fileDisk } from '../../src/disk/file-disk.ts'
import { cosignerKeyType, formatSignerKey, logKeyType, makeSignerKey } from '../../src/note/key.ts'
import { checkPolicy, defaultPolicy, formatPolicy, parsePolicy } from '../../src/note/policy.ts'
import type { PeerResponse } from '../../src/peers/exchange.ts'
import { originHash } from '../../src/peers/origin-hash.ts'
import { createWitness } from '../../src/witness/witness.ts'
import { goTools, posixLog, runToEnd } from './go-tools.ts'

t.setTimeout(400_000)
const { paths, missing } = await goTools(posixLog)

interface Post {
  headers: IncomingHttpHeaders
  /** First line of the body. */
  old: string
  answered: number
}

/** A Tessera log in a folder whose policy asks for our witness, which listens on loopback. */
async function tesseraLog(t: Test) {
  const folder = t.testdir()
  const log = makeSignerKey('log.example/tessera', logKeyType, randomBytes(32))
  const cosigner = makeSignerKey('box.example/0123456789abcdef/witness-1', cosignerKeyType, randomBytes(32))
  await mkdir(join(folder, 'witness'))
  const witness = createWitness({
    disk: fileDisk,
    folder: join(folder, 'witness'),
    clock: systemClock,
    signer: () => cosigner,
    logs: (id) => (id === originHash(log.name) ? [log] : null),
    barrier: async () => null,
    observe: () => {},
    notice: (sentence) => t.comment(sentence),
  })
  const posts: Post[] = []
  const url = await serve(t, async (body, headers) => {
    const response = await witness.addCheckpoint(body)
    posts.push({ headers, old: body.toString().split('\n')[0]!, answered: response.status })
    return response
  })
  const policy = defaultPolicy([{ name: 'box', key: cosigner, url: `${url}/witness` }])
  await writeFile(join(folder, 'policy'), formatPolicy(policy))
  await writeFile(join(folder, 'log.key'), formatSignerKey(log))
  const add = (count: number, { to = 'log', text = 'entry', limit = '20s' } = {}) => {
    const files = [
      '-folder',
      join(folder, to),
      '-key',
      join(folder, 'log.key'),
      '-policy',
      join(folder, 'policy'),
    ]
    const what = ['-add', String(count), '-text', text, '-limit', limit]
    return runToEnd(paths![0]!, [...files, ...what], 60_000)
  }
  return { folder, log, policy, posts, add }
}

async function serve(
  t: Test,
  addCheckpoint: (body: Buffer, headers: IncomingHttpHeaders) => Promise<PeerResponse>,
): Promise<string> {
  const server = createServer(async (request, response) => {
    const body = await buffer(request)
    if (request.url !== '/witness/add-checkpoint') return response.writeHead(404).end()
    const answer = await addCheckpoint(body, request.headers)
    response.writeHead(answer.status, { 'content-type': answer.type }).end(answer.body)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

t.test('our witness cosigns a Tessera log from its first checkpoint on', { skip: missing }, async (t) => {
  const { log, policy, posts, add } = await tesseraLog(t)
  let size = 0n
  for (const count of [1, 2, 255, 300]) {
    const ended = await add(count)
    size += BigInt(count)
    t.equal(ended.status, 0, ended.stderr)
    const checked = checkPolicy(parsePolicy(formatPolicy(policy)), ended.stdout, log)
    t.same(
      checked.witnesses,
      ['box'],
      `the checkpoint of ${size} that Tessera publishes carries our cosignature`,
    )
    t.ok(checked.final)
    t.equal(ended.stdout.split('\n')[1], String(size))
  }
  t.same(
    posts.map(({ headers }) => headers['content-type']),
    posts.map(() => undefined),
    'Tessera says no content type',
  )
  // A slow machine makes several batches, and so checkpoints, of what is one on a fast one.
  t.same(new Set(posts.map(({ answered }) => answered)), new Set([200]), 'none of them is refused')
  t.same(
    posts.slice(0, 2).map(({ old }) => old),
    ['old 0', 'old 0'],
    'beginning with the empty tree',
  )
})

t.test('a Tessera log that lost its last checkpoint finds out from our 409', { skip: missing }, async (t) => {
  const { folder, posts, add } = await tesseraLog(t)
  t.equal((await add(5)).status, 0)
  const before = join(folder, 'before')
  cpSync(join(folder, 'log'), before, { recursive: true })
  t.equal((await add(7)).status, 0)
  cpSync(join(before, 'checkpoint'), join(folder, 'log', 'checkpoint'))
  posts.length = 0
  t.equal((await add(3)).status, 0)
  t.same(
    posts.slice(0, 2).map(({ old, answered }) => `${old}: ${answered}`),
    ['old 5: 409', 'old 12: 200'],
    'it reads the size in the answer and proves from there',
  )
})

t.test('a Tessera log that forked gets no second cosignature', { skip: missing }, async (t) => {
  const { folder, posts, add } = await tesseraLog(t)
  t.equal((await add(5)).status, 0)
  cpSync(join(folder, 'log'), join(folder, 'fork'), { recursive: true })
  t.equal((await add(3)).status, 0)
  posts.length = 0
  const forked = await add(6, { to: 'fork', text: 'another', limit: '3s' })
  t.not(forked.status, 0)
  t.match(forked.stderr, /consistency proof is bad: 422/)
  t.same(
    posts.slice(0, 2).map(({ old, answered }) => `${old}: ${answered}`),
    ['old 5: 409', 'old 8: 422'],
  )
  t.notOk(
    posts.some(({ answered }) => answered === 200),
    'however often it asks',
  )
})

import { randomBytes } from 'node:crypto'
import { cpSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { formatSignerKey, logKeyType, makeSignerKey, verifierOf } from '../../src/note/key.ts'
import { checkPolicy, defaultPolicy, formatPolicy, parsePolicy } from '../../src/note/policy.ts'
import { originHash } from '../../src/peers/origin-hash.ts'
import { goTools, posixLog, runToEnd } from './go-tools.ts'
import { serveBox } from './served-box.ts'
import { tap } from './wiretap.ts'

t.setTimeout(900_000)
const { paths, missing } = await goTools(posixLog)

/** A Tessera log in a folder whose policy asks for our witness, which listens on loopback. */
async function tesseraLog(t: Test) {
  const folder = t.testdir()
  const log = makeSignerKey('log.example/tessera', logKeyType, randomBytes(32))
  const box = await serveBox(t)
  await box.witness(verifierOf(log))
  const { url, heads, posts } = await tap(t, box.port)
  const policy = defaultPolicy([{ name: 'box', key: box.cosigner, url: `${url}/witness` }])
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
  return {
    folder,
    log,
    policy,
    heads,
    posts,
    add,
    monitor: `${box.url}/witness/${originHash(log.name)}/checkpoint`,
  }
}

t.test('our witness cosigns a Tessera log from its first checkpoint on', { skip: missing }, async (t) => {
  const { log, policy, heads, posts, add, monitor } = await tesseraLog(t)
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
    t.equal(await (await fetch(monitor)).text(), ended.stdout, 'and is what our monitoring endpoint shows')
  }
  // A slow machine makes several batches, and so checkpoints, of what is one on a fast one.
  t.same(new Set(posts.map((post) => post.slice(-3))), new Set(['200']), 'none of them is refused')
  t.same(posts.slice(0, 2), ['old 0: 200', 'old 0: 200'], 'beginning with the empty tree')
  const request = 'post /witness/add-checkpoint http/1.1\r\n'
  const isPlain = (head: string) => head.startsWith(request) && !head.includes('content-type')
  t.same(heads.filter(isPlain), heads, 'none of them says a content type')
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
    posts.slice(0, 2),
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
  t.same(posts.slice(0, 2), ['old 5: 409', 'old 8: 422'])
  t.notOk(
    posts.some((post) => post.endsWith('200')),
    'however often it asks',
  )
})

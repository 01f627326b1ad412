import t, { type Test } from 'tap'
import { systemClock } from '../../src/clock.ts'
import { formatAddCheckpoint } from '../../src/note/add-checkpoint.ts'
import { formatMessage } from '../../src/peers/gossip-message.ts'
import { fromBox, pathOf } from '../../src/peers/resources.ts'
import { hashLeaf } from '../../src/tree/hash.ts'
import { logSigner } from '../note/signers.ts'
import { GrowingLog } from '../witness/growing-log.ts'
import { Village } from './village.ts'

t.test('the own log is served as tiles of published sizes, below its origin without the host', async (t) => {
  const village = await new Village(t).found(1)
  const node = village.node(0)
  await village.append(0, 3)
  await village.until('published', () => node.status().published === 3)
  const get = (rest: string) =>
    node.handle({ method: 'GET', path: `${pathOf(node.log.origin)}/${rest}` }, null)
  const checkpoint = await get('checkpoint')
  t.match(checkpoint, { status: 200, type: 'text/plain; charset=utf-8' })
  t.notOk(checkpoint.immutable)
  const tile = await get('tile/0/000.p/3')
  t.match(tile, { status: 200, type: 'application/octet-stream', immutable: true })
  const [first] = await node.log.read(0, 1)
  t.same(Buffer.from(tile.body).subarray(0, 32), hashLeaf(first!))
  t.equal((await get('tile/entries/000.p/3')).status, 200)
  for (const missing of [
    'tile/0/000',
    'tile/0/000.p/2',
    'tile/0/000.p/03',
    'tile/1/000.p/1',
    'tile/0/001.p/1',
    '',
    'x',
    '../lock',
  ])
    t.equal((await get(missing)).status, 404, missing)
})

t.test('everything else is not found', async (t) => {
  const village = await new Village(t).found(1)
  const node = village.node(0)
  for (const [method, path] of [
    ['GET', '/'],
    ['GET', ''],
    ['GET', '/gossip'],
    ['GET', `/mirror/${'a'.repeat(64)}/checkpoint`],
    ['GET', '/mirror/__proto__/checkpoint'],
    ['GET', `/witness/${'a'.repeat(64)}/checkpoint`],
    ['GET', `/fork/${'a'.repeat(64)}`],
    ['GET', `/statement/${'a'.repeat(64)}`],
    ['GET', '/statement/../peers.json'],
    ['POST', '/witness'],
    ['POST', pathOf(node.log.origin)],
  ] as const)
    t.equal((await node.handle({ method, path }, null)).status, 404, `${method} ${path}`)
})

t.test('the setting says who may read; witnessing and proofs are for all', async (t) => {
  for (const readers of ['peers', 'box'] as const) {
    const village = new Village(t)
    village.settings = { readers }
    await village.found(2)
    const node = village.node(0)
    await village.append(0, 1)
    await village.until('published', () => node.status().published === 1)
    const path = `${pathOf(node.log.origin)}/checkpoint`
    const status = async (from: string | null) => (await node.handle({ method: 'GET', path }, from)).status
    t.equal(await status(null), 403, `${readers}: nobody`)
    t.equal(await status('10.0.0.7'), 403, `${readers}: a stranger`)
    t.equal(await status(village.id(1)), readers === 'peers' ? 200 : 403, `${readers}: a peer`)
    t.equal(await status(fromBox), 200, `${readers}: the box`)
    await node.peers.pause(village.id(1))
    t.equal(await status(village.id(1)), 403, `${readers}: a paused peer`)
    const log = new GrowingLog().grow(1)
    const body = formatAddCheckpoint({ old: 0n, proof: [], note: log.note() })
    const asked = await node.handle({ method: 'POST', path: '/witness/add-checkpoint', body }, null)
    t.equal(asked.status, 404, 'an unknown origin, and no lack of rights')
  }
})

/** A village where it is always the same moment: what is asked there is asked at once, however busy the machine is. */
async function timeless(t: Test): Promise<Village> {
  const village = new Village(t)
  const now = Date.now()
  village.clock = { ...systemClock, now: () => now }
  return village.found(1)
}

t.test('who asks too much is told to come back, and others are answered', async (t) => {
  const village = await timeless(t)
  const node = village.node(0)
  const ask = async (from: string) =>
    (await node.handle({ method: 'POST', path: '/gossip', body: Buffer.from('x') }, from)).status
  const answers = await Promise.all(Array.from({ length: 400 }, () => ask('10.0.0.7')))
  t.ok(answers.includes(429))
  t.equal(await ask('10.0.0.8'), 400)
})

t.test('one log that submits too much is told so, and the others of its address are cosigned', async (t) => {
  const village = await timeless(t)
  const node = village.node(0)
  const one = new GrowingLog().grow(2)
  const other = new GrowingLog(logSigner('other.example/b/1', 7)).grow(2)
  for (const { signer } of [one, other]) await node.peers.addLog(signer)
  const ask = async (body: Uint8Array, from = '10.0.0.7') =>
    (await node.handle({ method: 'POST', path: '/witness/add-checkpoint', body }, from)).status
  const late = await one.request(0, 1)
  t.equal(await ask(late), 200)
  const many = await Promise.all(Array.from({ length: 1000 }, () => ask(late)))
  t.same([...new Set(many)], [409], 'what a test of a witness may ask at once')
  const more = await Promise.all(Array.from({ length: 1500 }, () => ask(late)))
  t.ok(more.includes(429), 'and no more than that')
  t.equal(await ask(await other.request(0, 1)), 200, 'another log from there')
  t.equal(await ask(late, '10.0.0.8'), 409, 'the same log from elsewhere')
  const unknown = new GrowingLog(logSigner('third.example/b/1', 8)).grow(1)
  const strange = await Promise.all(
    Array.from({ length: 1500 }, async (_, at) =>
      ask(at % 2 ? Buffer.from('x') : await unknown.request(0), '10.0.0.9'),
    ),
  )
  t.ok(strange.includes(429), 'what is of no log that is known here counts together')
  t.equal(await ask(await other.request(1, 2), '10.0.0.9'), 200)
})

t.test('a body beyond its limit is refused', async (t) => {
  const village = await new Village(t).found(1)
  for (const path of ['/gossip', '/witness/add-checkpoint'])
    t.equal(
      (await village.node(0).handle({ method: 'POST', path, body: Buffer.alloc(2 << 20) }, null)).status,
      413,
    )
})

/** A box that cosigns one other log, and what it answers to add-checkpoint. */
async function cosigning(t: Test, antiEntropyMs: number) {
  const village = new Village(t)
  village.settings = { antiEntropyMs }
  await village.found(1)
  const log = new GrowingLog().grow(12)
  await village.node(0).peers.addLog(log.signer)
  const ask = async (body: Uint8Array) =>
    (await village.node(0).handle({ method: 'POST', path: '/witness/add-checkpoint', body }, null)).status
  const junk = Array.from({ length: 3 }, () => Buffer.alloc(32, 1))
  const replay = (old: number, size: number) =>
    ask(formatAddCheckpoint({ old: BigInt(old), proof: junk, note: log.note(size) }))
  const state = () => village.node(0).status().otherLogs[0]!.state
  return { village, log, ask, replay, state }
}

t.test('other logs are cosigned once they are added, and not copied', async (t) => {
  const { village, log, ask } = await cosigning(t, 30_000)
  await village.node(0).peers.removeLog(log.signer.name)
  t.equal(await ask(await log.request(0, 4)), 404)
  await village.node(0).peers.addLog(log.signer)
  t.equal(await ask(await log.request(0, 4)), 200)
  t.equal(await ask(await log.request(4, 9)), 200)
  const other = log.fork(2, 'c', 7)
  t.equal(await ask(formatAddCheckpoint({ old: 9n, proof: [], note: other.note() })), 422)
  await village.until('two roots of one size are a fork', () => village.node(0).forks().length === 1)
  t.equal(await ask(await log.request(9, 9)), 403)
})

t.test('a genuine checkpoint with a junk proof is refused, and its log stays what it was', async (t) => {
  const { village, log, ask, replay, state } = await cosigning(t, 30_000)
  t.equal(await ask(await log.request(0, 4)), 200)
  for (const size of [7, 12, 9, 7]) t.equal(await replay(4, size), 422)
  await new Promise((resolve) => setTimeout(resolve, 100))
  t.equal(state().state, 'followed')
  t.equal(await ask(await log.request(4, 5)), 200, 'what is smaller than the replayed ones')
  t.equal(await ask(await log.request(5, 10)), 200, 'what is between them')
  for (let size = 11; size < 30; size += 1) {
    log.grow(size)
    t.equal(await replay(10, size), 422)
  }
  t.equal(await ask(await log.request(10, 11)), 200, 'however many there were')
  t.equal(state().state, 'followed')
  t.same(village.node(0).forks(), [])
})

t.test(
  'a checkpoint that nobody proves in time makes its log unproven, until any later one is proved',
  async (t) => {
    for (const cleared of [9, 12]) {
      const { village, log, ask, replay, state } = await cosigning(t, 150)
      t.equal(await ask(await log.request(0, 4)), 200)
      t.equal(await replay(4, 9), 422)
      await village.until('unproven', () => state().state === 'unproven')
      t.match(state().because, 'checkpoint of 9 entries: nobody proved it')
      t.equal(await ask(await log.request(4, 7)), 503, 'what comes before it is not cosigned meanwhile')
      await village.stop(0)
      await village.start(0)
      t.equal(state().state, 'unproven', 'that outlives a new start')
      t.equal(await ask(await log.request(4, cleared)), 200, `the proof to ${cleared}`)
      t.equal(await ask(await log.request(cleared, 12)), 200, 'the next one at once')
      await village.until('that is over', () => state().state === 'followed')
      t.same(village.node(0).forks(), [])
    }
  },
)

t.test(
  'what was replayed is kept: it proves a fork when the log signs another tree of its size',
  async (t) => {
    const { village, log, ask, replay } = await cosigning(t, 30_000)
    t.equal(await ask(await log.request(0, 4)), 200)
    t.equal(await replay(4, 7), 422)
    t.equal(await ask(await log.request(4, 9)), 200)
    const other = log.fork(4, 'c', 3)
    await ask(formatAddCheckpoint({ old: 9n, proof: [], note: other.note(7) }))
    const body = formatMessage({ notes: [other.note(7)], forks: [], statements: [] })
    await village.node(0).handle({ method: 'POST', path: '/gossip', body }, null)
    await village.until('a fork', () => village.node(0).forks().length === 1)
  },
)

t.test('after a 200 the next checkpoint is cosigned at once, also behind a junk one', async (t) => {
  const { log, ask, replay } = await cosigning(t, 1)
  t.equal(await ask(await log.request(0, 1)), 200)
  for (let size = 1; size < 150; size += 1) {
    log.grow(size + 2)
    const junk = size % 3 === 0 ? replay(size, size + 1) : null
    await junk
    t.equal(await ask(await log.request(size, size + 1)), 200, `${size + 1}`)
  }
})

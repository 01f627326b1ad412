import t from 'tap'
import { formatAddCheckpoint } from '../../src/note/add-checkpoint.ts'
import { fromBox, pathOf } from '../../src/peers/resources.ts'
import { hashLeaf } from '../../src/tree/hash.ts'
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

t.test('who asks too much is told to come back, and others are answered', async (t) => {
  const village = await new Village(t).found(1)
  const node = village.node(0)
  const ask = async (from: string) =>
    (await node.handle({ method: 'POST', path: '/gossip', body: Buffer.from('x') }, from)).status
  const answers = await Promise.all(Array.from({ length: 400 }, () => ask('10.0.0.7')))
  t.ok(answers.includes(429))
  t.equal(await ask('10.0.0.8'), 400)
})

t.test('a body beyond its limit is refused', async (t) => {
  const village = await new Village(t).found(1)
  for (const path of ['/gossip', '/witness/add-checkpoint'])
    t.equal(
      (await village.node(0).handle({ method: 'POST', path, body: Buffer.alloc(2 << 20) }, null)).status,
      413,
    )
})

t.test('other logs are cosigned once they are added, and not copied', async (t) => {
  const village = await new Village(t).found(1)
  const node = village.node(0)
  const log = new GrowingLog().grow(9)
  const ask = async (body: Uint8Array) =>
    (await node.handle({ method: 'POST', path: '/witness/add-checkpoint', body }, null)).status
  t.equal(await ask(await log.request(0, 4)), 404)
  await node.peers.addLog(log.signer)
  t.equal(await ask(await log.request(0, 4)), 200)
  const junk = Buffer.alloc(32, 1)
  const bad = formatAddCheckpoint({ old: 4n, proof: [junk, junk, junk], note: log.note(7) })
  t.equal(await ask(bad), 422)
  await village.until('it is unproven', () => node.status().otherLogs[0]!.state.state === 'unproven')
  t.equal(await ask(await log.request(4, 9)), 503, 'not cosigned while something is unproven')
  t.equal(await ask(await log.request(4, 7)), 200, 'its own proof reconciles it')
  await village.until('that is over', () => node.status().otherLogs[0]!.state.state === 'followed')
  t.equal(await ask(await log.request(7, 9)), 200)
  const other = log.fork(2, 'c', 7)
  t.equal(await ask(formatAddCheckpoint({ old: 9n, proof: [], note: other.note() })), 422)
  await village.until('two roots of one size are a fork', () => node.forks().length === 1)
  t.equal(await ask(await log.request(9, 9)), 403)
})

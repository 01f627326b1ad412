import { appendFileSync, cpSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { fileDisk } from '../../src/disk/file-disk.ts'
import { sealStatement, signStatement } from '../../src/forks/statement.ts'
import { encodeNext } from '../../src/log/encode-next.ts'
import { signCheckpoint } from '../../src/note/checkpoint.ts'
import {
  cosignerKeyType,
  formatVerifierKey,
  logKeyType,
  makeSignerKey,
  parseSignerKey,
  verifierOf,
} from '../../src/note/key.ts'
import { answer } from '../../src/peers/answer.ts'
import { formatMessage } from '../../src/peers/gossip-message.ts'
import { originHash } from '../../src/peers/origin-hash.ts'
import { frame } from '../../src/store/frames.ts'
import { hashLeaf } from '../../src/tree/hash.ts'
import { Village } from '../peers/village.ts'

/** A village in which box 0 goes back to a copy of its data that was taken after 10 of 30 entries. */
async function restored(t: Test, count: number, { local = false } = {}): Promise<Village> {
  const village = await new Village(t).found(count)
  await village.append(0, 10, 'early')
  await village.until('the early ones are known', () =>
    peersOf(village, 0).every((box) => held(village, box) === 10),
  )
  await village.stop(0)
  const folders = [village.data(0), ...(local ? [village.local(0)] : [])]
  for (const folder of folders) cpSync(folder, `${folder}.backup`, { recursive: true })
  await village.start(0)
  await village.append(0, 20, 'late')
  await village.until('the late ones are known', () =>
    peersOf(village, 0).every((box) => held(village, box) === 30 && cosigned(village, box) === 30),
  )
  await village.stop(0)
  for (const folder of folders) {
    rmSync(folder, { recursive: true })
    cpSync(`${folder}.backup`, folder, { recursive: true })
  }
  return village
}

const peersOf = (village: Village, box: number) => [...village.nodes.keys()].filter((it) => it !== box)
const seen = (village: Village, box: number) =>
  village
    .node(box)
    .peers.list()
    .find(({ name }) => name === 'box 0')!
const held = (village: Village, box: number) => seen(village, box).mirrored
const cosigned = (village: Village, box: number) => seen(village, box).cosigned

t.test('a restored box signs nothing until its peers have given back what it lost', async (t) => {
  const village = await restored(t, 4)
  village.way = async () => {
    throw new Error('the network is down')
  }
  const node = await village.start(0)
  const before = node.card('box 0', []).cosigner
  t.equal(node.status().standing.state, 'held')
  await t.rejects(node.append({ type: 'answer', commitment: 'a'.repeat(64) }), { name: 'LogHeld' })
  t.equal((await node.log.read(0, 100)).length, 10, 'reads go on')
  await village.until('it says why', () => node.status().recovery !== null)
  village.way = (_from, _to, _request, ask) => ask()
  await village.until('it goes on', () => node.status().standing.state === 'open')
  t.equal(node.log.head.size, 30)
  await village.append(0, 5, 'after')
  for (const box of [1, 2, 3]) await village.introduce(box, 0)
  await village.until('all are final', () => node.stateOf(34).state === 'final')
  t.same(formatVerifierKey(node.card('box 0', []).cosigner), formatVerifierKey(before))
  for (const box of [1, 2, 3]) t.same(village.node(box).forks(), [])
})

/** Entries behind those of box 0, as they are in a backup that was made before they were synced and lost. */
async function addTail(village: Village, from: number, count: number): Promise<void> {
  const path = join(village.data(0), 'entries')
  let prev = hashLeaf(
    (
      await village
        .node(1)
        .followed()[0]!
        .mirror!.tree.read(from - 1, 1)
    )[0]!,
  )
  for (let seq = from; seq < from + count; seq += 1) {
    const commitment = `${seq}`.padStart(64, 'e')
    const time = new Date(0).toISOString()
    const entry = encodeNext({ type: 'test', commitment }, seq, prev.toString('hex'), time)
    appendFileSync(path, frame([entry]))
    prev = hashLeaf(entry)
  }
}

for (const count of [1, 40]) {
  t.test(
    `${count} entries that a backup held and a power cut took away give way to the signed ones`,
    async (t) => {
      const village = await restored(t, 3)
      await addTail(village, 10, count)
      const node = await village.start(0)
      t.equal(node.status().standing.state, 'held')
      await village.until('it goes on', () => node.status().standing.state === 'open')
      t.equal(node.log.head.size, 30)
      t.same(await node.log.read(0, 30), await village.node(1).followed()[0]!.mirror!.tree.read(0, 30))
      t.equal(await node.log.find(`${10}`.padStart(64, 'e')), null)
      t.ok(
        readdirSync(village.data(0)).some((name) => name.startsWith('dropped-')),
        'a copy is kept',
      )
      await village.append(0, 5, 'after')
      for (const box of [1, 2]) await village.introduce(box, 0)
      await village.until('all are final', () => node.stateOf(34).state === 'final')
      await village.stop(0)
      const again = await village.start(0)
      t.equal(again.log.head.size, 35, 'also after another start')
      for (const box of [0, 1, 2]) t.same(village.node(box).forks(), [])
    },
  )
}

for (const restarts of [0, 1]) {
  t.test(`what a disk that went back whole has acknowledged stays there: ${restarts} restarts`, async (t) => {
    const village = await restored(t, 3, { local: true })
    let full = true
    village.disk = () => ({
      ...fileDisk,
      async open(path) {
        if (full && path.includes('marker-')) throw new Error('no space for a marker')
        return fileDisk.open(path)
      },
    })
    village.way = async () => {
      throw new Error('the network is down')
    }
    // It cannot know that it went back, and acknowledges what it has no occasion to publish.
    let node = await village.start(0)
    const own = Array.from({ length: 3 }, (_, at) => `${at}`.padStart(64, 'f'))
    const appended = own.map((commitment) => node.append({ type: 'answer', commitment }))
    t.same(await Promise.all(appended), [10, 11, 12])
    for (let restart = 0; restart < restarts; restart++) {
      await village.stop(0)
      node = await village.start(0)
    }
    t.equal(node.status().standing.state, 'open')
    t.equal(node.log.published?.size, 10)
    village.way = (_from, _to, _request, ask) => ask()
    await village.until('it is shown what it signed', () => node.status().standing.state === 'held')
    full = false
    await village.until('it looks for what is missing', () =>
      /checkpoint of 30/.test(node.status().recovery ?? ''),
    )
    await new Promise((resolve) => setTimeout(resolve, 1000))
    t.equal(node.status().standing.state, 'held', 'which history goes on is for a person to say')
    t.same(await Promise.all(own.map((commitment) => node.log.find(commitment))), [10, 11, 12])
    t.notOk(readdirSync(village.data(0)).some((name) => name.startsWith('dropped-')))
  })
}

t.test('entries that nobody has others in place of are kept', async (t) => {
  const village = await restored(t, 3)
  const lost = await village.node(1).followed()[0]!.mirror!.tree.read(10, 3)
  appendFileSync(join(village.data(0), 'entries'), frame(lost))
  const node = await village.start(0)
  await village.until('it goes on', () => node.status().standing.state === 'open')
  t.equal(node.log.head.size, 30)
  t.notOk(readdirSync(village.data(0)).some((name) => name.startsWith('dropped-')))
})

t.test('without a peer that answers it stays held', async (t) => {
  const village = await restored(t, 2)
  await village.stop(1)
  const node = await village.start(0)
  await village.until('it says why', () => node.status().recovery !== null)
  t.match(node.status().recovery, 'no witness has answered')
  t.equal(node.status().standing.state, 'held')
})

t.test('whoever has not answered must not be enough for a quorum', async (t) => {
  const village = await restored(t, 4)
  await village.stop(1)
  await village.stop(2)
  await village.stop(3)
  const node = await village.start(0)
  await village.until('it says why', () => node.status().recovery !== null)
  t.equal(node.status().standing.state, 'held')
  await village.start(1)
  await new Promise((resolve) => setTimeout(resolve, 1500))
  t.match(node.status().recovery, 'could have made more of it final')
  await village.start(2)
  await village.until('one that is missing is no quorum', () => node.status().standing.state === 'open')
  t.equal(node.log.head.size, 30)
})

t.test(
  'a peer that has paused this box says what it cosigned before, and not that it was nothing',
  async (t) => {
    const village = await restored(t, 2)
    // Without the marker nothing else tells of what was signed.
    rmSync(village.local(0), { recursive: true })
    await village.node(1).peers.pause(village.node(1).peers.list()[0]!.id)
    village.way = async (_from, _to, { path }, ask) => {
      if (!path.startsWith('/witness/')) throw new Error('nothing else comes through')
      return ask()
    }
    const node = await village.start(0)
    await village.until('it says why', () => node.status().recovery !== null)
    t.match(node.status().recovery, 'nobody has all entries of its checkpoint of 30')
    t.equal(node.status().standing.state, 'held')
  },
)

t.test('a witness of the policy that shows nothing has not said that it cosigned nothing', async (t) => {
  const witness = makeSignerKey('witness.test/w', cosignerKeyType, Buffer.alloc(32, 61))
  const policy = `witness w ${formatVerifierKey(witness)} http://7.test\nquorum w\n`
  const village = new Village(t)
  village.settings = { policy: Buffer.from(policy) }
  village.strangers.set(7, async () => answer(404, 'there is nothing here\n'))
  await village.found(1)
  const node = village.node(0)
  await village.append(0, 3)
  await node.log.hold('somebody wants to see')
  await village.until('it says why', () => node.status().recovery !== null)
  t.match(node.status().recovery, 'no witness has answered')
  await new Promise((resolve) => setTimeout(resolve, 500))
  t.equal(node.status().standing.state, 'held')
})

t.test(
  'a box whose whole disk went back is held by the first peer that shows a later checkpoint',
  async (t) => {
    const village = await restored(t, 3, { local: true })
    const ways = village.way
    village.way = async () => {
      throw new Error('the network is down')
    }
    const node = await village.start(0)
    t.equal(node.status().standing.state, 'open', 'a lone box cannot know')
    const { cosigner } = node.card('box 0', [])
    village.way = ways
    await village.until('it was held', () => village.said[0]!.some((it) => it.includes('Nothing is signed')))
    await village.until('and goes on', () => node.status().standing.state === 'open')
    t.equal(node.log.head.size, 30)
    t.not(formatVerifierKey(node.card('box 0', []).cosigner), formatVerifierKey(cosigner))
  },
)

t.test('entries that were signed after an unseen return are a fork, proved by the box itself', async (t) => {
  const village = await restored(t, 3, { local: true })
  const ways = village.way
  village.way = async () => {
    throw new Error('the network is down')
  }
  const node = await village.start(0)
  await village.append(0, 4, 'other')
  await village.until('signed', () => node.status().published === 14)
  village.way = ways
  for (const box of [0, 1, 2])
    await village.until(`box ${box} knows`, () => village.node(box).forks().length === 1)
  t.equal(node.status().standing.state, 'closed')
  await village.until('the common prefix is known', () => village.node(1).forks()[0]!.prefix.exact)
  t.equal(village.node(1).forks()[0]!.prefix.size, 10)
  t.match(node.stateOf(12).explanation, 'This log has forked')
  await village.until('here as well', () => node.forks()[0]!.prefix.exact)
  t.notMatch(node.stateOf(9).explanation, 'forked', 'below it all is as it was')
})

t.test('what may be in one history only is final no more', async (t) => {
  const village = await new Village(t).found(3)
  const node = village.node(0)
  await village.append(0, 5)
  await village.until('final', () => node.stateOf(4).state === 'final')
  const secret = readFileSync(join(village.data(0), 'keys/log.key'), 'utf8')
  const signer = parseSignerKey(secret.trim())
  const other = signCheckpoint(
    { origin: node.log.origin, size: 5n, root: Buffer.alloc(32, 7), extensions: [] },
    signer,
  )
  const body = formatMessage({ notes: [other], forks: [], statements: [] })
  await node.handle({ method: 'POST', path: '/gossip', body }, village.id(1))
  await village.until('a fork is known', () => node.forks().length === 1)
  t.match(node.stateOf(4), { state: 'witnessed', k: 2, n: 2, explanation: /final no more/ })
})

t.test('a held log goes on under a new log id when administrators have signed', async (t) => {
  const village = await restored(t, 3)
  const admins = [0, 1, 2].map((box) =>
    makeSignerKey(`box${box}.test/admin`, logKeyType, Buffer.alloc(32, 100 + box)),
  )
  await village.start(0)
  for (const box of [0, 1, 2]) await village.node(box).peers.setAdmin(verifierOf(admins[box]!))
  for (const one of [0, 1, 2])
    for (const other of [0, 1, 2]) if (one !== other) await village.introduce(one, other)
  const node = village.node(0)
  await node.log.hold('an administrator wants to see')
  const old = node.log.origin
  const { statement, origin, needed } = await node.prepareSuccessor('the disk was lost')
  t.equal(needed, 2)
  const sealed = (by: number[]) =>
    sealStatement(
      statement!,
      by.map((box) => signStatement(statement!, admins[box]!)),
    )
  await t.rejects(node.successor({ statement: sealed([0]) }), { name: 'StatementError' })
  await node.successor({ statement: sealed([0, 2]) })
  t.equal(node.log.origin, origin)
  await village.append(0, 3, 'new')
  for (const box of [1, 2])
    await village.until(`box ${box} follows the new log`, () => {
      const peer = village
        .node(box)
        .peers.list()
        .find(({ name }) => name === 'box 0')!
      return peer.origin === origin && peer.mirrored === 3
    })
  await village.until('the new log is witnessed', () => node.stateOf(2).state === 'final')
  const copy = await village
    .node(1)
    .handle({ method: 'GET', path: `/mirror/${originHash(old)}/checkpoint` }, null)
  t.equal(copy.status, 200, 'the old one can still be read')
})

t.test('an open log endorses the next one by its last entry', async (t) => {
  const village = await new Village(t).found(3)
  await village.append(0, 4)
  await village.until('known', () => [1, 2].every((box) => held(village, box) === 4))
  const node = village.node(0)
  const old = node.log
  const [begun, again] = await Promise.all([node.successor(), node.successor()])
  t.equal(again, begun, 'who asks twice gets one')
  t.equal(old.standing.state, 'closed')
  await t.rejects(old.append({ type: 'answer', commitment: 'b'.repeat(64) }), { name: 'LogHeld' })
  await village.append(0, 2, 'new')
  for (const box of [1, 2])
    await village.until(`box ${box} follows the new log`, () => {
      const peer = village
        .node(box)
        .peers.list()
        .find(({ name }) => name === 'box 0')!
      return peer.origin === node.log.origin && peer.mirrored === 2
    })
  await village.until('final', () => node.stateOf(1).state === 'final')
  await village.stop(1)
  await village.start(1)
  t.ok(
    village
      .node(1)
      .peers.list()
      .some(({ origin }) => origin === node.log.origin),
  )
})

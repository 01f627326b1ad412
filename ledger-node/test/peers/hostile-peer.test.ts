import t, { type Test } from 'tap'
import { encodeEntry, leafHash, noEntry, suite } from '../../src/entry.ts'
import { formatSuccession } from '../../src/forks/succession.ts'
import { commitTo } from '../../src/kinds.ts'
import { signCheckpoint } from '../../src/note/checkpoint.ts'
import {
  formatVerifierKey,
  keyId,
  logKeyType,
  makeSignerKey,
  type SignerKey,
  type VerifierKey,
} from '../../src/note/key.ts'
import { formatProof } from '../../src/note/tlog-proof.ts'
import { answer } from '../../src/peers/answer.ts'
import { formatMessage } from '../../src/peers/gossip-message.ts'
import { originHash } from '../../src/peers/origin-hash.ts'
import { Liar } from './liar.ts'
import { chainOf, logKey, signedLog } from './signed-log.ts'
import { Village } from './village.ts'

const box = 'box.test/0123456789abcdef'
const generation = (number: number, seed = number): SignerKey =>
  makeSignerKey(`${box}/${number}`, logKeyType, Buffer.alloc(32, 100 + seed))

/** What a log says of the one that goes on, whatever that is. */
function endorse(old: SignerKey, next: VerifierKey): Buffer {
  const at = '2026-11-27T00:00:00.000Z'
  const content = { origin: next.name, key: formatVerifierKey(next), at }
  const { commitment, canonical, salt } = commitTo('log-succeeded', content)
  const entry = encodeEntry({ type: 'log-succeeded', seq: 0, prev: noEntry, time: at, commitment, suite })
  const root = Buffer.from(leafHash(entry), 'hex')
  const checkpoint = signCheckpoint({ origin: old.name, size: 1n, root, extensions: [] }, old)
  const proof = formatProof({ index: 0n, proof: [], checkpoint })
  return Buffer.from(formatSuccession({ content: canonical, salt, entry: entry.toString(), proof }))
}

/** A box and a peer of it that names what it likes. */
async function withPeer(t: Test) {
  const village = await new Village(t).found(2)
  const liar = new Liar()
  await village.node(0).peers.add(liar.card)
  const statements = new Map<string, Buffer>()
  village.strangers.set(9, async (_from, { method, path }) => {
    const message = formatMessage({ notes: [], forks: [], statements: [...statements.keys()] })
    if (method === 'POST') return { status: 200, type: 'application/json', body: message }
    const found = statements.get(path.replace('/statement/', ''))
    return found ? { status: 200, type: '', body: found } : answer(404, 'nothing\n')
  })
  const origins = () =>
    village
      .node(0)
      .peers.list()
      .map(({ origin }) => origin)
  /** The peer names this, and the box hears it; ends when it has been looked at. */
  const say = async (old: SignerKey, next: VerifierKey) => {
    statements.set(originHash(next.name), endorse(old, next))
    await village.node(0).syncNow()
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  /** The box can be started again, and other peers be added. */
  const works = async () => {
    await village.stop(0)
    await village.start(0)
    await village.introduce(0, 1)
  }
  return { village, liar, say, works, origins }
}

t.test('a peer does not go on with a key that could stand on no card', async (t) => {
  const { village, liar, say, works, origins } = await withPeer(t)
  const taken = [liar.card.cosigner, village.node(0).log.key, village.node(1).log.key]
  for (const { publicKey } of taken) {
    const name = `${box}/2`
    await say(logKey, { name, type: logKeyType, id: keyId(name, logKeyType, publicKey), publicKey })
    t.ok(origins().includes(logKey.name))
    await works()
  }
  await say(logKey, generation(2))
  await village.until('it does with another', () => origins().includes(`${box}/2`))
})

t.test('a peer that changes its log again and again keeps no box from starting', async (t) => {
  const { say, works, origins } = await withPeer(t)
  await say(logKey, generation(2))
  for (let number = 2; number < 22; number += 1) await say(generation(number), generation(number + 1))
  t.equal(origins().filter((origin) => origin.startsWith(box)).length, 1)
  await works()
  t.match(
    origins().find((origin) => origin.startsWith(box)),
    /\/1[0-9]$/,
    'it is known by the last that was taken',
  )
})

t.test('a message of many genuine notes of the past is heard as far as its sender may be', async (t) => {
  const village = await new Village(t).found(1)
  const liar = new Liar()
  village.strangers.set(9, liar.handle)
  const node = village.node(0)
  await node.peers.add(liar.card)
  liar.show(0, 300)
  await village.until('held', () => node.peers.list()[0]!.mirrored === 300)
  const log = signedLog(chainOf(300))
  const other = signedLog(chainOf(300, { branch: 2 }))
  const past = Array.from({ length: 299 }, (_, at) => log.note(at + 1))
  const tell = (notes: string[], from: string) =>
    node.handle(
      { method: 'POST', path: '/gossip', body: formatMessage({ notes, forks: [], statements: [] }) },
      from,
    )
  // Every one of them costs a signature; the same one again costs nothing.
  await tell([...Array.from({ length: 1000 }, () => past[0]!), ...past], '10.0.0.1')
  await tell(past, '10.0.0.1')
  t.equal((await tell([other.note(150)], '10.0.0.1')).status, 200)
  await new Promise((resolve) => setTimeout(resolve, 100))
  t.same(node.forks(), [], 'what comes after the share of a sender is not looked at')
  await tell([other.note(150)], '10.0.0.2')
  await village.until('and it is when another brings it', () => node.forks().length === 1)
})

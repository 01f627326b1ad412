import { hash } from 'node:crypto'
import { createNode, type LedgerNode } from '../../src/node.ts'
import { formatAddCheckpoint } from '../../src/note/add-checkpoint.ts'
import { verifierOf } from '../../src/note/key.ts'
import type { Exchange, PeerRequest } from '../../src/peers/exchange.ts'
import { formatMessage } from '../../src/peers/gossip-message.ts'
import { originHash } from '../../src/peers/origin-hash.ts'
import { proveConsistency } from '../../src/tree/prove.ts'
import { SeededRandom } from '../simulation/random.ts'
import { madeEntries, signedCheckpoint, testLogKey } from '../support/static-log.ts'
import { HandClock } from './hand-clock.ts'
import { memoryDisk } from './memory-disk.ts'
import { mutate } from './mutate.ts'
import { type FuzzTarget, insist } from './target.ts'

/** Answers that what is asked may have, as SPEC.md and tlog-witness say. */
const statuses = new Set([200, 400, 403, 404, 409, 413, 422, 429])
const maxDiskBytes = 64 << 20

/**
 * A whole node, asked anything by anybody, with a peer whose answers are changed on their way: nothing that nobody
 * signed may freeze a log or be cosigned, and neither its disk nor its memory may fill up.
 */
export async function nodeTarget(seed: number): Promise<FuzzTarget & AsyncDisposable> {
  const clock = new HandClock()
  const disk = memoryDisk()
  const hostile = new SeededRandom(`${seed}/answers`)
  const nodes: LedgerNode[] = []
  /** Whose answers are changed: not while the samples are made. */
  let isHostile = false
  const ask: Exchange = {
    async request(request) {
      const other = await nodes[1]!.handle(request, originHash(nodes[0]!.log.origin))
      if (!isHostile || hostile.chance(0.3)) return other
      return {
        ...other,
        body: mutate(hostile, [Buffer.from(other.body)]),
        status: hostile.pick([200, other.status, 404]),
      }
    },
  }
  const back: Exchange = { request: (request) => nodes[0]!.handle(request, originHash(nodes[1]!.log.origin)) }
  for (const name of ['a', 'b']) {
    let drawn = 0
    const parts = {
      disk: name === 'a' ? disk : memoryDisk(),
      clock,
      random: (count: number) => hash('sha512', `${seed} ${name} ${drawn++}`, 'buffer').subarray(0, count),
      dial: () => (name === 'a' ? ask : back),
      notice: () => {},
    }
    nodes.push(await createNode(parts, settingsOf(name)))
  }
  const [node, peer] = nodes as [LedgerNode, LedgerNode]
  await node.peers.add(peer.card('b', ['http://b.test/']))
  await peer.peers.add(node.card('a', ['http://a.test/']))
  await node.peers.addLog(verifierOf(testLogKey))
  const requests = await samplesOf(node, peer, clock)
  isHostile = true
  let turn = 0
  return {
    name: 'node',
    samples: requests.map(encode),
    weight: 12,
    errors: [],
    async run(input) {
      const { request, from } = decode(input)
      turn += 1
      const answered = settle(node.handle(request, from), clock)
      const response = await answered
      insist(statuses.has(response.status), `status ${response.status} for ${request.path.slice(0, 80)}`)
      insist(response.status < 400 || response.body.length > 0, 'a refusal without a reason')
      if (turn % 300 === 0)
        await settle(
          node.syncNow().catch(() => {}),
          clock,
        )
      await clock.advance(20)
      insist(node.forks().length === 0, 'a log was frozen without a fork')
      insist(node.log.standing.state === 'open', 'the node stopped signing')
      if (turn % 1000 === 0) insist(disk.bytes() < maxDiskBytes, `the disk holds ${disk.bytes()} bytes`)
    },
    async [Symbol.asyncDispose]() {
      for (const one of nodes) await settle(one.close(), clock)
    },
  }
}

function settingsOf(name: string) {
  return {
    data: `/${name}/data`,
    local: `/${name}/local`,
    host: `${name}.test`,
    publishEveryMs: 250,
    antiEntropyMs: 30_000,
    requestMs: 10_000,
    readers: 'public' as const,
    quotaBytesPerPeer: 16 << 20,
  }
}

/** Waits for something while time goes on. */
async function settle<T>(promise: Promise<T>, clock: HandClock): Promise<T> {
  let done = false
  const mark = () => {
    done = true
  }
  promise.then(mark, mark)
  for (let turns = 0; !done; turns += 1) {
    // Microtasks and the hashing of a turn come first; then a moment passes.
    await clock.turn()
    if (!done) await clock.advance(turns < 100 ? 5 : 500)
    if (turns > 20_000) throw new Error('no answer')
  }
  return promise
}

type Sample = { request: PeerRequest; from: string | null }

async function samplesOf(node: LedgerNode, peer: LedgerNode, clock: HandClock): Promise<Sample[]> {
  const append = (to: LedgerNode, count: number, name: string) =>
    settle(
      Promise.all(
        Array.from({ length: count }, (_, at) =>
          to.append({ type: 'answer', commitment: hash('sha256', `${name} ${at}`, 'hex') }),
        ),
      ),
      clock,
    )
  const publish = async (to: LedgerNode) => {
    while (to.log.published?.size !== to.log.head.size) await clock.advance(100)
    return { note: to.log.published!.note, size: to.log.published!.size }
  }
  await append(node, 300, 'a')
  await publish(node)
  await append(peer, 40, 'b')
  const first = await publish(peer)
  await append(peer, 260, 'b more')
  const second = await publish(peer)
  const proof = await proveConsistency(peer.log.tree.hashes, first.size, second.size)
  const strange = signedCheckpoint(madeEntries(5))
  const [own, theirs] = [node, peer].map(({ log }) => originHash(log.origin))
  const box = node.log.origin.slice(node.log.origin.indexOf('/'))
  const get = (path: string): Sample => ({ request: { method: 'GET', path }, from: theirs! })
  const post = (path: string, body: Buffer): Sample => ({
    request: { method: 'POST', path, body },
    from: theirs!,
  })
  return [
    get(`${box}/checkpoint`),
    get(`${box}/tile/0/000`),
    get(`${box}/tile/0/001.p/44`),
    get(`${box}/tile/entries/001.p/44`),
    get(`/mirror/${theirs}/checkpoint`),
    get(`/mirror/${theirs}/tile/0/000`),
    get(`/witness/${theirs}/checkpoint`),
    get(`/fork/${theirs}`),
    get(`/statement/${own}`),
    ...[first, second].map(({ note }) =>
      post('/witness/add-checkpoint', formatAddCheckpoint({ old: 0n, proof: [], note })),
    ),
    post(
      '/witness/add-checkpoint',
      formatAddCheckpoint({ old: BigInt(first.size), proof, note: second.note }),
    ),
    post('/witness/add-checkpoint', formatAddCheckpoint({ old: 0n, proof: [], note: strange })),
    post('/gossip', formatMessage({ notes: [first.note, second.note, strange], forks: [], statements: [] })),
    post(
      '/gossip',
      formatMessage({ notes: [], forks: [theirs!, originHash('x')], statements: [originHash('y')] }),
    ),
  ]
}

/** `GET /path sender`, and the body behind the line. */
function encode({ request: { method, path, body }, from }: Sample): Buffer {
  return Buffer.concat([Buffer.from(`${method} ${path} ${from}\n`), body ?? Buffer.alloc(0)])
}

function decode(input: Buffer): Sample {
  const end = input.indexOf('\n')
  const line = input.subarray(0, end < 0 ? input.length : end).toString('latin1')
  const [method, path = '', from] = line.split(' ')
  const body = end < 0 ? Buffer.alloc(0) : input.subarray(end + 1)
  const request: PeerRequest = method === 'GET' ? { method, path } : { method: 'POST', path, body }
  return { request, from: from || null }
}

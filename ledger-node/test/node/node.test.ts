import t from 'tap'
import { formatVerifierKey } from '../../src/note/key.ts'
import { checkPolicy, formatPolicy, parsePolicy } from '../../src/note/policy.ts'
import { parseProof, verifyProof } from '../../src/note/tlog-proof.ts'
import { hashLeaf } from '../../src/tree/hash.ts'
import { logSigner } from '../note/signers.ts'
import { Village } from '../peers/village.ts'

t.test('five boxes copy and cosign each other, until every entry is final', async (t) => {
  const village = await new Village(t).found(5)
  for (let box = 0; box < 5; box++) await village.append(box, 20 + box)
  for (let box = 0; box < 5; box++) {
    const node = village.node(box)
    await village.until(`box ${box} is final`, () => node.stateOf(19 + box).state === 'final')
    for (const { mirrored } of node.peers.list()) t.ok(mirrored >= 0)
  }
  await village.until('everybody holds everything', () =>
    [0, 1, 2, 3, 4].every((box) =>
      village
        .node(box)
        .peers.list()
        .every((peer) => peer.mirrored === 20 + Number(peer.name.slice(4)) && peer.log.state === 'followed'),
    ),
  )
  const node = village.node(0)
  const state = node.stateOf(3)
  t.match(state, { state: 'final', n: 4 })
  t.ok(state.k >= 3)
  t.match(state.explanation, 'f = 1')
  const proof = parseProof(await node.prove(3))
  const [entry] = await node.log.read(3, 1)
  verifyProof(proof, hashLeaf(entry!), node.log.key)
  t.ok(checkPolicy(node.policy, proof.checkpoint, node.log.key).final)
  t.same(village.said.flat(), [])
})

t.test('a lone box says what its entries are worth', async (t) => {
  const village = await new Village(t).found(1)
  await village.append(0, 3)
  const node = village.node(0)
  await village.until('there is a checkpoint', () => node.status().published === 3)
  t.match(node.stateOf(2), { state: 'local', k: 0, n: 0 })
  t.match(node.stateOf(2).explanation, 'No other box')
  t.throws(() => node.stateOf(3), RangeError)
  await node.prove(2)
  await t.rejects(node.prove(3), { name: 'NotProvable' })
})

t.test('a box that was away catches up with what it missed, from whoever has it', async (t) => {
  const village = await new Village(t).found(4)
  await village.append(0, 10)
  await village.until('all have it', () => [1, 2, 3].every((box) => mirrored(village, box, 0) === 10))
  await village.stop(3)
  await village.append(0, 600, 'more')
  await village.until('the others have it', () => [1, 2].every((box) => mirrored(village, box, 0) === 610))
  await village.stop(0)
  await village.start(3)
  await village.until('by way of the others', () => mirrored(village, 3, 0) === 610)
})

t.test(
  'two boxes that meet only by way of a third copy each other, and never cosign each other',
  async (t) => {
    const village = new Village(t)
    village.way = async (from, to, _request, ask) => {
      if (from > 0 && to > 0) throw new Error('neither can dial the other')
      return ask()
    }
    await village.found(3)
    await village.append(1, 4)
    const seen = () =>
      village
        .node(2)
        .peers.list()
        .find(({ name }) => name === 'box 1')!
    await village.until('copied', () => seen().mirrored === 4)
    await village.until('cosigned by the third', () => village.node(1).stateOf(3).k === 1)
    await new Promise((resolve) => setTimeout(resolve, 1000))
    t.equal(seen().cosigned, 0)
    t.match(village.node(1).stateOf(3), { state: 'witnessed', k: 1, n: 2 })
  },
)

t.test(
  'a log that its box alone may read is not cosigned by peers, who could not see what they sign',
  async (t) => {
    const village = new Village(t)
    village.settings = { readers: 'box' }
    await village.found(2)
    await village.append(0, 1)
    const seen = () => village.node(1).peers.list()[0]!.log
    await village.until('unproven', () => seen().state === 'unproven')
    t.match(seen().because, '403')
    await village.append(0, 3, 'more')
    await new Promise((resolve) => setTimeout(resolve, 600))
    t.match(village.node(0).stateOf(3), { state: 'local', k: 0, n: 1 })
  },
)

t.test('who cosigned is known after a new start, before anybody is asked', async (t) => {
  const village = await new Village(t).found(3)
  await village.append(0, 5)
  await village.until('final', () => village.node(0).stateOf(4).state === 'final')
  const { k } = village.node(0).stateOf(4)
  await village.stop(0)
  village.way = async () => {
    throw new Error('the network is down')
  }
  await village.start(0)
  t.match(village.node(0).stateOf(4), { state: 'final', k, n: 2 })
})

function mirrored(village: Village, box: number, of: number): number {
  return village
    .node(box)
    .peers.list()
    .find(({ name }) => name === `box ${of}`)!.mirrored
}

t.test(
  'the policy that a box gives names its logs, so that other programs need nothing beside it',
  async (t) => {
    const village = await new Village(t).found(3)
    const node = village.node(0)
    await village.append(0, 2)
    await village.until('final', () => node.status().final === 2)
    const receipt = await node.prove(1)
    const first = node.log.key
    await node.successor()
    const policy = parsePolicy(formatPolicy(node.policy))
    t.same(
      policy.logs.map(({ key }) => formatVerifierKey(key)),
      [node.log.key, first].map(formatVerifierKey),
      'the current log first',
    )
    const { log, final } = checkPolicy(policy, parseProof(receipt).checkpoint)
    t.match(
      { log: log.name, final },
      { log: first.name, final: true },
      'without being told the key of the log',
    )
  },
)

t.test('a policy file that names logs stays as it is', async (t) => {
  const village = new Village(t)
  const key = formatVerifierKey(logSigner('other.example/b/1', 9))
  village.settings = { policy: Buffer.from(`log ${key}\nquorum none\n`) }
  await village.found(1)
  t.equal(formatPolicy(village.node(0).policy).toString(), `log ${key}\nquorum none\n`)
})

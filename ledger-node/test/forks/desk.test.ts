import t, { type Test } from 'tap'
import { parseForkProof, verifyForkProof } from '../../src/forks/fork-proof.ts'
import { formatAddCheckpoint } from '../../src/note/add-checkpoint.ts'
import type { LogState } from '../../src/peers/followed-log.ts'
import { formatMessage } from '../../src/peers/gossip-message.ts'
import { Liar } from '../peers/liar.ts'
import { chainOf, logKey, signedLog } from '../peers/signed-log.ts'
import { Village } from '../peers/village.ts'

/** Boxes that know each other and a liar, number 9. */
async function withLiar(t: Test, count: number): Promise<{ village: Village; liar: Liar }> {
  const village = await new Village(t).found(count)
  const liar = new Liar()
  village.strangers.set(9, liar.handle)
  for (let box = 0; box < count; box++) await village.node(box).peers.add(liar.card)
  return { village, liar }
}

const statusOf = (village: Village, box: number) =>
  village
    .node(box)
    .peers.list()
    .find(({ name }) => name === 'liar')!

const isFrozen = (village: Village, box: number) => statusOf(village, box).log.state === 'frozen'

t.test('two histories are proved a fork by whoever meets both, and the proof reaches all', async (t) => {
  for (const [what, one, other, common] of [
    ['same size', 12, 12, 5],
    ['sizes of powers of two', 8, 16, 3],
    ['many entries', 700, 900, 300],
    ['from the first entry on', 5, 3, 0],
  ] as const) {
    const { village, liar } = await withLiar(t, 3)
    liar.show(0, one, { branch: 1, from: common })
    liar.show(1, other, { branch: 2, from: common })
    await village.until(`${what}: frozen everywhere`, () => [0, 1, 2].every((box) => isFrozen(village, box)))
    for (const box of [0, 1, 2]) {
      const [fork] = village.node(box).forks()
      t.equal(fork!.id, liar.id)
      verifyForkProof(parseForkProof(fork!.proof), logKey)
    }
    await village.until(`${what}: the common prefix is known`, () =>
      [0, 1].some((box) => village.node(box).forks()[0]!.prefix.exact),
    )
    const measured = [0, 1, 2].map((box) => village.node(box).forks()[0]!.prefix).filter(({ exact }) => exact)
    for (const { size } of measured) t.equal(size, common)
    for (const box of [0, 1, 2]) await village.stop(box)
  }
})

t.test('a frozen log is not cosigned, also after a new start', async (t) => {
  const { village, liar } = await withLiar(t, 2)
  liar.show(0, 4, { branch: 1 })
  liar.show(1, 4, { branch: 2 })
  await village.until('frozen', () => isFrozen(village, 0))
  await village.stop(0)
  await village.start(0)
  t.ok(isFrozen(village, 0))
  const note = signedLog(chainOf(3)).note(3)
  const body = formatAddCheckpoint({ old: 0n, proof: [], note })
  const answer = await village
    .node(0)
    .handle({ method: 'POST', path: '/witness/add-checkpoint', body }, liar.id)
  t.equal(answer.status, 403)
  const proof = await village.node(0).handle({ method: 'GET', path: `/fork/${liar.id}` }, null)
  t.equal(proof.status, 200)
  verifyForkProof(parseForkProof(proof.body), logKey)
})

t.test('tiles that are withheld prove nothing: the log is unproven until they come', async (t) => {
  const { village, liar } = await withLiar(t, 2)
  liar.withheld = (_, path) => path.includes('/tile/')
  liar.show(0, 9, { branch: 1 })
  const state = (): LogState => statusOf(village, 0).log
  await village.until('unproven', () => state().state === 'unproven')
  t.match(state().because, '404')
  const note = signedLog(chainOf(3, { branch: 1 })).note(3)
  const body = formatAddCheckpoint({ old: 0n, proof: [], note })
  const request = { method: 'POST', path: '/witness/add-checkpoint', body } as const
  t.equal((await village.node(0).handle(request, liar.id)).status, 503, 'not cosigned meanwhile')
  t.same(village.node(0).forks(), [], 'and not frozen')
  await village.stop(0)
  await village.start(0)
  t.equal(state().state, 'unproven', 'it is remembered')
  liar.withheld = () => false
  await village.until('reconciled', () => state().state === 'followed')
  t.equal(statusOf(village, 0).mirrored, 9)
  t.equal((await village.node(0).handle(request, liar.id)).status, 200)
})

t.test('what is signed and withheld is proved as soon as somebody else has its tiles', async (t) => {
  const { village, liar } = await withLiar(t, 2)
  village.way = async (from, to, _request, ask) => {
    if (from < 2 && to < 2) throw new Error('apart')
    return ask()
  }
  liar.show(0, 6, { branch: 1 })
  liar.show(1, 10, { branch: 2 })
  await village.until(
    'each holds its own',
    () => statusOf(village, 0).mirrored === 6 && statusOf(village, 1).mirrored === 10,
  )
  t.notOk(isFrozen(village, 0))
  village.way = (_from, _to, _request, ask) => ask()
  liar.withheld = () => true
  await village.until('proved without the liar', () => isFrozen(village, 0) && isFrozen(village, 1))
})

t.test(
  'a checkpoint that names another root at a size below what is held is a proof by our own tiles',
  async (t) => {
    const { village, liar } = await withLiar(t, 1)
    liar.show(0, 20)
    await village.until('held', () => statusOf(village, 0).mirrored === 20)
    const other = signedLog(chainOf(8, { branch: 3, from: 2 })).note(8)
    const body = formatMessage({ notes: [other], forks: [], statements: [] })
    await village.node(0).handle({ method: 'POST', path: '/gossip', body }, null)
    await village.until('frozen', () => isFrozen(village, 0))
    const { first, second } = verifyForkProof(parseForkProof(village.node(0).forks()[0]!.proof), logKey)
    t.same([first.size, second.size], [8n, 20n])
  },
)

t.test('of many checkpoints that come while nobody gives their tiles none is forgotten', async (t) => {
  const { village, liar } = await withLiar(t, 1)
  village.strangers.set(9, (from, request) =>
    request.path.includes('/tile/') ? new Promise(() => {}) : liar.handle(from, request),
  )
  const tell = (notes: string[]) => {
    const body = formatMessage({ notes, forks: [], statements: [] })
    return village.node(0).handle({ method: 'POST', path: '/gossip', body }, liar.id)
  }
  const log = signedLog(chainOf(24))
  await tell(Array.from({ length: 24 }, (_, at) => log.note(at + 1)))
  t.notOk(isFrozen(village, 0))
  await tell([signedLog(chainOf(2, { branch: 1 })).note(2)])
  await village.until('the second smallest is still known', () => isFrozen(village, 0), 1500)
})

t.test('junk freezes nothing and makes nothing unproven', async (t) => {
  const { village, liar } = await withLiar(t, 1)
  liar.show(0, 20)
  await village.until('held', () => statusOf(village, 0).mirrored === 20)
  const good = signedLog(chainOf(20)).note(20)
  const junk = Buffer.alloc(32, 1)
  const ask = (path: string, body: Uint8Array) => village.node(0).handle({ method: 'POST', path, body }, null)
  const proofless = formatAddCheckpoint({ old: 0n, proof: [junk], note: good })
  t.equal((await ask('/witness/add-checkpoint', proofless)).status, 422)
  const wrong = good.replace('\n20\n', '\n21\n')
  await ask('/gossip', formatMessage({ notes: [wrong, good], forks: [liar.id], statements: [] }))
  await ask('/gossip', Buffer.from('{}'))
  await new Promise((resolve) => setTimeout(resolve, 300))
  t.equal(statusOf(village, 0).log.state, 'followed')
  t.same(village.node(0).forks(), [])
})

t.test('a false fork claim is not believed, whoever makes it', async (t) => {
  const { village, liar } = await withLiar(t, 2)
  liar.show(0, 6)
  liar.show(1, 6)
  await village.until('held', () => statusOf(village, 0).mirrored === 6)
  const { handle } = liar
  village.strangers.set(9, async (from, request) => {
    if (request.path.startsWith('/fork/'))
      return { status: 200, type: '', body: Buffer.from('tanbox.dev/fork-proof/v1\n') }
    return handle(from, request)
  })
  const id = village.id(1)
  const body = formatMessage({ notes: [], forks: [id, liar.id], statements: [] })
  await village.node(0).handle({ method: 'POST', path: '/gossip', body }, liar.id)
  await new Promise((resolve) => setTimeout(resolve, 200))
  t.same(village.node(0).forks(), [])
})

import type { Test } from 'tap'
import type { OpenAccounts } from '../accounts.ts'
import { connectedBox, pass, settlementOf } from './given.ts'

const day = 86_400_000

export async function reservationContract(t: Test, open: OpenAccounts): Promise<void> {
  await t.test('a question is reserved once: again it is known, with what it was', async (t) => {
    const { accounts, again } = await open(t)
    const { question } = await connectedBox(accounts)
    const asked = question()
    t.same(await accounts.reserve(asked), { state: 'reserved' })
    const known = { state: 'known', digest: asked.digest, epoch: 1, process: 'p1' }
    t.same(await accounts.reserve(asked), { ...known, live: true, settled: false })
    const other = await again()
    t.match(await other.reserve({ ...asked, process: 'p2' }), { ...known, live: true })
    t.match(await accounts.reserve({ ...asked, digest: 'b'.repeat(64) }), known, 'the first digest is told')
    t.match(await accounts.reserve({ ...asked, epoch: 2 }), known, 'the first is not over')
    t.equal(await accounts.settle(settlementOf(asked)), true)
    t.same(await accounts.reserve(asked), { ...known, live: false, settled: true })
  })

  await t.test('the next epoch of a settled question is reserved, and no other', async (t) => {
    const { accounts } = await open(t)
    const { question } = await connectedBox(accounts)
    const asked = question()
    await accounts.reserve(asked)
    await accounts.settle(settlementOf(asked))
    t.match(await accounts.reserve({ ...asked, epoch: 3 }), { state: 'known', epoch: 1 })
    t.match(await accounts.reserve({ ...asked, epoch: 2, digest: 'b'.repeat(64) }), {
      state: 'known',
      epoch: 1,
    })
    t.same(await accounts.reserve({ ...asked, epoch: 2 }), { state: 'reserved' })
    t.match(await accounts.reserve({ ...asked, epoch: 1 }), { state: 'known', epoch: 2, settled: false })
    t.equal(await accounts.settle(settlementOf(asked)), false, 'epoch 1 was settled before')
    t.equal(await accounts.settle(settlementOf({ ...asked, epoch: 2 })), true)
  })

  await t.test('of many who ask the same at once one may go on', async (t) => {
    const { accounts, again } = await open(t)
    const both = [accounts, await again()]
    const { question } = await connectedBox(accounts)
    const asked = question()
    const race = async (epoch: number) => {
      const all = await Promise.all(
        Array.from({ length: 16 }, (_, at) => both[at % 2]!.reserve({ ...asked, epoch, process: `p${at}` })),
      )
      t.equal(all.filter(({ state }) => state === 'reserved').length, 1)
      return `p${all.findIndex(({ state }) => state === 'reserved')}`
    }
    const process = await race(1)
    t.equal(await accounts.settle(settlementOf({ ...asked, process })), true)
    await race(2)
  })

  await t.test('a later connection fences an earlier one, a revoked box has none', async (t) => {
    const { accounts, again } = await open(t)
    const other = await again()
    const { box, question } = await connectedBox(accounts)
    const before = question()
    await accounts.reserve(before)
    const generation = await other.connect(box, 'p2')
    t.same(await accounts.reserve(question()), { state: 'fenced' })
    t.same(await other.reserve(question({ generation, process: 'p2' })), { state: 'reserved' })
    t.equal(await accounts.settle(settlementOf(before)), true, 'what it had begun is counted all the same')
    await accounts.revoke(box)
    t.same(await other.reserve(question({ generation, process: 'p2' })), { state: 'fenced' })
    t.same(await other.reserve(question({ box: 'box-nobody' })), { state: 'fenced' })
  })

  await t.test('the same rid of two boxes are two questions', async (t) => {
    const { accounts } = await open(t)
    const [a, b] = [await connectedBox(accounts), await connectedBox(accounts)]
    const asked = a.question()
    t.match(await accounts.reserve(asked), { state: 'reserved' })
    t.match(await accounts.reserve(b.question({ rid: asked.rid })), { state: 'reserved' })
  })

  await t.test('a question is known for a day, and not for ever', async (t) => {
    const { accounts, clock } = await open(t, { leaseMs: day / 4 })
    const { question } = await connectedBox(accounts)
    const [asked, unsettled] = [question(), question()]
    await accounts.reserve(asked)
    await accounts.settle(settlementOf(asked))
    await accounts.reserve(unsettled)
    await clock.set(clock.now() + 400 * day)
    await accounts.prune()
    await clock.set(clock.now() - 800 * day)
    await accounts.prune()
    t.match(await accounts.reserve(asked), { state: 'known' }, 'a clock that jumps makes nothing forgotten')
    const { leaseMs } = clock
    for (let aged = 0; aged < day; aged += leaseMs / 2) {
      await clock.set(clock.now() + leaseMs / 2)
      await accounts.beat('p1', [])
    }
    await accounts.prune()
    t.match(await accounts.reserve(asked), { state: 'reserved' })
    t.match(
      await accounts.reserve(unsettled),
      { state: 'known', settled: false },
      'what is not settled stays',
    )
    await pass(accounts, clock, 2 * leaseMs)
  })
}

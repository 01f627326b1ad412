import type { Test } from 'tap'
import type { OpenAccounts } from '../accounts.ts'
import { connectedBox, pass, progressOf, settlementOf, unlimited } from './given.ts'

const day = 86_400_000

export async function leaseContract(t: Test, open: OpenAccounts): Promise<void> {
  await t.test(
    'what a dead process left is settled once, as estimated, as its last beat knew it',
    async (t) => {
      const { accounts, again, clock } = await open(t)
      const other = await again()
      const { question } = await connectedBox(accounts)
      const [noted, silent] = [question(), question({ alias: 'large' })]
      for (const asked of [noted, silent]) await accounts.reserve(asked)
      await accounts.beat('p1', [progressOf(noted, 33)])
      await pass(other, clock, clock.leaseMs * 0.9)
      t.equal(await other.settleDead(), 0, 'its lease is not over')
      await pass(other, clock, clock.leaseMs * 0.6)
      const [a, b] = await Promise.all([other.settleDead(), accounts.settleDead()])
      t.equal(a + b, 2)
      t.equal(await other.settleDead(), 0)
      t.match(await accounts.usage({}), [
        { target: 'gpu', answers: 1, promptTokens: 100, completionTokens: 33, estimatedTokens: 133, cost: 3 },
        {
          target: 'large',
          answers: 1,
          promptTokens: 100,
          completionTokens: 0,
          estimatedTokens: 100,
          cost: 0,
        },
      ])
      t.equal(await accounts.settle(settlementOf(noted)), false, 'the dead one comes too late')
      t.match(await accounts.reserve({ ...noted, epoch: 2 }), { state: 'reserved' })
    },
  )

  await t.test('a process that beats keeps what it has', async (t) => {
    const { accounts, again, clock } = await open(t)
    const other = await again()
    const { question } = await connectedBox(accounts)
    const asked = question()
    await accounts.reserve(asked)
    await pass(accounts, clock, 4 * clock.leaseMs, ['p1'])
    t.equal(await other.settleDead(), 0)
    t.match(await other.reserve(asked), { state: 'known', live: true })
    t.equal(await accounts.settle(settlementOf(asked)), true)
  })

  await t.test('who leaves in order need not be waited for', async (t) => {
    const { accounts, again } = await open(t)
    const other = await again()
    const { question } = await connectedBox(accounts)
    const asked = question()
    await accounts.reserve(asked)
    await accounts.leave('p1')
    t.match(await other.reserve({ ...asked, process: 'p2' }), { state: 'known', live: false, settled: true })
    t.equal(await other.settleDead(), 0, 'whoever asked for it has settled it')
    t.match(await other.usage({}), [{ answers: 1, promptTokens: 100, estimatedTokens: 100 }])
  })

  await t.test('what stands open for a process that knows nothing of it is given back', async (t) => {
    const { accounts, again, clock } = await open(t)
    const other = await again()
    const { question } = await connectedBox(accounts, {
      quota: { ...unlimited, tokensPerDay: 450, streams: 3 },
    })
    const [known, late, settled] = [question(), question(), question()]
    for (const asked of [known, late, settled]) await accounts.reserve(asked)
    await accounts.settle(settlementOf(settled))
    t.equal(await accounts.giveBack('p1', []), 0, 'they may be on their way back')
    await pass(accounts, clock, clock.leaseMs * 1.2, ['p1', 'p2'])
    t.equal(await other.giveBack('p2', []), 0, 'of another process')
    t.equal(await accounts.giveBack('p1', [known, settled]), 1)
    t.equal(await accounts.giveBack('p1', [known]), 0)
    t.match(await accounts.usage({}), [{ answers: 1, promptTokens: 90 }], 'it costs nothing')
    t.match(
      await accounts.reserve(question({ promptTokens: 140 })),
      { state: 'reserved' },
      '110 + 150 + 190 are spent',
    )
    t.match(await accounts.reserve(question({ promptTokens: 1 })), { state: 'refused', code: 'quota-day' })
    t.equal(await accounts.settle(settlementOf(late)), false)
    t.match(
      await accounts.reserve({ ...late, epoch: 2, promptTokens: 1 }),
      { state: 'refused' },
      'over, not lost',
    )
  })

  await t.test('the next epoch of a dead process’s question settles it and goes on', async (t) => {
    const { accounts, again, clock } = await open(t)
    const other = await again()
    const { box, question } = await connectedBox(accounts)
    const asked = question()
    await accounts.reserve(asked)
    const generation = await other.connect(box, 'p2')
    const next = { ...asked, generation, process: 'p2', epoch: 2 }
    t.match(await other.reserve(next), { state: 'known', live: true, process: 'p1' })
    await pass(other, clock, 2 * clock.leaseMs, ['p2'])
    t.match(await other.reserve(next), { state: 'reserved' })
    t.equal(await other.settle(settlementOf(next)), true)
    t.match(await other.usage({}), [
      { target: 'default', answers: 1, estimatedTokens: 100 },
      { target: 'gpu', answers: 1, estimatedTokens: 0 },
    ])
  })

  await t.test('answers of a dead process do not count against those at a time', async (t) => {
    const { accounts, again, clock } = await open(t)
    const other = await again()
    const { box, question } = await connectedBox(accounts, { quota: { ...unlimited, streams: 1 } })
    await accounts.reserve(question())
    const generation = await other.connect(box, 'p2')
    t.match(await other.reserve(question({ generation, process: 'p2' })), { state: 'refused' })
    await pass(other, clock, 2 * clock.leaseMs, ['p2'])
    t.match(await other.reserve(question({ generation, process: 'p2' })), { state: 'reserved' })
  })

  await t.test('a clock that jumps ends no lease, and none lasts for ever', async (t) => {
    const { accounts, again, clock } = await open(t)
    const other = await again()
    const { question } = await connectedBox(accounts)
    const asked = question()
    await accounts.reserve(asked)
    for (const jump of [400 * day, -800 * day]) {
      await clock.set(clock.now() + jump)
      await other.beat('p2', [])
      t.equal(await other.settleDead(), 0, 'its beat is due only now')
      await accounts.beat('p1', [])
    }
    await pass(other, clock, 2 * clock.leaseMs)
    t.equal(await other.settleDead(), 1)
  })

  await t.test('a process that was taken for dead and comes back counts nothing twice', async (t) => {
    const { accounts, again, clock } = await open(t)
    const other = await again()
    const { question } = await connectedBox(accounts)
    const [lost, later] = [question(), question()]
    await accounts.reserve(lost)
    await pass(other, clock, 2 * clock.leaseMs)
    await other.settleDead()
    await accounts.beat('p1', [progressOf(lost, 500)])
    t.equal(await accounts.settle(settlementOf(lost)), false)
    t.match(await accounts.reserve(later), { state: 'reserved' })
    t.equal(await other.settleDead(), 0, 'it lives again')
    t.equal(await accounts.settle(settlementOf(later)), true)
    t.match(await accounts.usage({ box: lost.box }), [
      { target: 'default', promptTokens: 100, completionTokens: 0 },
      { target: 'gpu', promptTokens: 90, completionTokens: 20 },
    ])
  })
}

import type { Test } from 'tap'
import type { OpenAccounts } from '../accounts.ts'
import { connectedBox, settlementOf } from './given.ts'

export async function usageContract(t: Test, open: OpenAccounts): Promise<void> {
  await t.test('usage is counted by box, day and target, exact and estimated', async (t) => {
    const { accounts, again, clock } = await open(t)
    await clock.set(Date.UTC(2027, 2, 10, 23, 59, 59))
    const { box, question } = await connectedBox(accounts)
    const energy = { promptTokens: 10, completionTokens: 20, exact: true, energyMicroWattHours: 1234 }
    const estimated = { promptTokens: 5, completionTokens: 6, exact: false }
    const [a, b, c, late] = [question(), question(), question(), question()]
    for (const asked of [a, b, c, late]) await accounts.reserve(asked)
    await accounts.settle(settlementOf(a, { usage: energy, cost: 50 }))
    await accounts.settle(settlementOf(b, { usage: estimated, cost: 3, outcome: 'cancelled' }))
    await accounts.settle(settlementOf(c, { target: 'zhipu', cost: 1 }))
    await clock.set(Date.UTC(2027, 2, 11, 0, 1))
    await accounts.settle(settlementOf(late, { cost: 0 }))
    const next = question()
    await accounts.reserve(next)
    await accounts.settle(settlementOf(next, { cost: 2_000_000_000_000 }))

    const rows = await (await again()).usage({})
    const zero = {
      box,
      answers: 1,
      promptTokens: 90,
      completionTokens: 20,
      estimatedTokens: 0,
      energyMicroWattHours: 0,
    }
    t.same(rows, [
      {
        ...{ box, day: '2027-03-10', target: 'gpu', answers: 3, promptTokens: 105, completionTokens: 46 },
        ...{ estimatedTokens: 11, cost: 53, energyMicroWattHours: 1234 },
      },
      { ...zero, day: '2027-03-10', target: 'zhipu', cost: 1 },
      { ...zero, day: '2027-03-11', target: 'gpu', cost: 2_000_000_000_000 },
    ])
    t.same(await accounts.usage({ fromDay: '2027-03-11' }), rows.slice(2))
    t.same(await accounts.usage({ toDay: '2027-03-10' }), rows.slice(0, 2))
    t.same(await accounts.usage({ box: 'box-other' }), [])
    t.same(await accounts.usage({ box }), rows)
  })

  await t.test('however often and wherever it is said, a settlement counts once', async (t) => {
    const { accounts, again } = await open(t)
    const both = [accounts, await again()]
    const { question } = await connectedBox(accounts)
    const asked = question()
    await accounts.reserve(asked)
    const said = await Promise.all(
      Array.from({ length: 20 }, (_, at) => both[at % 2]!.settle(settlementOf(asked))),
    )
    t.equal(said.filter(Boolean).length, 1)
    t.match(await accounts.usage({}), [{ answers: 1, promptTokens: 90 }])
    t.equal(await accounts.settle(settlementOf(question())), false, 'nobody reserved that')
    const mine = question()
    await accounts.reserve(mine)
    t.equal(
      await accounts.settle(settlementOf({ ...mine, process: 'p2' })),
      false,
      'it is not that process’s',
    )
  })

  await t.test('usage of many answers at once is right to the token', async (t) => {
    const { accounts, again } = await open(t)
    const stores = [accounts, await again(), await again()]
    const boxes = await Promise.all([1, 2, 3].map(() => connectedBox(accounts)))
    await Promise.all(
      Array.from({ length: 6 }, (_, at) => at).flatMap((at) =>
        boxes.map(async ({ question }, which) => {
          for (let round = 0; round < 5; round++) {
            const asked = question()
            const store = stores[(at + which) % 3]!
            t.match(await store.reserve(asked), { state: 'reserved' })
            const usage = { promptTokens: at, completionTokens: round, exact: round !== 4 }
            await stores[at % 3]!.settle(settlementOf(asked, { usage, cost: 1 }))
          }
        }),
      ),
    )
    const counted = { answers: 30, promptTokens: 75, completionTokens: 60, estimatedTokens: 39, cost: 30 }
    t.match(
      await accounts.usage({}),
      boxes.map(() => counted),
    )
  })
}

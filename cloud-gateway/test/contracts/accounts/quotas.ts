import type { Test } from 'tap'
import type { OpenAccounts } from '../accounts.ts'
import { connectedBox, settlementOf, unlimited } from './given.ts'

const minute = 60_000
const day = 86_400_000
/** Noon of a day, a second after the minute began. */
const noon = Date.UTC(2027, 2, 10, 12, 0, 1)

export async function quotaContract(t: Test, open: OpenAccounts): Promise<void> {
  await t.test(
    'tokens of the minute: what is reserved counts until it is settled, then what was used',
    async (t) => {
      const { accounts, clock } = await open(t)
      await clock.set(noon)
      const { question } = await connectedBox(accounts, { quota: { ...unlimited, tokensPerMinute: 310 } })
      const first = question()
      await accounts.reserve(first)
      await accounts.reserve(question())
      const refused = { state: 'refused', code: 'quota-minute', retryAfterMs: 59_000 }
      t.same(await accounts.reserve(question()), refused, '150 + 150 + 150 > 310')
      await accounts.settle(
        settlementOf(first, { usage: { promptTokens: 100, completionTokens: 1, exact: true } }),
      )
      t.same(await accounts.reserve(question()), refused, '101 + 150 + 150 > 310')
      t.match(
        await accounts.reserve(question({ promptTokens: 9 })),
        { state: 'reserved' },
        '101 + 150 + 59 = 310',
      )
      await clock.set(noon + 59_000)
      t.match(await accounts.reserve(question()), { state: 'reserved' }, 'the next minute')
    },
  )

  await t.test('tokens of the day, UTC', async (t) => {
    const { accounts, clock } = await open(t)
    await clock.set(noon)
    const { question } = await connectedBox(accounts, { quota: { ...unlimited, tokensPerDay: 200 } })
    await accounts.reserve(question())
    await clock.set(noon + 5 * minute)
    const left = 12 * 3_600_000 - 5 * minute - 1000
    t.same(await accounts.reserve(question()), { state: 'refused', code: 'quota-day', retryAfterMs: left })
    await clock.set(noon + day)
    t.match(await accounts.reserve(question()), { state: 'reserved' })
  })

  await t.test(
    'a settlement gives back to the span of the reservation, not to the present one',
    async (t) => {
      const { accounts, clock } = await open(t)
      await clock.set(noon)
      const { question } = await connectedBox(accounts, { quota: { ...unlimited, tokensPerMinute: 160 } })
      const early = question()
      await accounts.reserve(early)
      await clock.set(noon + minute)
      t.match(await accounts.reserve(question()), { state: 'reserved' })
      await accounts.settle(
        settlementOf(early, { usage: { promptTokens: 1, completionTokens: 1, exact: true } }),
      )
      t.match(
        await accounts.reserve(question()),
        { state: 'refused' },
        'the second minute is as full as it was',
      )
      await clock.set(noon)
      t.match(await accounts.reserve(question()), { state: 'reserved' }, 'the first one is not')
    },
  )

  await t.test('an answer that used more than was reserved is counted in full', async (t) => {
    const { accounts, clock } = await open(t)
    await clock.set(noon)
    const { question } = await connectedBox(accounts, { quota: { ...unlimited, tokensPerDay: 500 } })
    const asked = question()
    await accounts.reserve(asked)
    await accounts.settle(
      settlementOf(asked, { usage: { promptTokens: 350, completionTokens: 50, exact: true } }),
    )
    t.match(await accounts.reserve(question()), { state: 'refused', code: 'quota-day' })
  })

  await t.test(
    'a question that is larger than the whole quota is told so, and not to come back',
    async (t) => {
      const { accounts, clock } = await open(t)
      await clock.set(noon)
      const never = { state: 'refused', code: 'quota-too-small', retryAfterMs: null }
      for (const quota of [{ tokensPerMinute: 149 }, { tokensPerDay: 149 }]) {
        const { question } = await connectedBox(accounts, { quota: { ...unlimited, ...quota } })
        t.match(await accounts.reserve(question({ promptTokens: 99 })), { state: 'reserved' }, 'all of it')
        t.same(await accounts.reserve(question()), never, '150 > 149, also while it is used up')
        t.match(await accounts.reserve(question({ promptTokens: 1 })), {
          state: 'refused',
          retryAfterMs: Number,
        })
      }
    },
  )

  await t.test('answers at a time', async (t) => {
    const { accounts } = await open(t)
    const { box, question } = await connectedBox(accounts, { quota: { ...unlimited, streams: 2 } })
    const first = question()
    await accounts.reserve(first)
    await accounts.reserve(question())
    t.match(await accounts.reserve(question()), { state: 'refused', code: 'too-many-asks' })
    await accounts.settle(settlementOf(first))
    t.match(await accounts.reserve(question()), { state: 'reserved' })
    await accounts.setQuota(box, { ...unlimited, streams: 3 })
    t.match(await accounts.reserve(question()), { state: 'reserved' }, 'a new quota is in force at once')
    t.match(await accounts.reserve(question()), { state: 'refused' })
  })

  await t.test('a question that was refused, or never asked of a model, takes nothing', async (t) => {
    const { accounts, clock } = await open(t)
    await clock.set(noon)
    const { question } = await connectedBox(accounts, { quota: { ...unlimited, tokensPerDay: 150 } })
    t.match(await accounts.reserve(question({ promptTokens: 200 })), { state: 'refused' })
    const asked = question()
    t.match(await accounts.reserve(asked), { state: 'reserved' })
    const nothing = { promptTokens: 0, completionTokens: 0, exact: true }
    await accounts.settle(
      settlementOf(asked, { target: null, outcome: 'queue-full', usage: nothing, cost: 0 }),
    )
    t.same(await accounts.usage({}), [])
    t.match(await accounts.reserve(question()), { state: 'reserved' })
  })

  await t.test('many who ask at once, from everywhere, never get more than there is', async (t) => {
    const { accounts, again, clock } = await open(t)
    await clock.set(noon)
    const stores = [accounts, await again(), await again()]
    const { question } = await connectedBox(accounts, { quota: { ...unlimited, tokensPerMinute: 1000 } })
    const all = await Promise.all(Array.from({ length: 30 }, (_, at) => stores[at % 3]!.reserve(question())))
    t.equal(all.filter(({ state }) => state === 'reserved').length, 6, '6 x 150 <= 1000')
    const { question: few } = await connectedBox(accounts, { quota: { ...unlimited, streams: 3 } })
    const some = await Promise.all(Array.from({ length: 30 }, (_, at) => stores[at % 3]!.reserve(few())))
    t.equal(some.filter(({ state }) => state === 'reserved').length, 3)
  })

  await t.test('a clock that jumps frees no quota of a day that comes again, and locks none', async (t) => {
    const { accounts, clock } = await open(t)
    await clock.set(noon)
    const quota = { ...unlimited, tokensPerMinute: 200, tokensPerDay: 200 }
    const { question } = await connectedBox(accounts, { quota })
    await accounts.reserve(question())
    await clock.set(noon + 30 * day)
    await accounts.prune()
    t.match(await accounts.reserve(question()), { state: 'reserved' }, 'a month later')
    await clock.set(noon)
    await accounts.prune()
    t.match(await accounts.reserve(question()), { state: 'refused', code: 'quota-day' }, 'that day is known')
    await clock.set(noon - 400 * day)
    t.match(await accounts.reserve(question()), { state: 'reserved' }, 'a day before all of them')
    await clock.set(noon + day)
    t.match(await accounts.reserve(question()), { state: 'reserved' }, 'and the day after goes on as usual')
  })
}

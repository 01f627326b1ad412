/** The wall clock is stepped by hours, days and decades, back and forth, while everything else goes on. */
import type { Test } from 'tap'
import { newEnrolmentCode } from '../../../src/accounts/enrolment-code.ts'
import type { OpenAccounts } from '../accounts.ts'
import { connectedBox, newBox, pass, settlementOf, unlimited } from './given.ts'

const hour = 3_600_000
const day = 24 * hour
const noon = Date.UTC(2027, 2, 10, 12)
const used = (tokens: number) => ({ usage: { promptTokens: tokens, completionTokens: 0, exact: true } })

export async function clockContract(t: Test, open: OpenAccounts): Promise<void> {
  await t.test('counts of a day outlast a clock that was decades ahead', async (t) => {
    const { accounts, clock } = await open(t)
    await clock.set(noon)
    const { question } = await connectedBox(accounts, { quota: { ...unlimited, tokensPerDay: 300 } })
    const [first, second] = [question(), question()]
    await accounts.reserve(first)
    await accounts.beat('p1', [])
    await clock.set(noon + 20 * 365 * day)
    await accounts.beat('p1', [])
    await accounts.prune()
    await clock.set(noon + hour)
    await accounts.beat('p1', [])
    await accounts.prune()
    t.match(await accounts.reserve(second), { state: 'reserved' })
    t.match(
      await accounts.reserve(question()),
      { state: 'refused', code: 'quota-day' },
      '150 + 150 are spent',
    )
    await accounts.settle(settlementOf(first, used(1)))
    t.match(await accounts.reserve(question({ promptTokens: 99 })), { state: 'reserved' }, '1 + 150 + 149')
    t.match(await accounts.reserve(question({ promptTokens: 1 })), { state: 'refused' })
  })

  await t.test('counts are forgotten when they are old', async (t) => {
    const { accounts, clock } = await open(t, { leaseMs: 20 * day })
    await clock.set(noon)
    const { question } = await connectedBox(accounts, { quota: { ...unlimited, tokensPerDay: 150 } })
    await accounts.reserve(question())
    for (let at = 1; at <= 6; at++) {
      await clock.set(noon + at * 10 * day)
      await accounts.beat('p1', [])
    }
    await accounts.prune()
    await clock.set(noon)
    t.match(await accounts.reserve(question()), { state: 'reserved' }, 'sixty days have passed')
  })

  await t.test('midnight that comes twice: each day has its quota once', async (t) => {
    const { accounts, clock } = await open(t)
    const midnight = noon + 12 * hour
    await clock.set(midnight - hour / 2)
    const { question } = await connectedBox(accounts, { quota: { ...unlimited, tokensPerDay: 300 } })
    const before = question()
    t.match(await accounts.reserve(before), { state: 'reserved' })
    await clock.set(midnight + hour / 2)
    t.match(await accounts.reserve(question()), { state: 'reserved' })
    // Back by an hour, over the same midnight.
    await clock.set(midnight - hour / 2)
    t.match(await accounts.reserve(question()), { state: 'reserved' }, 'what the old day had left')
    t.match(
      await accounts.reserve(question()),
      { state: 'refused', code: 'quota-day', retryAfterMs: hour / 2 },
      'and no more, until its end and no longer',
    )
    await accounts.settle(settlementOf(before, used(10)))
    t.match(
      await accounts.reserve(question({ promptTokens: 50 })),
      { state: 'reserved' },
      'given back to that day',
    )
    await clock.set(midnight + hour)
    t.match(await accounts.reserve(question()), { state: 'reserved' }, 'what the new day had left')
    t.match(await accounts.reserve(question()), { state: 'refused', code: 'quota-day' })
  })

  await t.test('a clock that was a year behind locks nobody out when it is right again', async (t) => {
    const { accounts, clock } = await open(t)
    await clock.set(noon - 365 * day)
    const quota = { ...unlimited, tokensPerMinute: 150, tokensPerDay: 150 }
    const { question } = await connectedBox(accounts, { quota })
    t.match(await accounts.reserve(question()), { state: 'reserved' })
    t.match(await accounts.reserve(question()), { state: 'refused' })
    await clock.set(noon)
    t.match(await accounts.reserve(question()), { state: 'reserved' })
    await clock.set(noon - 6 * hour)
    t.match(await accounts.reserve(question()), {
      state: 'refused',
      code: 'quota-day',
      retryAfterMs: 18 * hour,
    })
  })

  await t.test(
    'a clock stepped back by hours keeps dead processes alive for a lease and no longer',
    async (t) => {
      const { accounts, again, clock } = await open(t)
      const other = await again()
      await clock.set(noon)
      const { question } = await connectedBox(accounts)
      await accounts.reserve(question())
      await clock.set(noon - 5 * hour)
      // Nobody has beaten since: for the store no time has passed.
      t.equal(await other.settleDead(), 0)
      await pass(other, clock, clock.leaseMs * 1.5)
      t.equal(await other.settleDead(), 1)
      t.match(await accounts.usage({}), [{ answers: 1 }])
    },
  )

  await t.test('codes end by the clock, and one that was ahead destroys none', async (t) => {
    const { accounts, clock } = await open(t)
    await clock.set(noon)
    const code = newEnrolmentCode()
    await accounts.createCode({ code, label: '', quota: unlimited, expiresAt: noon + hour })
    await clock.set(noon + 365 * day)
    const box = newBox()
    await t.rejects(accounts.register(code, box), { code: 'code-expired' })
    await accounts.beat('p1', [])
    await accounts.prune()
    await clock.set(noon + hour / 2)
    await accounts.prune()
    t.match(await accounts.register(code, box), { box: box.box }, 'the clock is right again')
    await clock.set(noon - 12 * hour)
    await t.rejects(accounts.register(code, newBox()), { code: 'code-used' }, 'spent is spent')
    t.match(await accounts.register(code, box), { box: box.box }, 'its own box gets its answer again')
  })
}

/** The lease of a process, and how far its answers are. */
import { setTimeout as pause } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { type Accounts, AccountsAway, type Progress } from '../../src/accounts/accounts.ts'
import { takeLease } from '../../src/answers/lease.ts'
import { until } from '../support/until.ts'

const timing = { leaseMs: 1000, beatMs: 300, noteMs: 20, settleDeadMs: 10_000, pruneMs: 10_000 }

function progressOf(rid: string, completionTokens: number): Progress {
  return {
    ...{ box: 'box-1', rid, epoch: 1, target: 'gpu', cost: 0 },
    usage: { promptTokens: 5, completionTokens, exact: false },
  }
}

async function lease(t: Test, beat: (news: readonly Progress[]) => Promise<void> = async () => {}) {
  const running: Progress[] = []
  const beats: { at: number; news: readonly Progress[] }[] = []
  const accounts: Pick<Accounts, 'beat' | 'settleDead' | 'giveBack' | 'leave' | 'prune'> = {
    async beat(_process, news) {
      beats.push({ at: performance.now(), news })
      await beat(news)
    },
    settleDead: async () => 0,
    giveBack: async () => 0,
    leave: async () => {},
    prune: async () => {},
  }
  const taken = await takeLease({
    accounts,
    process: 'p1',
    progress: () => [...running],
    known: () => [],
    log() {},
    timing,
  })
  t.teardown(taken.leave)
  return { lease: taken, running, beats }
}

t.test('answers that go on are noted much oftener than a lease is renewed', async (t) => {
  const { running, beats } = await lease(t)
  running.push(progressOf('a', 1), progressOf('b', 1))
  await until(() => beats.length === 2)
  t.same(beats[1]?.news, running)
  running[1] = progressOf('b', 30)
  await until(() => beats.length === 3)
  t.same(beats[2]?.news, [progressOf('b', 30)], 'those that stand still are not written again')
  running.length = 0
  await pause(150)
  t.equal(beats.length, 3, 'without news the lease alone decides')
  await until(() => beats.length === 4)
  t.same(beats[3]?.news, [])
})

t.test('what the accounts did not take is told them again, and soon', async (t) => {
  let away = false
  const {
    running,
    beats,
    lease: held,
  } = await lease(t, async () => {
    if (away) throw new AccountsAway('away')
  })
  away = true
  running.push(progressOf('a', 7))
  await until(() => beats.length >= 4)
  t.same(beats.at(-1)?.news, running)
  away = false
  const { length } = beats
  await until(() => beats.length > length)
  t.same(beats.at(-1)?.news, running)
  t.ok(held.held)
})

t.test('accounts that are slow get one beat at a time', async (t) => {
  let inWork = 0
  let most = 0
  const { running, beats } = await lease(t, async () => {
    inWork += 1
    most = Math.max(most, inWork)
    await pause(100)
    inWork -= 1
  })
  running.push(progressOf('a', 1))
  const counting = setInterval(() => {
    running[0] = progressOf('a', beats.length * 10)
  }, 5)
  t.teardown(() => clearInterval(counting))
  await until(() => beats.length >= 4)
  t.equal(most, 1)
})

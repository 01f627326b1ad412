/**
 * This process among those that share the accounts: it renews its lease, settles what dead ones left behind, and knows
 * when it has to stop taking questions because it could not pay for them in order. Answers that go on are noted oftener
 * than a lease has to be renewed: what was used after the last note is missing from the estimate of a killed process.
 */
import type { Accounts, Known, Progress } from '../accounts/accounts.ts'
import type { Log } from '../log.ts'
import type { GatewayTiming } from '../timing.ts'
import { createNoted } from './noted.ts'

export interface Lease {
  /** False: it has run out, and no question may be taken. */
  readonly held: boolean
  /** The process ends in order. Never rejects. */
  leave(): Promise<void>
}

export interface LeaseCollaborators {
  accounts: Pick<Accounts, 'beat' | 'settleDead' | 'giveBack' | 'leave' | 'prune'>
  process: string
  progress(): Progress[]
  /** Every question of this process that is not settled. */
  known(): Known[]
  log: Log
  timing: Pick<GatewayTiming, 'leaseMs' | 'beatMs' | 'noteMs' | 'settleDeadMs' | 'pruneMs'>
}

/** Resolves when the first beat is written; rejects when it cannot be. */
export async function takeLease({
  accounts,
  process,
  progress,
  known,
  log,
  timing,
}: LeaseCollaborators): Promise<Lease> {
  let renewedAt = performance.now()
  /** The last beat did not reach the accounts; one is on its way. */
  let missed = false
  let beating = false
  let failed = false
  let left = false
  const noted = createNoted()
  const everyMs = Math.min(timing.noteMs, timing.beatMs)

  async function beat(news: Progress[]): Promise<void> {
    beating = true
    // From before the call: the lease counts from when it was written, which is no earlier.
    const at = performance.now()
    try {
      await accounts.beat(process, news)
      renewedAt = at
      missed = false
    } catch (error) {
      missed = true
      throw error
    } finally {
      beating = false
    }
  }

  async function beatWhenDue(): Promise<void> {
    if (beating) return
    const running = progress()
    const news = noted.news(running)
    const due = performance.now() - renewedAt > timing.beatMs - everyMs / 2
    if (!due && !missed && news.length === 0) return
    await attempt(async () => {
      await beat(news)
      noted.told(running)
    })
  }

  async function attempt(step: () => Promise<unknown>): Promise<void> {
    if (left) return
    try {
      await step()
      if (failed) log('accounts-back')
      failed = false
    } catch {
      if (!failed) log('accounts-away')
      failed = true
    }
  }

  async function settleDead(): Promise<void> {
    const settled = await accounts.settleDead()
    if (settled > 0) log('settled-dead', { answers: settled })
    const givenBack = await accounts.giveBack(process, known())
    if (givenBack > 0) log('given-back', { questions: givenBack })
  }

  await beat(progress())
  await attempt(settleDead)
  const timers = [
    setInterval(() => void beatWhenDue(), everyMs),
    setInterval(() => void attempt(settleDead), timing.settleDeadMs),
    setInterval(() => void attempt(() => accounts.prune()), timing.pruneMs),
  ]
  return {
    get held() {
      return performance.now() - renewedAt < timing.leaseMs
    },
    async leave() {
      left = true
      for (const timer of timers) clearInterval(timer)
      await accounts.leave(process).catch(() => log('accounts-away'))
    },
  }
}

/**
 * This process among those that share the accounts: it renews its lease, settles what dead ones left behind, and knows
 * when it has to stop taking questions because it could not pay for them in order.
 */
import type { Accounts, Progress } from '../accounts/accounts.ts'
import type { Log } from '../log.ts'
import type { GatewayTiming } from '../timing.ts'

export interface Lease {
  /** False: it has run out, and no question may be taken. */
  readonly held: boolean
  /** The process ends in order. Never rejects. */
  leave(): Promise<void>
}

export interface LeaseCollaborators {
  accounts: Pick<Accounts, 'beat' | 'settleDead' | 'leave' | 'prune'>
  process: string
  progress(): Progress[]
  log: Log
  timing: Pick<GatewayTiming, 'leaseMs' | 'beatMs' | 'settleDeadMs' | 'pruneMs'>
}

/** Resolves when the first beat is written; rejects when it cannot be. */
export async function takeLease({
  accounts,
  process,
  progress,
  log,
  timing,
}: LeaseCollaborators): Promise<Lease> {
  let renewedAt = performance.now()
  let failed = false
  let left = false

  async function beat(): Promise<void> {
    // From before the call: the lease counts from when it was written, which is no earlier.
    const at = performance.now()
    await accounts.beat(process, progress())
    renewedAt = at
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
  }

  await beat()
  await attempt(settleDead)
  const timers = [
    setInterval(() => void attempt(beat), timing.beatMs),
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

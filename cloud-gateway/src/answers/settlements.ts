/**
 * Usage on its way into the accounts. What cannot be booked now is tried again, in order and with back-off, for as
 * long as the process lives; after that the reservation is settled as estimated by another (`Accounts.settleDead`).
 */
import type { Accounts, Known, Settlement } from '../accounts/accounts.ts'
import type { Log } from '../log.ts'

export interface Settlements {
  /** Not booked yet. */
  readonly pending: number
  unbooked(): Iterable<Known>
  /** Resolves when it is booked; never rejects. */
  settle(settlement: Settlement): Promise<void>
  /** Resolves when nothing is pending, or after so long. */
  quiet(ms: number): Promise<void>
  close(): void
}

export const backoff = { firstMs: 500, lastMs: 30_000 }

export function createSettlements(
  accounts: Pick<Accounts, 'settle'>,
  log: Log,
  { firstMs, lastMs } = backoff,
): Settlements {
  /** Those that failed once, the oldest first. */
  const again: { settlement: Settlement; booked: () => void }[] = []
  const unbooked = new Set<Settlement>()
  let delay = firstMs
  let timer: NodeJS.Timeout | null = null
  let retrying = false
  let closed = false
  let waiting: (() => void)[] = []

  async function book(settlement: Settlement): Promise<void> {
    const counted = await accounts.settle(settlement)
    const { box, rid, epoch } = settlement
    // Another process took this one for dead and has settled it as estimated.
    if (!counted) log('settled-before', { box, rid, epoch })
  }

  function done(settlement: Settlement, booked: () => void): void {
    unbooked.delete(settlement)
    booked()
    if (unbooked.size > 0) return
    for (const resolve of waiting) resolve()
    waiting = []
  }

  function later(): void {
    if (closed || timer || retrying || again.length === 0) return
    timer = setTimeout(() => {
      timer = null
      void retry()
    }, delay)
    delay = Math.min(delay * 2, lastMs)
  }

  async function retry(): Promise<void> {
    retrying = true
    try {
      while (again.length > 0 && !closed) {
        await book(again[0]!.settlement)
        const { settlement, booked } = again.shift()!
        done(settlement, booked)
      }
      delay = firstMs
    } catch {
      log('settle-failed', { waiting: again.length })
    }
    retrying = false
    later()
  }

  return {
    get pending() {
      return unbooked.size
    },
    unbooked: () => unbooked,
    settle(given) {
      const settlement = { ...given }
      unbooked.add(settlement)
      return new Promise((resolve) => {
        book(settlement).then(
          () => done(settlement, resolve),
          () => {
            again.push({ settlement, booked: resolve })
            later()
          },
        )
      })
    },
    quiet(ms) {
      if (unbooked.size === 0) return Promise.resolve()
      return new Promise((resolve) => {
        const patience = setTimeout(resolve, ms)
        waiting.push(() => {
          clearTimeout(patience)
          resolve()
        })
      })
    },
    close() {
      if (timer) clearTimeout(timer)
      timer = null
      // Also where one is being retried at this moment.
      closed = true
    },
  }
}

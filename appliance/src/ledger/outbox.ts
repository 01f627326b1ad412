import { TanboxError } from '../errors.ts'
import type { Ledger, LedgerEntry } from './ledger.ts'

/** The rows that wait in the store (see store/outbox.ts). */
export interface OutboxRows {
  /** Oldest first. */
  pending(limit: number): readonly (LedgerEntry & { id: number })[]
  settle(id: number, index: number, origin: string): void
  claim(origin: string): void
  counts(): { pending: number }
}

export interface LedgerState {
  state: 'reachable' | 'unreachable' | 'off'
  /** Entries that are safe in the store and not yet on the ledger. */
  pending: number
  /** Entries of the log when the node last answered. */
  size: number | null
}

export interface Outbox {
  /** Rows were added: look now rather than at the next round. */
  wake(): void
  state(): LedgerState
  /** Ends after the request under way has been given up; nothing is lost, the rows stay. */
  close(): Promise<void>
}

const batchSize = 256
/** With nothing to send the node is asked how it is, so that its state is known before it is needed. */
const idleMs = 10_000
const firstRetryMs = 250
const longestRetryMs = 30_000

/**
 * Carries the store's pending entries to the ledger, oldest first, for as long as the box runs. An entry may be
 * sent twice (the box or the node died between writing and telling) and stands on the ledger once, as its
 * commitment is its key there.
 */
export function createOutbox(parts: {
  rows: OutboxRows
  ledger: Ledger
  /** Told once when the node goes away and once when it is back. */
  notice: (sentence: string) => void
}): Outbox {
  const { rows, ledger, notice } = parts
  const stop = new AbortController()
  let state: LedgerState['state'] = 'unreachable'
  let size: number | null = null
  /** Whether rows of an earlier version have been told which log they are of. */
  let claimed = false
  let failures = 0
  let rouse = () => {}
  let roused = false

  const wake = () => {
    roused = true
    rouse()
  }

  const sleep = (ms: number, wakeable: boolean) =>
    new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer)
        rouse = () => {}
        stop.signal.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, ms)
      stop.signal.addEventListener('abort', done)
      if (wakeable) rouse = done
    })

  async function sendBatch(): Promise<void> {
    const batch = rows.pending(batchSize)
    if (!claimed || batch.length === 0) {
      const head = await ledger.head(stop.signal)
      if (!claimed) rows.claim(head.origin)
      claimed = true
      size = head.size
    }
    if (batch.length === 0) return
    const { origin, indexes } = await ledger.append(batch, stop.signal)
    batch.forEach((row, place) => {
      rows.settle(row.id, indexes[place]!, origin)
    })
    size = Math.max(size ?? 0, ...indexes.map((index) => index + 1))
    roused = true
  }

  function succeeded(): void {
    if (failures > 0) notice('The ledger node is reachable again.')
    failures = 0
    state = 'reachable'
  }

  function failed(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error)
    if (failures === 0 && state !== 'off') notice(`${reason} Entries wait in the store.`)
    failures += 1
    state = error instanceof TanboxError && error.code === 'ledger-off' ? 'off' : 'unreachable'
  }

  async function run(): Promise<void> {
    while (!stop.signal.aborted) {
      roused = false
      try {
        await sendBatch()
        succeeded()
        if (!roused) await sleep(idleMs, true)
      } catch (error) {
        if (stop.signal.aborted) return
        failed(error)
        await sleep(retryAfter(failures), false)
      }
    }
  }

  const running = run()
  return {
    wake,
    state: () => ({ state, pending: rows.counts().pending, size }),
    async close() {
      stop.abort()
      await running
    },
  }
}

/** Jitter, so that boxes that lost one node together do not come back together. New rows do not shorten it. */
function retryAfter(failures: number): number {
  const longest = Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(failures - 1, 10))
  return longest * (0.5 + Math.random() / 2)
}

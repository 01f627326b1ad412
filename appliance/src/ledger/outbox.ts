import { setImmediate as turn } from 'node:timers/promises'
import { TanboxError } from '../errors.ts'
import type { Ledger, LedgerEntry } from './ledger.ts'

/** The rows that wait in the store (see store/outbox.ts). */
export interface OutboxRows {
  /** Oldest first. */
  pending(limit: number): readonly (LedgerEntry & { id: number })[]
  settle(id: number, index: number, origin: string): void
  claim(origin: string): void
  requeue(origin: string, limit: number): number
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
/** Rows that are made to wait again in one step: some milliseconds, in which the box answers nobody. */
const requeueSize = 2048
/** With nothing to send the node is asked how it is, so that its state is known before it is needed. */
const idleMs = 10_000
const firstRetryMs = 250
const longestRetryMs = 30_000

/**
 * Carries the store's pending entries to the ledger, oldest first, for as long as the box runs. An entry may be
 * sent twice (the box or the node died between writing and telling) and stands on the ledger once, as its
 * commitment is its key there. When another log has begun, everything goes to that one as well, oldest first: the old
 * one may have lost, by a restore, what it had acknowledged.
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
  /** The log that all settled rows are of; null before the node has answered. */
  let current: string | null = null
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
    // Before each batch: what is older than the batch has to go to a new log before it.
    const head = await ledger.head(stop.signal)
    size = head.size
    await goOn(head.origin)
    const batch = rows.pending(batchSize)
    if (batch.length === 0) return
    const { origin, indexes } = await ledger.append(batch, stop.signal)
    batch.forEach((row, place) => {
      rows.settle(row.id, indexes[place]!, origin)
    })
    size = Math.max(...indexes.map((index) => index + 1), origin === head.origin ? size : 0)
    roused = true
  }

  /** Has everything that is settled in other logs sent to this one. A crash on the way is made good at the next start. */
  async function goOn(origin: string): Promise<void> {
    if (origin === current) return
    // A box begins with generation 1: rows of an earlier version that wrote no origin are of that log.
    if (origin.endsWith('/1')) rows.claim(origin)
    let moved = 0
    for (let more = 1; more > 0; moved += more) {
      more = rows.requeue(origin, requeueSize)
      await turn()
      stop.signal.throwIfAborted()
    }
    if (moved > 0) notice(`The ledger goes on as ${origin}; ${moved} entries are sent to it once more.`)
    current = origin
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

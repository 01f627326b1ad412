import type { AccountsStore } from '../store.ts'

/** The same calls, done at once: what runs in the thread that has the database. */
export type SyncCalls<Calls> = {
  [K in keyof Calls]: Calls[K] extends (...given: infer A) => Promise<infer R> ? (...given: A) => R : never
}

export type StoreCalls = Omit<AccountsStore, 'close'>
export type StoreCall = {
  [K in keyof StoreCalls]: { name: K; given: Parameters<StoreCalls[K]> }
}[keyof StoreCalls]

/** Calls that are done in one transaction. */
export interface Batch {
  /** Milliseconds since 1970 when it was sent: the thread asks no clock. */
  now: number
  calls: StoreCall[]
}

export type Outcome =
  | { value: unknown }
  | { refused: { code: string; message: string } }
  /** The call had no effect. */
  | { failed: string }

export interface ThreadSettings {
  path: string
  /** Whether this process is the one gateway on the file; others (the command line) do not take the lock. */
  lock: boolean
  leaseMs: number
}

export type FromThread = { ready: true } | { broken: string } | { outcomes: Outcome[] }

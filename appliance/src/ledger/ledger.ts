import type { Head } from '@tanbox/ledger-node/chain'
import type { VerifyReport } from '@tanbox/ledger-node/protocol'

/** An entry as the box gives it: its kind, and the commitment to a content that stays here. */
export interface LedgerEntry {
  type: string
  commitment: string
}

export interface LedgerItem extends LedgerEntry {
  seq: number
  time: string
  /** Leaf hash, which is `prev` of the next entry. */
  hash: string
}

/** A page of the log, newest first. */
export interface LedgerPage {
  origin: string
  size: number
  /** Leaf hash of the last entry. */
  head: string
  items: LedgerItem[]
}

/**
 * The log this box writes to. Every call throws `ledger-unreachable` when the node is away and `ledger-off` when
 * the box has none.
 */
export interface Ledger {
  /** Durable when it returns. Indexes in the order given; a commitment that is there already keeps its first one. */
  append(entries: readonly LedgerEntry[], signal?: AbortSignal): Promise<number[]>
  head(signal?: AbortSignal): Promise<Head & { origin: string }>
  /** The exact bytes of the entries [from, from + limit), as many as the node gives at once. */
  entries(from: number, limit: number, signal?: AbortSignal): Promise<Buffer[]>
  /** `limit` entries before number `before` (default: the end). */
  page(query: { before?: number; limit: number }, signal?: AbortSignal): Promise<LedgerPage>
  /** Has the node read its whole log again. */
  verify(signal?: AbortSignal): Promise<VerifyReport>
}

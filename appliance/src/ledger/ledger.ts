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

/** How far others vouch for the log, and whether it goes on. */
export interface LedgerStanding {
  /** Entries under the newest checkpoint that others may see, and under the newest final one. */
  published: number
  final: number
  /** So many of n witnesses, this box not counted, have cosigned all that is published. */
  witnessed: { k: number; n: number }
  /** Why nothing can be appended just now; null when all is well. */
  held: string | null
  /** Origins of logs that were proved to have two histories. */
  forks: string[]
}

/** A page of the log, newest first. */
export interface LedgerPage extends LedgerStanding {
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
  /**
   * Durable when it returns. Indexes in the order given, and the origin of the log that they are of; a commitment that
   * is there already keeps its first one.
   */
  append(
    entries: readonly LedgerEntry[],
    signal?: AbortSignal,
  ): Promise<{ origin: string; indexes: number[] }>
  head(signal?: AbortSignal): Promise<Head & LedgerStanding & { origin: string }>
  /** The exact bytes of the entries [from, from + limit), as many as the node gives at once. */
  entries(from: number, limit: number, signal?: AbortSignal): Promise<Buffer[]>
  /** `limit` entries before number `before` (default: the end). */
  page(query: { before?: number; limit: number }, signal?: AbortSignal): Promise<LedgerPage>
  /** Has the node read its whole log again. */
  verify(signal?: AbortSignal): Promise<VerifyReport>
}

import { ChainError, emptyHead, follow } from '@tanbox/ledger-node/chain'
import { type Entry, opens } from '@tanbox/ledger-node/entry'
import type { VerifyReport } from '@tanbox/ledger-node/protocol'
import type { Ledger } from './ledger.ts'

/** What the store kept about an entry that is on the ledger. Content and salt are null once erased. */
export interface KeptRow {
  index: number | null
  commitment: string
  content: string | null
  salt: string | null
}

export interface KeptRows {
  /** Rows in this log from number `from` on, in its order. */
  settled(origin: string, from: number, limit: number): KeptRow[]
}

/** What the box found when it checked its own ledger. */
export interface LedgerCheck {
  ok: boolean
  /** Entries whose chain the box recomputed itself, from the bytes the node gave. */
  entries: number
  head: string
  /** Contents that open the commitment on the ledger, contents that were erased, entries written by others. */
  contents: { opened: number; erased: number; foreign: number }
  /** What the node says after reading its files again. */
  node: VerifyReport
  checked: string[]
  problem: { seq: number; what: string } | null
}

const pageSize = 1024

/**
 * Checks the ledger from the box's side: the node's own verification, the chain recomputed here, and that every
 * content the store kept opens the commitment that stands at its number.
 */
export async function checkLedger(
  parts: { ledger: Ledger; rows: KeptRows },
  signal?: AbortSignal,
): Promise<LedgerCheck> {
  const { ledger, rows } = parts
  const { origin } = await ledger.head(signal)
  const node = await ledger.verify(signal)
  const contents = { opened: 0, erased: 0, foreign: 0 }
  let head = emptyHead
  let problem: LedgerCheck['problem'] = node.problem && { seq: node.problem.seq, what: node.problem.what }
  while (problem === null && head.size < node.entries) {
    const page = await ledger.entries(head.size, Math.min(pageSize, node.entries - head.size), signal)
    if (page.length === 0) problem = { seq: head.size, what: 'the node does not give this entry' }
    const kept = keptByIndex(rows.settled(origin, head.size, page.length))
    for (const bytes of page) {
      try {
        const next = follow(head, bytes)
        problem = checkContent(next.entry, kept.get(next.entry.seq), contents)
        if (problem) break
        head = next.head
      } catch (error) {
        if (!(error instanceof ChainError)) throw error
        problem = { seq: error.seq, what: error.message }
        break
      }
    }
  }
  if (!problem && head.hash !== node.head)
    problem = { seq: head.size - 1, what: 'the node names another last entry' }
  problem ??= missing(rows, await ledger.head(signal), origin)
  const checked = [...node.checked, 'chain-recomputed', 'contents-open-commitments', 'nothing-missing']
  return { ok: problem === null, entries: head.size, head: head.hash, contents, node, checked, problem }
}

function keptByIndex(rows: KeptRow[]): Map<number, KeptRow> {
  return new Map(rows.flatMap((row) => (row.index === null ? [] : [[row.index, row]])))
}

function checkContent(
  entry: Entry,
  row: KeptRow | undefined,
  contents: LedgerCheck['contents'],
): LedgerCheck['problem'] {
  if (!row) {
    contents.foreign += 1
    return null
  }
  if (row.commitment !== entry.commitment) {
    return {
      seq: entry.seq,
      what: 'the ledger holds another commitment than the one this box was given a number for',
    }
  }
  if (row.content === null || row.salt === null) {
    contents.erased += 1
    return null
  }
  if (!opens(entry.commitment, row.content, row.salt)) {
    return { seq: entry.seq, what: 'the content kept by this box does not open the commitment' }
  }
  contents.opened += 1
  return null
}

/** An entry that the node acknowledged and does not hold: numbered beyond the end it has now. */
function missing(
  rows: KeptRows,
  now: { origin: string; size: number },
  origin: string,
): LedgerCheck['problem'] {
  if (now.origin !== origin) return null
  const [lost] = rows.settled(origin, now.size, 1)
  return lost?.index == null
    ? null
    : { seq: lost.index, what: 'the ledger lost an entry that it had acknowledged' }
}

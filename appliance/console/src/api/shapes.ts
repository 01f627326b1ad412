import type {
  Answer,
  Block,
  ConversationRow,
  DocumentRow,
  Hit,
  Reason,
  Span,
  TextItem,
  UnitKind,
} from '../../../src/model.ts'

/** Answers of the HTTP API that are not nouns of `model.ts` by themselves. */

export interface BoxState {
  claimed: boolean
  signedIn: boolean
  name: string
  version: string
}

export interface DocumentPage {
  items: DocumentRow[]
  total: number
  next: string | null
}

/** One file of an upload, after its bytes are durable or refused. */
export interface UploadOutcome {
  /** Absent when the file was refused. */
  id?: string
  name: string
  state: DocumentRow['state']
  reason?: Reason
}

export interface DocumentView {
  document: DocumentRow
  units: { ordinal: number; kind: UnitKind; label: string; length: number }[]
}

export interface UnitView {
  ordinal: number
  kind: UnitKind
  label: string
  text: string
  items?: TextItem[]
  /** Blocks that start in this unit. */
  blocks: Block[]
}

export interface SearchResult {
  hits: (Hit & { spans: Span[] })[]
  searched: string
  tookMs: number
}

export interface ConversationView {
  conversation: ConversationRow
  answers: Answer[]
}

export interface LedgerPage {
  origin: string
  size: number
  head: string
  /** Entries under the newest published and the newest final checkpoint. */
  published: number
  final: number
  /** So many of n other boxes have cosigned all that is published. */
  witnessed: { k: number; n: number }
  held: string | null
  forks: string[]
  items: { seq: number; type: string; time: string; commitment: string; hash: string }[]
}

export interface LedgerVerdict {
  ok: boolean
  /** Entries whose chain is sound, from the first on. */
  entries: number
  /** Contents that open their commitment, contents that were erased, entries of others. */
  contents: { opened: number; erased: number; foreign: number }
  problem: { seq: number; what: string } | null
}

export interface SettingRow {
  name: string
  /** Secrets come masked. */
  value: string
  from: 'default' | 'file' | 'environment'
  description: string
}

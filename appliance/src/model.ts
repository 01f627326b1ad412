/**
 * The nouns of the box, as types only. Nothing here runs. What crosses the HTTP border has these shapes too:
 * the console imports them as types.
 *
 * Offsets are UTF-16 code units, ranges are half open, times are RFC 3339 UTC strings, sizes are bytes.
 */

declare const scopeBrand: unique symbol

/**
 * What a principal may read. Only `access/scope.ts` makes one, from an authenticated principal; every read of
 * passages, originals, conversations or answers takes it (DESIGN rule 3).
 */
export interface Scope {
  readonly [scopeBrand]: true
  readonly principal: string
  /** Spaces whose sources may be read. One space, `home`, exists so far. */
  readonly spaces: readonly string[]
}

export type FileType = 'pdf' | 'docx' | 'pptx' | 'xlsx' | 'csv' | 'md' | 'txt' | 'html'

// ---- what a parser yields ----------------------------------------------------------------------------------

export type UnitKind = 'page' | 'sheet' | 'slide' | 'text'

/** A stretch of a document as its reader sees it: a page, a sheet, a slide, or the whole of a flowing text. */
export interface Unit {
  kind: UnitKind
  /** Page or slide number, sheet name; empty for a flowing text. */
  label: string
  /** The original text, not normalised. For PDF: `item.str` joined, a newline where `hasEOL` (the viewer does the same). */
  text: string
  /** PDF only: where each stretch of `text` stands on the page. */
  items?: TextItem[]
}

export interface TextItem {
  start: number
  end: number
  /** x0, y0, x1, y1 as shares (0-1) of the unrotated page, origin at the top left. */
  rect: [number, number, number, number]
}

/** [start, end) in the text of unit number `unit` (index from 0). */
export interface Span {
  unit: number
  start: number
  end: number
}

export interface TableCell extends Span {
  /** Spreadsheet address, e.g. `B3`. */
  ref?: string
}

export interface Table {
  /** How many leading rows are the header (0 when none was recognised). */
  headerRows: number
  rows: TableCell[][]
}

export type BlockKind = 'heading' | 'paragraph' | 'list-item' | 'table' | 'code'

/** A heading, paragraph, list item or table, in reading order. */
export interface Block {
  kind: BlockKind
  /** Heading level 1-6, or depth of a list item from 1. */
  level?: number
  /** Where its text stands; several spans where lines or a page break interrupt it. Empty for tables. */
  spans: Span[]
  table?: Table
}

export interface ParsedDocument {
  /** Title found in the content (not the file name); absent where there is none. */
  title?: string
  units: Unit[]
  blocks: Block[]
  /** Pages, sheets or slides; 1 for a flowing text. */
  pages: number
  /** Plain remarks on what was left out, e.g. pages without text. */
  warnings: string[]
}

// ---- passages ----------------------------------------------------------------------------------------------

/**
 * A stretch of normalised text and the original it came from: [textStart, textLength, unit, start, length].
 * Equal lengths map one to one; unequal ones (NFKC changed the length) map as a whole.
 */
export type OffsetRun = [number, number, number, number, number]

export type Locator =
  | { kind: 'page'; from: number; to: number }
  | { kind: 'slide'; from: number; to: number }
  | { kind: 'sheet'; name: string; range: string }
  | { kind: 'section' }

export interface Passage {
  /** Deterministic: the same bytes, title and pipeline give the same ids. 32 hex digits. */
  id: string
  ordinal: number
  /** NFKC-normalised, lines joined. */
  text: string
  kind: 'text' | 'table'
  /** Document title and heading path, the context under which it is embedded and searched. */
  title: string
  headings: string[]
  locator: Locator
  runs: OffsetRun[]
  /** Length of `text` in model tokens. */
  tokens: number
}

// ---- search ------------------------------------------------------------------------------------------------

export interface Filters {
  types?: FileType[]
  /** Path prefix inside the drop folder, e.g. `能源/2025`. */
  folder?: string
  /** Bounds on the file's modification time, inclusive (date or date-time). */
  from?: string
  to?: string
  /** Only these sources. */
  sources?: string[]
}

/** Rank (from 1) and score of a passage in one method; null where that method did not find it. */
export interface MethodScore {
  rank: number
  score: number
}

export interface Hit {
  passage: Passage
  source: SourceRef
  score: number
  why: { words: MethodScore | null; vectors: MethodScore | null; [method: string]: MethodScore | null }
  /** Neighbours merged into `passage`: the ids of the stored passages it is made of, in reading order. */
  parts?: string[]
}

/** The file a passage is cited from. Where several sources hold the same content, the first the asker may read. */
export interface SourceRef {
  id: string
  name: string
  path: string
  type: FileType
  title: string
  modifiedAt: string
}

// ---- documents as the console lists them -------------------------------------------------------------------

export type SourceKind = 'folder' | 'upload'
/** `offline`: the folder it lives in has vanished as a whole; still searchable, nothing is deleted. */
export type SourceState = 'queued' | 'reading' | 'ready' | 'failed' | 'offline'

/** A failure a person can read, in both languages of the console. */
export interface Reason {
  code: string
  zh: string
  en: string
}

export interface DocumentRow {
  id: string
  kind: SourceKind
  name: string
  path: string
  type: FileType | 'unknown'
  title: string
  size: number
  state: SourceState
  reason: Reason | null
  warnings: string[]
  pages: number
  passages: number
  addedAt: string
  modifiedAt: string
  sha256: string
}

export interface Progress {
  /** Files of the present batch. */
  done: number
  total: number
  failed: number
  current: string[]
  pagesPerSecond: number
  passagesPerSecond: number
  /** Set while the drop folder is missing, unmounted or suddenly empty, and deletions are held back. */
  paused: Reason | null
  /** Set while all vectors are being re-made after a change of model or pipeline. */
  remaking: { done: number; total: number } | null
  failures: { id: string; name: string; reason: Reason }[]
}

/** How the box and its cloud gateway stand. */
export interface GatewayStatus {
  /** `revoked`: the gateway shut this box out for good; it is not dialled any more. */
  state: 'connected' | 'connecting' | 'unreachable' | 'revoked' | 'off'
  /** Alias that questions name. */
  model: string
  /** Name and address of the gateway, and by which id and key it knows this box; empty without one. */
  name: string
  url: string
  box: string
  key: string
  /** Aliases that the gateway offers; while it is away, those that it offered last. None once it has shut the box out. */
  models: readonly string[]
  /** Tokens and simultaneous answers allowed to this box; null: no limit. Null as a whole before the first connection, and
   * once the gateway has shut the box out; while it is away, as it was last. */
  quota: { tokensPerMinute: number | null; tokensPerDay: number | null; streams: number } | null
  /** Of the last answer, from the moment it was asked for to its first text, milliseconds. */
  firstTokenMs: number | null
  /** What keeps it from being connected, in a sentence. */
  problem: Reason | null
}

/** Health of the box in one object. */
export interface BoxStatus {
  version: string
  startedAt: string
  counts: {
    documents: number
    ready: number
    failed: number
    queued: number
    offline: number
    passages: number
  }
  progress: Progress
  services: {
    gateway: GatewayStatus
    ledger: { state: 'reachable' | 'unreachable' | 'off'; pending: number; size: number | null }
  }
  index: { backend: string; passages: number }
  model: { id: string; dimension: number }
  pipeline: string
  dropFolder: string
  /** Resident bytes of the appliance process. */
  memory: number
}

// ---- answers -----------------------------------------------------------------------------------------------

export interface Citation {
  /** The number shown: index from 1 into the passages that were sent. */
  number: number
  passage: string
  source: SourceRef
  locator: Locator
  headings: string[]
  /** The words relied on, exactly as they stand in the stored passage. */
  quote: string
  /** Where these words stand in the original units. */
  spans: Span[]
}

/** A citation placed behind the answer's text at UTF-16 offset `at`. */
export interface PlacedCitation extends Citation {
  at: number
}

export interface SentPassage {
  number: number
  passage: string
  source: SourceRef
  locator: Locator
  headings: string[]
  text: string
  score: number
  why: Hit['why']
}

/** Exact account of what left the box for one answer (DESIGN rule 5). */
export interface EgressReceipt {
  /** SHA-256 of the exact bytes that were handed to the socket, hex; null when nothing left the box. */
  sha256: string | null
  bytes: number
  /** The payload itself, so that anyone can recompute the hash. */
  payload: string
  redactions: { kind: string; count: number }[]
  sentAt: string
}

export interface Answer {
  id: string
  conversation: string
  question: string
  /** What was searched for, after a follow-up was completed from the conversation. */
  searched: string
  text: string
  citations: PlacedCitation[]
  /** Stretches of `text` that no sent passage supports. */
  unsupported: { start: number; end: number }[]
  /** Citations that the model gave and that did not hold. */
  dropped: number
  outcome: 'answered' | 'not-in-documents' | 'stopped' | 'incomplete' | 'failed'
  /** Who wrote it: a model behind the gateway, or the box itself by quoting. */
  via: 'gateway' | 'box'
  model: string
  /** Why the box answered itself, when the gateway was asked first. */
  notice: Reason | null
  /** Which model was asked first and could not answer; absent in answers of earlier versions. */
  fallback?: Reason | null
  passages: SentPassage[]
  receipt: EgressReceipt
  timings: { searchMs: number; promptMs: number; firstTokenMs: number | null; totalMs: number }
  usage: { promptTokens: number; completionTokens: number; exact: boolean } | null
  createdAt: string
}

/** What the console and the command line receive while an answer is being made, in this order. */
export type AnswerEvent =
  | { type: 'started'; answer: string; conversation: string }
  | { type: 'searched'; query: string; passages: SentPassage[]; ms: number }
  /** Again when another model takes over. */
  | { type: 'writing'; via: Answer['via']; model: string; notice: Reason | null; fallback?: Reason | null }
  | { type: 'waiting'; state: 'queued' | 'prefill' | 'reasoning'; position?: number }
  | { type: 'delta'; text: string }
  | { type: 'restart' }
  | { type: 'citation'; citation: PlacedCitation }
  | { type: 'unsupported'; start: number; end: number }
  | { type: 'done'; answer: Answer }
  | { type: 'failed'; reason: Reason }

export interface ConversationRow {
  id: string
  title: string
  createdAt: string
  updatedAt: string
  answers: number
}

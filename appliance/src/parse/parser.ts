import { TanboxError } from '../errors.ts'
import type { FileType, ParsedDocument } from '../model.ts'

/**
 * Turns the bytes of one file into units and blocks. One implementation per format; each runs in a child process
 * (child.ts) and may therefore be slow, but must not do without end what its limits can prevent.
 *
 * Throws TanboxError with a `file-…` code for what it recognises; whatever else it throws means that the file is
 * not what it claims to be (see `failureOf`).
 */
export interface Parser {
  parse(bytes: Uint8Array, options: ParseOptions): Promise<ParsedDocument>
}

export interface ParseOptions {
  /** File name, for hints only: the title never comes from it. */
  name: string
  limits: ParseLimits
  signal?: AbortSignal
  /** Pages, sheets or slides done of all. */
  onProgress?: (done: number, total: number) => void
}

/** What one file may cost. Enforced by the parser itself, before and while it unpacks. */
export interface ParseLimits {
  /** Largest file, bytes. */
  maxBytes: number
  /** Most pages, sheets or slides. */
  maxPages: number
  /** Most entries in a zip archive. */
  maxEntries: number
  /** Most bytes that all parts read from an archive may unpack to. */
  maxInflated: number
  /** Most UTF-16 code units of text in one document. */
  maxText: number
  /** Most rows read from one spreadsheet or CSV; the rest is left out with a warning. */
  maxRows: number
}

export const defaultLimits: ParseLimits = {
  maxBytes: 200 * 2 ** 20,
  maxPages: 5000,
  maxEntries: 20_000,
  maxInflated: 256 * 2 ** 20,
  maxText: 30_000_000,
  maxRows: 50_000,
}

/** A limit in words for a person. */
export const mebibytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MB`

/** The reason a person gets for what a parser threw: libraries trip over damage in ways of their own. */
export function failureOf(error: unknown, type: FileType): TanboxError {
  if (error instanceof TanboxError) return error
  return new TanboxError('file-broken', type.toUpperCase(), { cause: error })
}

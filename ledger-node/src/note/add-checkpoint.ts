import { encodeBase64 } from './base64.ts'
import { formatDecimal, parseDecimal } from './decimal.ts'
import { decodeText, malformed, maxNoteBytes } from './note.ts'
import { parseHashLines, splitAtNote } from './proof-lines.ts'

/** The body of `add-checkpoint` (C2SP tlog-witness): the size before, a consistency proof, the signed checkpoint. */
export interface AddCheckpoint {
  /** Leaves of the last checkpoint that the witness is thought to have cosigned; 0 for none. */
  old: bigint
  /** Consistency proof from there, 32 bytes each, at most 63. */
  proof: Buffer[]
  /** The whole signed note. */
  note: string
}

/** More would lead beyond 2^63 leaves. */
const maxProofLines = 63
/** Bytes before the note at most: an `old` line, and proof lines of 45 bytes. */
const headBytes = 4096
/** Of an origin that anybody here knows. */
const maxOriginBytes = 256
/** Bytes of a body at most: a note, and the lines before it. */
export const maxAddCheckpointBytes = maxNoteBytes + headBytes

/**
 * Makes a body.
 * @throws NoteError 'malformed' for what would be read otherwise, RangeError for a size that is none
 */
export function formatAddCheckpoint({ old, proof, note }: AddCheckpoint): Buffer {
  const lines = [`old ${formatDecimal(old)}`, ...proof.map(encodeBase64), '', note]
  const body = Buffer.from(lines.join('\n'))
  parseAddCheckpoint(body)
  return body
}

/**
 * Takes a body apart. The note is not looked at yet: `openCheckpoint` does that.
 * @throws NoteError 'malformed'
 */
export function parseAddCheckpoint(bytes: Uint8Array): AddCheckpoint {
  const body = decodeText(bytes, maxAddCheckpointBytes)
  const { lines, note } = splitAtNote(body, 1 + maxProofLines)
  const [first = '', ...hashes] = lines
  const old = first.startsWith('old ') ? parseDecimal(first.slice('old '.length)) : null
  if (old === null) throw malformed('the first line is `old` and a decimal number below 2^64')
  return { old, proof: parseHashLines(hashes, maxProofLines), note }
}

/**
 * The origin that a body claims to be about, before anything of it is checked: to count requests by log. Null where none
 * is found in the bytes that a body may have before its note.
 */
export function claimedOrigin(bytes: Uint8Array): string | null {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, headBytes + maxOriginBytes))
  const note = head.indexOf('\n\n') + 2
  const end = note < 2 ? -1 : head.indexOf('\n', note)
  return end < 0 ? null : head.toString('utf8', note, end)
}

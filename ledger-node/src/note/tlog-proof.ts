import { verifyInclusion } from '../tree/proof.ts'
import { decodeBase64, encodeBase64 } from './base64.ts'
import { type Checkpoint, openCheckpoint, parseCheckpoint } from './checkpoint.ts'
import { formatDecimal, parseDecimal } from './decimal.ts'
import type { VerifierKey } from './key.ts'
import { decodeText, malformed, maxNoteBytes, parseNote } from './note.ts'
import { parseHashLines, splitAtNote } from './proof-lines.ts'

/** Proofs of inclusion that go without the log (C2SP tlog-proof). */
export interface TlogProof {
  /** What the application wants beside it; no signature covers it. */
  extra?: Buffer
  /** Index of the entry, from 0. */
  index: bigint
  /** Inclusion proof from the leaf's sibling up, 32 bytes each. */
  proof: Buffer[]
  /** The whole signed note, with what cosignatures there are. */
  checkpoint: string
}

const header = 'c2sp.org/tlog-proof@v1'
/** A path in a tree of less than 2^64 leaves. */
const maxProofLines = 64
/** Bytes of the extra data at most. */
export const maxExtraBytes = 256 * 1024
/** Bytes of a proof at most: the extra data in base64, the path, the note. */
export const maxTlogProofBytes = maxExtraBytes * 2 + maxNoteBytes

/**
 * The text of a proof, which is its file. Extra data of no bytes are left out.
 * @throws NoteError 'malformed' for what would be read otherwise, RangeError for an index that is none
 */
export function formatProof({ extra, index, proof, checkpoint }: TlogProof): string {
  const extraLine = extra?.length ? [`extra ${encodeBase64(extra)}`] : []
  const path = proof.map(encodeBase64)
  const text = [header, ...extraLine, `index ${formatDecimal(index)}`, ...path, '', checkpoint].join('\n')
  parseProof(text)
  return text
}

/**
 * Takes a proof apart. Its note is well-formed and its text a checkpoint; nothing is verified.
 * @throws NoteError 'malformed'
 */
export function parseProof(input: Uint8Array | string): TlogProof {
  const text = decodeText(input, maxTlogProofBytes)
  const { lines, note: checkpoint } = splitAtNote(text, 3 + maxProofLines)
  if (lines.shift() !== header) throw malformed(`the first line is ${header}`)
  const extra = lines[0]?.startsWith('extra ') ? parseExtra(lines.shift()!) : undefined
  const index = parseIndex(lines.shift() ?? '')
  const proof = parseHashLines(lines, maxProofLines)
  parseCheckpoint(parseNote(checkpoint).text)
  return extra === undefined ? { index, proof, checkpoint } : { extra, index, proof, checkpoint }
}

function parseExtra(line: string): Buffer {
  const extra = decodeBase64(line.slice('extra '.length))
  if (extra === null) throw malformed('the extra data are not in strict base64')
  if (extra.length === 0) throw malformed('without extra data there is no line for them')
  if (extra.length > maxExtraBytes) throw malformed(`more than ${maxExtraBytes} bytes of extra data`)
  return extra
}

function parseIndex(line: string): bigint {
  const index = line.startsWith('index ') ? parseDecimal(line.slice('index '.length)) : null
  if (index === null) throw malformed('the line before the path is `index` and a decimal number below 2^64')
  return index
}

/**
 * Verifies that the log signed a checkpoint of a tree with this leaf at this index. Who cosigned it is a matter of
 * `checkPolicy`.
 * @param leaf RFC 6962 leaf hash of the entry, 32 bytes
 * @param logKey the key, or keys, trusted for the log
 * @returns the checkpoint
 * @throws NoteError as `openCheckpoint`; ProofError when the path does not lead to its root
 */
export function verifyProof(
  { index, proof, checkpoint: note }: TlogProof,
  leaf: Buffer,
  logKey: VerifierKey | readonly VerifierKey[],
): Checkpoint {
  const { checkpoint } = openCheckpoint(note, logKey)
  verifyInclusion({ index, size: checkpoint.size, leaf, root: checkpoint.root, proof })
  return checkpoint
}

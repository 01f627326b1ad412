import { decodeHash, encodeBase64 } from './base64.ts'
import { formatDecimal, parseDecimal } from './decimal.ts'
import type { SignerKey, VerifierKey } from './key.ts'
import { malformed, type Note, NoteError, noteOf, openNote, signNote } from './note.ts'

/** Checkpoints (C2SP tlog-checkpoint): the size and the root of a log, as the text of a note. */
export interface Checkpoint {
  /** Which log. Not empty, no line end. */
  origin: string
  /** Leaves, below 2^64. */
  size: bigint
  /** RFC 6962 root of so many leaves, 32 bytes. */
  root: Buffer
  /** Further lines, without line ends. Not empty, not interpreted, but signed and cosigned with the rest. */
  extensions: string[]
}

/**
 * Reads the text of a note, with its final line end, as a checkpoint.
 * @throws NoteError 'malformed'
 */
export function parseCheckpoint(text: string): Checkpoint {
  if (!text.endsWith('\n')) throw malformed('a checkpoint ends with a line end')
  const lines = text.slice(0, -1).split('\n')
  const [origin, digits, base64, ...extensions] = lines
  if (origin === undefined || digits === undefined || base64 === undefined) {
    throw malformed('a checkpoint has at least three lines')
  }
  if (lines.includes('')) throw malformed('a checkpoint has no empty line')
  const size = parseDecimal(digits)
  if (size === null) throw malformed('the size of a checkpoint is a decimal number below 2^64')
  const root = decodeHash(base64)
  if (root === null) throw malformed('the root of a checkpoint is 32 bytes in strict base64')
  return { origin, size, root, extensions }
}

/**
 * The text of a checkpoint, with its final line end.
 * @throws NoteError 'malformed' for what would be read otherwise
 */
export function formatCheckpoint({ origin, size, root, extensions }: Checkpoint): string {
  const lines = [origin, formatDecimal(size), encodeBase64(root), ...extensions]
  const text = `${lines.join('\n')}\n`
  parseCheckpoint(text)
  if (lines.some((line) => line.includes('\n')))
    throw malformed('a line of a checkpoint has no line end inside')
  return text
}

/**
 * Signs a checkpoint with the key of its log.
 * @returns the whole note
 * @throws NoteError 'wrong-origin' when the key has another name than the log, 'malformed'; KeyError
 */
export function signCheckpoint(checkpoint: Checkpoint, signer: SignerKey): string {
  if (signer.name !== checkpoint.origin) {
    throw new NoteError('wrong-origin', 'a log signs checkpoints of its own name only')
  }
  return signNote(formatCheckpoint(checkpoint), signer)
}

export interface OpenedCheckpoint {
  checkpoint: Checkpoint
  note: Note
  /** The text that was signed: what cosignatures are made over. */
  text: string
  /** The log key that signed. */
  key: VerifierKey
}

/**
 * Reads and verifies a checkpoint. One key, or several that are trusted: every signature that claims one of them has
 * to be good, and one of them has to be by a key whose name is the origin. Other signatures are skipped.
 * @throws NoteError 'malformed', 'wrong-origin' when no key is for this log, 'bad-signature', 'unknown-key' when none
 * of the keys signed
 */
export function openCheckpoint(
  input: Note | Uint8Array | string,
  logKey: VerifierKey | readonly VerifierKey[],
): OpenedCheckpoint {
  const note = noteOf(input)
  const checkpoint = parseCheckpoint(note.text)
  const keys: readonly VerifierKey[] = 'name' in logKey ? [logKey] : logKey
  const { origin } = checkpoint
  if (!keys.some(({ name }) => name === origin)) {
    throw new NoteError('wrong-origin', 'the checkpoint is of no log whose key is trusted here')
  }
  const { signers } = openNote(note, keys)
  const key = signers.find(({ name }) => name === origin)
  if (key === undefined) throw new NoteError('unknown-key', 'no signature of a trusted key of this log')
  return { checkpoint, note, text: note.text, key }
}

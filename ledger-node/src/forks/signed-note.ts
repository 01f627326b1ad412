import { type OpenedCheckpoint, openCheckpoint } from '../note/checkpoint.ts'
import type { VerifierKey } from '../note/key.ts'
import { formatNote, type Note } from '../note/note.ts'

/** What a log has signed: a size and a root. */
export interface SignedNote {
  /** The note with the signature of the log and no other: the same bytes however many have cosigned it. */
  note: string
  origin: string
  size: bigint
  root: Buffer
}

/**
 * Reads and verifies a note of one log.
 * @throws NoteError
 */
export function readSignedNote(input: Note | Uint8Array | string, key: VerifierKey): SignedNote {
  return signedNoteOf(openCheckpoint(input, key))
}

export function signedNoteOf({ checkpoint, note, key }: OpenedCheckpoint): SignedNote {
  const { line } = note.signatures.find(({ name, id }) => name === key.name && id === key.id)!
  const { origin, size, root } = checkpoint
  return { note: formatNote(note.text, [line]), origin, size, root }
}

/** Whether two notes of one log say the same. */
export function agree(one: Statement, other: Statement): boolean {
  return one.size === other.size && one.root.equals(other.root)
}

/** Whether no tree can have both. */
export function contradict(one: Statement, other: Statement): boolean {
  return one.size === other.size && !one.root.equals(other.root)
}

export type Statement = Pick<SignedNote, 'size' | 'root'>

import type { Published } from '../log/published.ts'
import { verifyCosignature } from '../note/cosignature.ts'
import { formatVerifierKey, type VerifierKey } from '../note/key.ts'
import { claimsKey, type Note, parseNote } from '../note/note.ts'

/**
 * Who cosigned the checkpoints that are kept, read from their notes: that survives a new start, when what the rounds
 * know does not. A note is looked at once.
 */
export class Cosigners {
  readonly #read = new Map<string, { parsed: Note; by: Map<string, boolean> }>()

  /** Whether the key cosigned one of the checkpoints. */
  has(checkpoints: readonly Published[], key: VerifierKey): boolean {
    return checkpoints.some(({ note }) => this.#signed(note, key))
  }

  #signed(note: string, key: VerifierKey): boolean {
    const known = this.#read.get(note) ?? { parsed: parseNote(note), by: new Map<string, boolean>() }
    this.#read.delete(note)
    this.#read.set(note, known)
    // Newest and final, before and after a cosignature.
    if (this.#read.size > 4) for (const oldest of this.#read.keys()) if (this.#read.delete(oldest)) break
    const name = formatVerifierKey(key)
    const { text, signatures } = known.parsed
    const isGood = () =>
      signatures.some((it) => claimsKey(it, key) && (verifyCosignature(text, it, key)?.timestamp ?? 0n) > 0n)
    const signed = known.by.get(name) ?? isGood()
    known.by.set(name, signed)
    return signed
  }
}

import type { VerifierKey } from '../note/key.ts'
import type { Source } from '../peers/reconciler.ts'
import { authenticatedReader } from '../tree/tile-reader.ts'
import { commonPrefix, type HeldSide, type Side } from './common-prefix.ts'
import type { Fork, ForkFiles } from './fork-files.ts'
import { parseForkProof } from './fork-proof.ts'
import { readSignedNote, type SignedNote } from './signed-note.ts'

export interface PrefixParts {
  files: ForkFiles
  keyOf: (id: string) => VerifierKey | null
  /** What is held here of a log, ours or a copy. */
  held: (id: string) => HeldSide | null
  sources: (id: string) => readonly Source[]
}

/** Finds how many entries the two histories of a forked log have in common, once the tiles of both can be had. */
export class PrefixFinder {
  readonly #parts: PrefixParts

  constructor(parts: PrefixParts) {
    this.#parts = parts
  }

  /** Looks at every fork whose common prefix is not known exactly. */
  async measureAll(): Promise<void> {
    for (const fork of this.#parts.files.all) if (!fork.prefix.exact) await this.measure(fork)
  }

  async measure({ id, proof }: Fork): Promise<void> {
    const key = this.#parts.keyOf(id)
    if (!key) return
    const { first, second } = parseForkProof(proof)
    const one = await this.#sideOf(id, readSignedNote(first, key))
    const other = one && (await this.#sideOf(id, readSignedNote(second, key)))
    if (!one || !other) return
    try {
      const size = await commonPrefix(one, other)
      await this.#parts.files.setPrefix(id, { size, exact: true })
    } catch {
      // Tiles could not be had after all; there is a next time.
    }
  }

  /** The history that ends in this checkpoint: what is held here, else what somebody serves. */
  async #sideOf(id: string, { size: big, root }: SignedNote): Promise<Side | null> {
    const size = Number(big)
    const held = this.#parts.held(id)
    if (held && size <= held.size && (await held.rootAt(size)).equals(root)) return { size, read: held.read }
    for (const { log } of this.#parts.sources(id)) {
      try {
        return { size, read: await authenticatedReader(log, size, root) }
      } catch {
        // The next one may have it.
      }
    }
    return null
  }
}

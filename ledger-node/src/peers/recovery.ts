import { readSignedNote, type SignedNote } from '../forks/signed-note.ts'
import { LogHeld } from '../log/log-errors.ts'
import type { OwnLog } from '../log/own-log.ts'
import { maxNoteBytes, NoteError } from '../note/note.ts'
import { foldRange } from '../tree/frontier.ts'
import { rangeHashes } from '../tree/prove.ts'
import { authenticatedReader, TileMismatch } from '../tree/tile-reader.ts'
import { fetchEntries } from './fetch-entries.ts'
import type { RemoteLog } from './remote-log.ts'
import type { AskedWitness, WitnessList } from './witness-list.ts'

export interface RecoveryParts {
  log: OwnLog
  /** Origin hash of the log. */
  id: string
  list: () => WitnessList
  /** Copies of our log at peers. */
  copies: () => readonly RemoteLog[]
  /** Compares a checkpoint of ours with the log: a fork is proved, and closes it. */
  observe: (note: string) => Promise<unknown>
  notice: (sentence: string) => void
}

/** Why a held log cannot go on yet. */
export type Recovered = { released: true } | { released: false; because: string }

/** Checkpoints of ours that are remembered while the log is held. */
const maxShown = 64

/**
 * What a held log does: asks what others have seen of it, takes back the entries that they hold, and goes on when
 * whoever has not answered could not have made anything final that this box does not know.
 */
export class Recovery {
  readonly #parts: RecoveryParts
  /** Checkpoints of ours that the log did not have when they were shown. */
  #shown: SignedNote[] = []

  constructor(parts: RecoveryParts) {
    this.#parts = parts
  }

  /** A checkpoint of ours that the log has to contain before it goes on. */
  show(note: SignedNote): void {
    if (this.#shown.some((it) => it.note === note.note)) return
    this.#shown = [...this.#shown, note].sort((a, b) => (a.size < b.size ? 1 : -1)).slice(0, maxShown)
  }

  /** One try. @throws what the disk says */
  async attempt(): Promise<Recovered> {
    const { log, list, observe } = this.#parts
    const { policy, witnesses } = list()
    const silent = new Set<string>()
    let answered = 0
    await Promise.all(
      witnesses.map(async (witness) => {
        if (await this.#hear(witness)) answered += 1
        else silent.add(witness.name)
      }),
    )
    for (const copy of this.#parts.copies()) await this.#look(copy)
    await this.#takeBack()
    for (const { note } of this.#shown) await observe(note)
    if (log.standing.state !== 'held')
      return no(log.standing.state === 'closed' ? log.standing.because : 'it is open')
    const missing = await this.#missing()
    if (missing) return no(missing)
    if (answered === 0) return no('no witness has answered')
    if (policy.satisfiedBy(silent))
      return no(`those who have not answered could have made more of it final: ${[...silent].join(', ')}`)
    return this.#release()
  }

  /**
   * What a witness has cosigned of our log. That it is nothing is taken from peers alone: of a witness that a policy
   * names only the address is known where checkpoints are submitted, and it may show nothing there.
   * @returns whether it answered
   */
  async #hear({ exchange, prefix, peer }: AskedWitness): Promise<boolean> {
    if (!exchange) return false
    try {
      const path = `${prefix}/${this.#parts.id}/checkpoint`
      const { status, body } = await exchange.request({ method: 'GET', path }, { maxBytes: maxNoteBytes })
      if (status === 200) return this.#showBytes(body)
      return status === 404 && peer !== null
    } catch {
      return false
    }
  }

  async #look(copy: RemoteLog): Promise<void> {
    const bytes = await copy.checkpoint().catch(() => null)
    if (bytes) this.#showBytes(bytes)
  }

  /** Whether it is a checkpoint of ours. */
  #showBytes(bytes: Uint8Array): boolean {
    try {
      this.show(readSignedNote(bytes, this.#parts.log.key))
      return true
    } catch (error) {
      if (error instanceof NoteError) return false
      throw error
    }
  }

  /** Fetches what the largest checkpoint that was shown has beyond the log, from whoever has it. */
  async #takeBack(): Promise<void> {
    const { log } = this.#parts
    for (const shown of this.#shown) {
      if (shown.size <= BigInt(log.head.size) || shown.size > BigInt(Number.MAX_SAFE_INTEGER)) continue
      for (const copy of this.#parts.copies()) {
        try {
          await this.#adoptFrom(copy, Number(shown.size), shown.root)
          break
        } catch (error) {
          if (error instanceof LogHeld) throw error
          // The next copy may have it.
        }
      }
    }
  }

  async #adoptFrom(copy: RemoteLog, size: number, root: Buffer): Promise<void> {
    const { log, notice } = this.#parts
    const { head } = log
    const reader = await authenticatedReader(copy, size, root)
    const ours = await log.tree.rootAt(head.size)
    if (!foldRange(await rangeHashes(reader, 0, head.size)).equals(ours))
      throw new TileMismatch([], 'the log does not begin with what is held here')
    for await (const { entries, leaves } of fetchEntries(copy, { head, size, reader })) {
      const frontier = log.tree.frontier.clone()
      for (const leaf of leaves) frontier.append(leaf)
      // The last, partial bundle is known to be right only when the root is.
      if (frontier.size === size && !frontier.root().equals(root))
        throw new TileMismatch([], 'the last entries are not those of the checkpoint')
      await log.adopt(entries)
    }
    notice(`Entries ${head.size} to ${size - 1} were taken back from a peer.`)
  }

  /** The first checkpoint that the log should have and does not. */
  async #missing(): Promise<string | null> {
    const { log } = this.#parts
    for (const { size, root } of this.#shown) {
      const held = size <= BigInt(log.head.size) && (await log.tree.rootAt(Number(size))).equals(root)
      if (!held) return `nobody has all entries of its checkpoint of ${size}`
    }
    return null
  }

  async #release(): Promise<Recovered> {
    try {
      await this.#parts.log.release()
      this.#shown = []
      return { released: true }
    } catch (error) {
      if (error instanceof LogHeld) return no(error.because)
      throw error
    }
  }
}

function no(because: string): Recovered {
  return { released: false, because }
}

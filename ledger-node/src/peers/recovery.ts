import { readSignedNote, type SignedNote } from '../forks/signed-note.ts'
import { LogHeld } from '../log/log-errors.ts'
import type { OwnLog } from '../log/own-log.ts'
import { maxNoteBytes, NoteError } from '../note/note.ts'
import { foldRange } from '../tree/frontier.ts'
import { type HashReader, rangeHashes } from '../tree/prove.ts'
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
    for (const shown of this.#shown) {
      if (shown.size > BigInt(Number.MAX_SAFE_INTEGER) || (await this.#holds(shown))) continue
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
    const reader = await authenticatedReader(copy, size, root)
    await this.#giveWay(reader, size)
    const { head } = log
    if (head.size >= size) return
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

  /**
   * A backup may hold entries that were written and not acknowledged when it was made, and that a crash took away after
   * it: where a signed tree has others in their place, they go. Of data that were not restored they stay: another box
   * signs with this key, and which of the two histories goes on is for a person to say.
   */
  async #giveWay(reader: HashReader, size: number): Promise<void> {
    const { log, notice } = this.#parts
    const begins = async (until: number) =>
      foldRange(await rangeHashes(reader, 0, until)).equals(await log.tree.rootAt(until))
    const held = log.head.size
    if (await begins(Math.min(held, size))) return
    const published = log.published?.size ?? 0
    if (published >= held || published > size || !(await begins(published)))
      throw new TileMismatch([], 'the log does not begin with what is held here')
    if (!(await log.dropUnpublished()))
      throw new TileMismatch([], 'what is held here may have been acknowledged')
    notice(
      `Entries ${published} to ${held - 1} were dropped: a later checkpoint of this log has others in their place, so nobody was told of them.`,
    )
  }

  /** The first checkpoint that the log should have and does not. */
  async #missing(): Promise<string | null> {
    for (const shown of this.#shown)
      if (!(await this.#holds(shown))) return `nobody has all entries of its checkpoint of ${shown.size}`
    return null
  }

  async #holds({ size, root }: SignedNote): Promise<boolean> {
    const { log } = this.#parts
    return size <= BigInt(log.head.size) && (await log.tree.rootAt(Number(size))).equals(root)
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

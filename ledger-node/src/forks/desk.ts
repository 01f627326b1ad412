import type { OwnLog } from '../log/own-log.ts'
import { type OpenedCheckpoint, parseCheckpoint } from '../note/checkpoint.ts'
import { NoteError, parseNote } from '../note/note.ts'
import type { FollowedLog } from '../peers/followed-log.ts'
import { originHash } from '../peers/origin-hash.ts'
import type { Barrier, Verdict } from '../witness/witness.ts'
import type { Fork, ForkFiles } from './fork-files.ts'
import {
  type ForkProof,
  ForkProofError,
  formatForkProof,
  parseForkProof,
  verifyForkProof,
} from './fork-proof.ts'
import { compareOwn } from './own-desk.ts'
import { readSignedNote, type SignedNote, type Statement, signedNoteOf } from './signed-note.ts'

export interface DeskParts {
  files: ForkFiles
  /** A log of somebody else that is known here, by its origin hash. */
  followed: (id: string) => FollowedLog | null
  own: (id: string) => OwnLog | null
  /** A log of ours lacks what it has signed. It is held before this ends. */
  onStrange: (log: OwnLog, shown: SignedNote, because: string) => Promise<void>
  /** Told of a fork once it is durable and the log frozen. */
  onFork: (fork: Fork) => void
}

/**
 * Where every signed checkpoint goes that this box is shown, whoever shows it: it agrees with what is known of its log,
 * or it proves a fork, or it is kept.
 */
export class Desk {
  readonly #parts: DeskParts

  constructor(parts: DeskParts) {
    this.#parts = parts
  }

  get forks(): Fork[] {
    return this.#parts.files.all
  }

  fork(id: string): Fork | null {
    return this.#parts.files.find(id)
  }

  /**
   * Takes notice of a checkpoint. What is not signed by a log that is known here is left alone.
   * @param by the peer that shows it; null when that is not known
   * @returns false for a note that is malformed, or whose signature is wrong
   */
  async observe(input: Uint8Array | string, by: string | null): Promise<boolean> {
    try {
      const note = parseNote(input)
      const id = originHash(parseCheckpoint(note.text).origin)
      const own = this.#parts.own(id)
      const followed = this.#parts.followed(id)
      const key = own?.key ?? followed?.key
      // Nearly all that is told has been told before.
      if (!key || followed?.verified?.note === input) return true
      await this.#show(id, readSignedNote(note, key), by, 'seen')
      return true
    } catch (error) {
      if (error instanceof NoteError) return false
      throw error
    }
  }

  /** The same for a checkpoint that our witness has verified. */
  async observeOpened(id: string, opened: OpenedCheckpoint, verdict: Verdict): Promise<void> {
    await this.#show(id, signedNoteOf(opened), null, verdict)
  }

  /**
   * Takes a fork proof that somebody found.
   * @returns why it is not taken; null when it is, or when the log is known to have forked
   */
  async takeProof(id: string, input: Uint8Array | string): Promise<string | null> {
    const key = this.#parts.own(id)?.key ?? this.#parts.followed(id)?.key
    if (!key) return 'its log is not known here'
    try {
      const proof = parseForkProof(input)
      verifyForkProof(proof, key)
      await this.prove(proof, id)
      return null
    } catch (error) {
      if (error instanceof ForkProofError) return error.message
      throw error
    }
  }

  /** Keeps a proof, freezes its log, and lets others know. It is verified once more: a wrong one would cost a log. */
  async prove(proof: ForkProof, id: string): Promise<void> {
    const { files, own, followed, onFork } = this.#parts
    if (files.find(id)) return
    const key = own(id)?.key ?? followed(id)?.key
    if (!key) return
    const { origin, first, second } = verifyForkProof(proof, key)
    await files.keep({ id, origin, proof: formatForkProof(proof) })
    const because = `it has signed two histories, of ${first.size} and of ${second.size} entries`
    followed(id)?.freeze(because)
    await own(id)?.conclude(because)
    onFork(files.find(id)!)
  }

  async barrier(id: string, statement: Statement): Promise<Barrier | null> {
    const followed = this.#parts.followed(id)
    return followed
      ? followed.barrier(statement)
      : { status: 503, because: 'what is known of this log cannot be read' }
  }

  async #show(id: string, signed: SignedNote, by: string | null, verdict: Verdict): Promise<void> {
    const own = this.#parts.own(id)
    if (!own) return this.#parts.followed(id)?.show(signed, by, verdict)
    if (this.#parts.files.find(id)) return
    const found = await compareOwn(own, signed)
    if (found.finding === 'fork') return this.prove(found.proof, id)
    if (found.finding === 'strange') await this.#parts.onStrange(own, signed, found.because)
  }
}

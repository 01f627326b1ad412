import type { HeldSide } from '../forks/common-prefix.ts'
import { type ForkProof, sameSizeProof } from '../forks/fork-proof.ts'
import type { Shelf } from '../forks/shelf.ts'
import { agree, contradict, readSignedNote, type SignedNote, type Statement } from '../forks/signed-note.ts'
import type { VerifierKey } from '../note/key.ts'
import { emptyRoot } from '../tree/hash.ts'
import type { Barrier, Verdict } from '../witness/witness.ts'
import type { Background } from './background.ts'
import { Doubts } from './doubts.ts'
import type { Mirror } from './mirror.ts'
import { Reconciler, type Source } from './reconciler.ts'

/** How a log of somebody else stands here. */
export type LogState =
  /** Nothing speaks against it. */
  | { state: 'followed'; because: null }
  /** Its copy has reached its quota: cosigned still, and not copied any further. */
  | { state: 'quota'; because: string }
  /** Something that it signed could not be reconciled: not cosigned until it can. */
  | { state: 'unproven'; because: string }
  /** It has been proved to fork. */
  | { state: 'frozen'; because: string }

/** Before it is looked at. */
export const unopened: LogState = { state: 'followed', because: null }

export interface FollowedParts {
  key: VerifierKey
  /** Null for a log that is cosigned and not copied. */
  mirror: Mirror | null
  shelf: Shelf
  /** What this box cosigned last of it. */
  witnessed: () => Promise<SignedNote | null>
  /** Where its tiles may be had, in the order in which they are tried. */
  sources: (shownBy: ReadonlySet<string>) => readonly Source[]
  /** Told of a fork; freezes this log before it ends. */
  onFork: (proof: ForkProof) => Promise<void>
  /** Of a log that is not copied: how long a checkpoint of it may be without a good proof. */
  patienceMs: number
  background: Background
}

/**
 * One log of somebody else: every checkpoint that it signed and that this box was shown is reconciled with what is
 * held of it, or proves a fork, or is kept until it can be told.
 */
export class FollowedLog {
  readonly #parts: FollowedParts
  /** Signatures of what the mirror names are verified once. */
  readonly #opened: Record<'verified' | 'target', (note: string | null) => SignedNote | null>
  /** Null for a log that is not copied. */
  readonly #reconciler: Reconciler | null
  /** Null for a log that is. */
  readonly #doubts: Doubts | null
  #frozen: string | null = null
  #cosigned = 0

  constructor(parts: FollowedParts) {
    this.#parts = parts
    this.#opened = { verified: lastRead(parts.key), target: lastRead(parts.key) }
    const { mirror, key } = parts
    this.#reconciler = mirror && new Reconciler({ ...parts, mirror, name: key.name })
    this.#doubts = mirror ? null : new Doubts(parts)
  }

  get key(): VerifierKey {
    return this.#parts.key
  }

  /** Entries that this box has cosigned, as far as it was told since it was started. */
  get cosigned(): number {
    return this.#cosigned
  }

  get mirror(): Mirror | null {
    return this.#parts.mirror
  }

  get state(): LogState {
    if (this.#frozen !== null) return { state: 'frozen', because: this.#frozen }
    const { kept } = this.#parts.shelf
    const barring = this.#doubts ? this.#doubts.barring : kept.find(({ bars }) => bars)
    if (barring)
      return { state: 'unproven', because: `checkpoint of ${barring.size} entries: ${barring.because}` }
    const quota = this.#reconciler?.quota ?? null
    if (quota !== null) return { state: 'quota', because: quota }
    return { state: 'followed', because: null }
  }

  /** Newest checkpoint whose whole tree is held. */
  get verified(): SignedNote | null {
    return this.#opened.verified(this.#parts.mirror?.verified?.note ?? null)
  }

  /** What is held for certain. */
  get side(): HeldSide | null {
    const { mirror } = this.#parts
    if (!mirror?.verified) return null
    const { tree, verified } = mirror
    return { size: verified.size, read: tree.hashes, rootAt: (size) => tree.rootAt(size) }
  }

  /** Ends when nothing that was shown is being looked at any more. */
  async settled(): Promise<void> {
    await this.#reconciler?.settled()
  }

  /** What others should know of: the newest verified, and everything that could not be reconciled. */
  get notes(): string[] {
    const { mirror, shelf } = this.#parts
    const open = [...(this.#reconciler?.waiting ?? []), ...shelf.kept].map(({ note }) => note)
    const all = [mirror?.verified?.note, mirror?.target, ...open]
    return [...new Set(all.filter((note) => typeof note === 'string'))]
  }

  /**
   * Takes notice of a checkpoint with a good signature. It ends before the checkpoint is reconciled.
   * @param by the peer that showed it
   * @param verdict of our own witness, where that was asked
   */
  async show(signed: SignedNote, by: string | null, verdict: Verdict = 'seen'): Promise<void> {
    if (verdict === 'cosigned') this.#cosigned = Math.max(this.#cosigned, Number(signed.size))
    if (this.#frozen !== null) return
    const { shelf } = this.#parts
    const known = await this.#known()
    const other = known.find((it) => contradict(it, signed))
    if (other) return this.#parts.onFork(sameSizeProof(other.note, signed.note))
    if (signed.size === 0n) return this.#showEmpty(signed)
    if (verdict === 'cosigned') await this.#doubts?.pass(signed)
    if (verdict === 'unproved') await this.#doubts?.add(signed)
    if (!this.#reconciler) return
    const { verified } = this
    if (verified && agree(verified, signed)) return shelf.take(signed)
    this.#reconciler.arrive(signed, by)
  }

  /** Why a checkpoint, though proved to continue what was cosigned, is not cosigned now. */
  async barrier(statement: Statement): Promise<Barrier | null> {
    const { state, because } = this.state
    if (state === 'frozen') return { status: 403, because }
    const barring = this.#doubts
      ? this.#doubts.against(statement, (await this.#parts.witnessed())?.size ?? 0n)
      : this.#parts.shelf.kept.find((it) => it.bars)
    if (barring) return { status: 503, because: `unproven: ${because ?? barring.because}` }
    const known = await this.#known()
    const { side } = this
    const differs =
      known.some((it) => contradict(it, statement)) ||
      (side !== null &&
        statement.size <= side.size &&
        !(await side.rootAt(Number(statement.size))).equals(statement.root))
    return differs ? { status: 503, because: 'unproven: another tree of this size was signed' } : null
  }

  /** From now on nothing of it is copied or reconciled. */
  freeze(because: string): void {
    this.#frozen = because
    this.close()
  }

  /** Goes on with what was kept before a new start, once what was cosigned is known. */
  begin(): void {
    if (this.#frozen === null) this.#doubts?.begin()
  }

  close(): void {
    this.#reconciler?.close()
    this.#doubts?.close()
  }

  async #showEmpty(signed: SignedNote): Promise<void> {
    // It speaks of no entry, so there is nothing that it could bar; it is kept as what it is.
    if (!signed.root.equals(emptyRoot))
      await this.#parts.shelf.put(signed, 'a tree of no entries has another root', false)
  }

  /** Everything signed that may have to be one history with what is shown. */
  async #known(): Promise<SignedNote[]> {
    const { mirror, shelf, witnessed } = this.#parts
    const target = this.#opened.target(mirror?.target ?? null)
    const held = [await witnessed(), this.verified, target].filter((it) => it !== null)
    return [...held, ...(this.#reconciler?.waiting ?? []), ...shelf.known]
  }
}

/** Reads a note of a log, and the same one again without verifying it again. */
export function lastRead(key: VerifierKey): (note: string | null) => SignedNote | null {
  let last: { note: string; read: SignedNote } | null = null
  return (note) => {
    if (note === null) return null
    if (last?.note !== note) last = { note, read: readSignedNote(note, key) }
    return last.read
  }
}

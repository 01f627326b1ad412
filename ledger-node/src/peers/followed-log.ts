import type { HeldSide } from '../forks/common-prefix.ts'
import { type ForkProof, noPrefixProof, sameSizeProof } from '../forks/fork-proof.ts'
import type { Shelf } from '../forks/shelf.ts'
import { agree, contradict, readSignedNote, type SignedNote, type Statement } from '../forks/signed-note.ts'
import type { VerifierKey } from '../note/key.ts'
import { emptyRoot } from '../tree/hash.ts'
import type { Verdict } from '../witness/witness.ts'
import type { Background } from './background.ts'
import { type Blame, blameOf } from './blame.ts'
import { type Mirror, QuotaReached, type Shown } from './mirror.ts'
import { noSource, type RemoteLog } from './remote-log.ts'

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

/** Somebody who may have the tiles of a log. */
export interface Source {
  log: RemoteLog
  /** Whether it said that there is such a tree: the log's own box, or who showed the checkpoint. */
  vouches: boolean
}

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
  background: Background
}

/** A checkpoint on its way to be reconciled, and the peers that showed it. */
interface Arrival {
  signed: SignedNote
  by: Set<string>
}

/** Checkpoints of one log that may wait at a time. */
const maxWaiting = 16
/** Tries after which a checkpoint whose tree nobody could be asked for bars the log. */
const patience = 3
const firstRetryMs = 1000
const lastRetryMs = 60_000

/**
 * One log of somebody else: every checkpoint that it signed and that this box was shown is reconciled with what is
 * held of it, or proves a fork, or is kept until it can be told.
 */
export class FollowedLog {
  readonly #parts: FollowedParts
  /** Signatures of what the mirror names are verified once. */
  readonly #opened: Record<'verified' | 'target', (note: string | null) => SignedNote | null>
  #waiting: Arrival[] = []
  #running = false
  #busy: Promise<void> = Promise.resolve()
  #frozen: string | null = null
  #cosigned = 0
  #quota: string | null = null
  /** Failures since something of this log could last be reconciled. */
  #failures = 0
  /** Calls off the next look at what is kept. */
  #retry: (() => void) | null = null
  /** Who showed what is kept since the last look at it: a peer that says it again is not asked again. */
  readonly #asked = new Set<string>()

  constructor(parts: FollowedParts) {
    this.#parts = parts
    this.#opened = { verified: lastRead(parts.key), target: lastRead(parts.key) }
    if (parts.shelf.kept.length > 0) this.#lookAgain()
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
    const barring = this.#parts.shelf.kept.find(({ bars }) => bars)
    if (barring)
      return { state: 'unproven', because: `checkpoint of ${barring.size} entries: ${barring.because}` }
    if (this.#quota !== null) return { state: 'quota', because: this.#quota }
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
    await this.#busy
  }

  /** What others should know of: the newest verified, and everything that could not be reconciled. */
  get notes(): string[] {
    const { mirror, shelf } = this.#parts
    const held = [mirror?.verified?.note, mirror?.target, ...this.#waiting.map(({ signed }) => signed.note)]
    const all = [...held, ...shelf.kept.map(({ note }) => note)]
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
    const { mirror, shelf } = this.#parts
    const known = await this.#known()
    const other = known.find((it) => contradict(it, signed))
    if (other) return this.#parts.onFork(sameSizeProof(other.note, signed.note))
    if (signed.size === 0n) return this.#showEmpty(signed)
    if (!mirror) {
      if (verdict === 'cosigned') await shelf.take(signed)
      if (verdict === 'unproved') await shelf.put(signed, 'the proof that came with it does not hold', true)
      return
    }
    const { verified } = this
    if (verified && agree(verified, signed)) return shelf.take(signed)
    this.#arrive(signed, by)
  }

  /** Why a checkpoint, though proved to continue what was cosigned, is not cosigned now. */
  async barrier(statement: Statement): Promise<{ status: 403 | 503; because: string } | null> {
    const { state, because } = this.state
    if (state === 'frozen') return { status: 403, because }
    const { mirror, shelf } = this.#parts
    // What is not copied can be reconciled by a good proof, and by nothing else.
    const barring = shelf.kept.find((it) => it.bars && (mirror !== null || !agree(it, statement)))
    if (barring) return { status: 503, because: `unproven: ${because ?? barring.because}` }
    const known = await this.#known()
    const { side } = this
    const differs =
      known.some((it) => contradict(it, statement)) ||
      (side &&
        statement.size <= side.size &&
        !(await mirror!.tree.rootAt(Number(statement.size))).equals(statement.root))
    return differs ? { status: 503, because: 'unproven: another tree of this size was signed' } : null
  }

  /** From now on nothing of it is copied or reconciled. */
  freeze(because: string): void {
    this.#frozen = because
    this.#waiting = []
    this.#retry?.()
  }

  close(): void {
    this.#retry?.()
    this.#waiting = []
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
    return [...held, ...this.#waiting.map(({ signed }) => signed), ...shelf.kept]
  }

  #arrive(signed: SignedNote, by: string | null): void {
    const waiting = this.#waiting.find((it) => agree(it.signed, signed))
    if (waiting) return void (by && waiting.by.add(by))
    if (this.#parts.shelf.find(signed)) {
      const asked = `${by} ${signed.size} ${signed.root.toString('hex')}`
      if (by === null || this.#asked.has(asked)) return
      this.#asked.add(asked)
    }
    if (this.#waiting.length >= maxWaiting) this.#waiting.sort(bySize).shift()
    this.#waiting.push({ signed, by: new Set(by ? [by] : []) })
    this.#start()
  }

  #start(): void {
    if (this.#running || this.#parts.background.stopped) return
    this.#running = true
    this.#busy = new Promise((resolve) => {
      this.#parts.background.run(`Following ${this.key.name}`, async () => {
        try {
          await this.#run()
        } catch (error) {
          // This box is the reason. Everything that waits goes on waiting.
          this.#lookAgain()
          throw error
        } finally {
          this.#running = false
          resolve()
        }
      })
    })
  }

  /** The largest goes first: with its tree the smaller ones can be told without asking anybody. */
  async #run(): Promise<void> {
    while (this.#waiting.length > 0 && !this.#parts.background.stopped) {
      const arrival = this.#waiting.sort(bySize).at(-1)!
      await this.#reconcile(arrival)
      this.#waiting = this.#waiting.filter((it) => it !== arrival)
    }
    // In the same step as the last look at what waits: what comes next starts again.
    this.#running = false
  }

  async #reconcile({ signed, by }: Arrival): Promise<void> {
    const mirror = this.#parts.mirror!
    const isHeld = mirror.verified !== null && signed.size <= BigInt(mirror.verified.size)
    const failures: { blame: Blame; because: string }[] = []
    for (const { log, vouches } of isHeld ? [{ log: noSource, vouches: true }] : this.#parts.sources(by)) {
      if (this.#frozen !== null) return
      try {
        return await this.#told(signed, await mirror.show(signed.note, log, this.#parts.background.signal))
      } catch (error) {
        if (error instanceof QuotaReached) return await this.#full(signed, error.message)
        const blame = blameOf(error)
        if (blame === 'us') throw error
        const because = (error as Error).message
        failures.push({ blame: blame === 'missing' && !vouches ? 'way' : blame, because })
      }
    }
    await this.#fail(signed, failures)
  }

  async #told(signed: SignedNote, shown: Shown): Promise<void> {
    const { shelf, onFork } = this.#parts
    if (shown.outcome === 'same-size') return onFork(sameSizeProof(shown.other, signed.note))
    if (shown.outcome === 'fork') return onFork(noPrefixProof(shown.smaller, shown.larger, shown.hashes))
    this.#quota = null
    this.#failures = 0
    await shelf.take(signed)
    for (const kept of shelf.kept) if (kept.size <= signed.size) this.#requeue(kept)
  }

  /** It continues what is held, as far as it was looked at: what is missing is room. */
  async #full(signed: SignedNote, because: string): Promise<void> {
    this.#quota = because
    await this.#parts.shelf.take(signed)
  }

  async #fail(signed: SignedNote, failures: readonly { blame: Blame; because: string }[]): Promise<void> {
    const worst = failures.find(({ blame }) => blame !== 'way')
    const because = worst?.because ?? failures.at(-1)?.because ?? 'there is nobody to be asked for its tree'
    this.#failures += 1
    const bars =
      worst !== undefined || this.#failures >= patience || this.#parts.shelf.find(signed)?.bars === true
    await this.#parts.shelf.put(signed, because, bars)
    this.#lookAgain()
  }

  #lookAgain(): void {
    if (this.#retry || this.#frozen !== null) return
    const ms = Math.min(lastRetryMs, firstRetryMs * 2 ** Math.min(this.#failures, 16))
    this.#retry = this.#parts.background.after(ms, () => {
      this.#retry = null
      this.#asked.clear()
      for (const kept of this.#parts.shelf.kept) if (kept.size > 0n) this.#requeue(kept)
      if (this.#waiting.length > 0) this.#start()
    })
  }

  #requeue(signed: SignedNote): void {
    if (!this.#parts.mirror || this.#waiting.some((it) => agree(it.signed, signed))) return
    this.#waiting.push({ signed, by: new Set() })
  }
}

function bySize(one: Arrival, other: Arrival): number {
  return one.signed.size < other.signed.size ? -1 : one.signed.size > other.signed.size ? 1 : 0
}

/** Reads a note of a log, and the same one again without verifying it again. */
function lastRead(key: VerifierKey): (note: string | null) => SignedNote | null {
  let last: { note: string; read: SignedNote } | null = null
  return (note) => {
    if (note === null) return null
    if (last?.note !== note) last = { note, read: readSignedNote(note, key) }
    return last.read
  }
}

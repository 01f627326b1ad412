import { type ForkProof, noPrefixProof, sameSizeProof } from '../forks/fork-proof.ts'
import type { Shelf } from '../forks/shelf.ts'
import { agree, type SignedNote } from '../forks/signed-note.ts'
import type { Background } from './background.ts'
import { type Blame, blameOf } from './blame.ts'
import { type Mirror, QuotaReached } from './mirror.ts'
import type { Shown } from './mirror-compare.ts'
import { noSource, type RemoteLog } from './remote-log.ts'

/** Somebody who may have the tiles of a log. */
export interface Source {
  log: RemoteLog
  /** Whether it said that there is such a tree: the log's own box, or who showed the checkpoint. */
  vouches: boolean
}

export interface ReconcilerParts {
  /** Of the log. */
  name: string
  mirror: Mirror
  shelf: Shelf
  /** Where its tiles may be had, in the order in which they are tried. */
  sources: (shownBy: ReadonlySet<string>) => readonly Source[]
  /** Told of a fork; this ends before it does. */
  onFork: (proof: ForkProof) => Promise<void>
  background: Background
}

/** A checkpoint on its way to be reconciled, and the peers that showed it. */
interface Arrival {
  signed: SignedNote
  by: Set<string>
}

interface Failure {
  blame: Blame
  because: string
}

/** Checkpoints of one log that may wait at a time. */
const maxWaiting = 16
/** Tries after which a checkpoint whose tree nobody could be asked for bars the log. */
const patience = 3
const firstRetryMs = 1000
const lastRetryMs = 60_000

/** Reconciles the checkpoints of one log with its copy, one after another; what cannot be is shelved and tried again. */
export class Reconciler {
  readonly #parts: ReconcilerParts
  #waiting: Arrival[] = []
  #busy: Promise<void> | null = null
  #closed = false
  #quota: string | null = null
  /** Failures since something of this log could last be reconciled. */
  #failures = 0
  /** The same for failures of this box itself. */
  #troubles = 0
  /** Calls off the next look at the shelf; null when there is none. */
  #retry: (() => void) | null = null
  /** Who showed what is shelved since the last look at it: a peer that says it again is not asked again. */
  readonly #asked = new Set<string>()

  constructor(parts: ReconcilerParts) {
    this.#parts = parts
    if (parts.shelf.kept.length > 0) this.#lookAgain()
  }

  get waiting(): SignedNote[] {
    return this.#waiting.map(({ signed }) => signed)
  }

  /** Why no more is copied; null while there is room. */
  get quota(): string | null {
    return this.#quota
  }

  /** Takes a checkpoint up; nothing known contradicts it at its size. */
  arrive(signed: SignedNote, by: string | null): void {
    const waiting = this.#waiting.find((it) => agree(it.signed, signed))
    if (waiting) return void (by && waiting.by.add(by))
    if (this.#parts.shelf.find(signed)) {
      const asked = `${by} ${signed.size} ${signed.root.toString('hex')}`
      if (by === null || this.#asked.has(asked)) return
      this.#asked.add(asked)
    }
    if (this.#waiting.length >= maxWaiting) this.#putAside(this.#waiting.sort(bySize).shift()!.signed)
    this.#waiting.push({ signed, by: new Set(by ? [by] : []) })
    this.#start()
  }

  /** Ends when nothing is being looked at. */
  async settled(): Promise<void> {
    while (this.#busy) await this.#busy
  }

  /** Nothing is taken up any more; what is under way ends by itself. */
  close(): void {
    this.#closed = true
    this.#waiting = []
    this.#retry?.()
  }

  #start(): void {
    const { background, name } = this.#parts
    if (this.#busy || this.#closed || background.stopped) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#busy = promise
    background.run(`Following ${name}`, async () => {
      try {
        await this.#run()
      } catch (error) {
        // This box is the reason. Everything that waits goes on waiting.
        this.#troubles += 1
        this.#lookAgain()
        throw error
      } finally {
        this.#busy = null
        resolve()
        if (this.#retry === null && this.#waiting.length > 0) this.#start()
      }
    })
  }

  /** What there is no time for now is kept, and looked at when a larger one could be told, or the shelf is. */
  #putAside(signed: SignedNote): void {
    const { background, name, shelf } = this.#parts
    background.run(`Keeping a checkpoint of ${name}`, async () => {
      // One that is kept already may be a bar.
      if (!shelf.find(signed)) await shelf.put(signed, 'later ones are looked at first', false)
      this.#lookAgain()
    })
  }

  /** The largest goes first: with its tree the smaller ones can be told without asking anybody. */
  async #run(): Promise<void> {
    while (this.#waiting.length > 0 && !this.#closed && !this.#parts.background.stopped) {
      const arrival = this.#waiting.sort(bySize).at(-1)!
      await this.#reconcile(arrival)
      this.#waiting = this.#waiting.filter((it) => it !== arrival)
    }
  }

  async #reconcile({ signed, by }: Arrival): Promise<void> {
    const { mirror, sources } = this.#parts
    const isHeld = mirror.verified !== null && signed.size <= BigInt(mirror.verified.size)
    const failures: Failure[] = []
    for (const { log, vouches } of isHeld ? [{ log: noSource, vouches: true }] : sources(by)) {
      if (this.#closed) return
      try {
        return await this.#told(signed, await this.#show(signed, log))
      } catch (error) {
        const blame = blameOf(error)
        if (blame === 'us') throw error
        const because = (error as Error).message
        failures.push({ blame: blame === 'missing' && !vouches ? 'way' : blame, because })
      }
    }
    await this.#fail(signed, failures)
  }

  /** Once there is no more room, what is new is compared and not copied. */
  async #show({ note }: SignedNote, log: RemoteLog): Promise<Shown> {
    const { mirror, background } = this.#parts
    if (this.#quota !== null) return mirror.compare(note, log)
    try {
      return await mirror.show(note, log, background.signal)
    } catch (error) {
      if (!(error instanceof QuotaReached)) throw error
      this.#quota = error.message
      return { outcome: 'held' }
    }
  }

  async #told(signed: SignedNote, shown: Shown): Promise<void> {
    const { shelf, onFork } = this.#parts
    if (shown.outcome === 'same-size') return onFork(sameSizeProof(shown.other, signed.note))
    if (shown.outcome === 'fork') return onFork(noPrefixProof(shown.smaller, shown.larger, shown.hashes))
    this.#failures = 0
    this.#troubles = 0
    await shelf.take(signed)
    for (const kept of shelf.kept) if (kept.size <= signed.size) this.#requeue(kept)
  }

  async #fail(signed: SignedNote, failures: readonly Failure[]): Promise<void> {
    const { shelf } = this.#parts
    const worst = failures.find(({ blame }) => blame !== 'way')
    const because = worst?.because ?? failures.at(-1)?.because ?? 'there is nobody to be asked for its tree'
    this.#failures += 1
    const bars = worst !== undefined || this.#failures >= patience || shelf.find(signed)?.bars === true
    await shelf.put(signed, because, bars)
    this.#lookAgain()
  }

  #lookAgain(): void {
    if (this.#retry || this.#closed) return
    const ms = Math.min(
      lastRetryMs,
      firstRetryMs * 2 ** Math.min(Math.max(this.#failures, this.#troubles), 16),
    )
    this.#retry = this.#parts.background.after(ms, () => {
      this.#retry = null
      this.#asked.clear()
      for (const kept of this.#parts.shelf.kept) if (kept.size > 0n) this.#requeue(kept)
      if (this.#waiting.length > 0) this.#start()
    })
  }

  #requeue(signed: SignedNote): void {
    if (this.#waiting.some((it) => agree(it.signed, signed))) return
    this.#waiting.push({ signed, by: new Set() })
  }
}

function bySize(one: Arrival, other: Arrival): number {
  return one.signed.size < other.signed.size ? -1 : one.signed.size > other.signed.size ? 1 : 0
}

import { join } from 'node:path'
import type { Clock } from '../clock.ts'
import type { Disk } from '../disk/disk.ts'
import { replaceDurably } from '../disk/durable.ts'
import { signCheckpoint } from '../note/checkpoint.ts'
import type { SignerKey } from '../note/key.ts'
import type { Frontier } from '../tree/frontier.ts'
import type { TileId } from '../tree/tiles.ts'
import {
  type Marker,
  openPublished,
  type Published,
  type PublishedState,
  textOf,
  withCosignature,
  writeMarker,
} from './published.ts'

export interface PublisherParts {
  disk: Disk
  clock: Clock
  folder: string
  /** Path of the marker, outside what is backed up. */
  markerPath: string
  signer: SignerKey
  /** The tree over the entries that are durable. */
  durable: () => Frontier
  maySign: () => boolean
  notice: (sentence: string) => void
}

/**
 * Signs checkpoints over durable entries and makes them known: first the marker, then the file in the log's folder,
 * then whoever listens. A crash in between leaves a marker of a checkpoint that nobody saw, over entries that are there.
 */
export class Publisher {
  readonly #parts: PublisherParts
  readonly #everyMs: number
  readonly #listeners = new Set<(published: Published) => void>()
  #state: PublishedState
  #marker: Marker | null
  /** One change of the files at a time. */
  #line: Promise<unknown> = Promise.resolve()
  #publishing = false
  /** Calls off the end of the pause after a checkpoint; null when there is none. */
  #pause: (() => void) | null = null
  #stopped = false
  /** The failure that was told last: one that goes on is told once. */
  #told = ''

  constructor(parts: PublisherParts, state: PublishedState, marker: Marker | null, everyMs: number) {
    this.#parts = parts
    this.#state = state
    this.#marker = marker
    this.#everyMs = everyMs
  }

  get newest(): Published | null {
    return this.#state.newest
  }

  get final(): Published | null {
    return this.#state.final
  }

  /** What was signed last. */
  get marker(): Marker | null {
    return this.#marker
  }

  hasTile(id: TileId): boolean {
    return this.#state.widths.has(id)
  }

  listen(listener: (published: Published) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Something more is durable, or may be signed again: a checkpoint follows as soon as the interval lets it. */
  changed(): void {
    this.#start()
  }

  /** Publishes what is durable now. @throws what the disk says */
  publishNow(): Promise<void> {
    return this.#inLine(() => this.#publish())
  }

  addCosignature(noteText: string, line: string): Promise<void> {
    return this.#inLine(async () => {
      const { newest, final } = this.#state
      if (newest && textOf(newest.note) === noteText) await this.#keepNewest(withCosignature(newest, line))
      if (final && textOf(final.note) === noteText) await this.#keepFinal(withCosignature(final, line))
    })
  }

  /**
   * Keeps a checkpoint of ours as the newest that satisfied the policy, unless a newer one did.
   * @throws NoteError for what our key did not sign
   */
  setFinal(note: string): Promise<void> {
    return this.#inLine(async () => {
      const given = openPublished(note, this.#parts.signer)
      const { newest, final } = this.#state
      if (given.size > (newest?.size ?? -1)) throw new RangeError('only what was published can be final')
      if (given.size >= (final?.size ?? 0)) await this.#keepFinal(given)
    })
  }

  /** Ends when nothing is being written any more. */
  settled(): Promise<unknown> {
    return this.#line
  }

  /** Publishes what is due, as far as the disk lets it, and nothing after it. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#pause?.()
    await this.publishNow().catch((error: unknown) => this.#tell(error))
  }

  #start(): void {
    if (this.#publishing || this.#pause || this.#stopped || !this.#isDue()) return
    this.#publishing = true
    this.#pause = this.#parts.clock.after(this.#everyMs, () => {
      this.#pause = null
      this.#start()
    })
    const done = () => {
      this.#publishing = false
      this.#start()
    }
    this.publishNow()
      .catch((error: unknown) => this.#tell(error))
      .then(done)
  }

  #isDue(): boolean {
    return this.#parts.maySign() && this.#parts.durable().size > (this.#state.newest?.size ?? 0)
  }

  async #publish(): Promise<void> {
    const { disk, folder, signer, markerPath } = this.#parts
    const frontier = this.#parts.durable()
    const { size } = frontier
    if (!this.#isDue()) return
    const root = frontier.root()
    const checkpoint = { origin: signer.name, size: BigInt(size), root, extensions: [] }
    const note = signCheckpoint(checkpoint, signer)
    const widths = this.#state.widths.with(size)
    const signed = { origin: signer.name, size, root: root.toString('hex') }
    await writeMarker(disk, markerPath, signed)
    this.#marker = signed
    await replaceDurably(disk, join(folder, 'widths'), widths.format())
    // Held while it was being written: it has not been seen, and will not be.
    if (!this.#parts.maySign()) return
    await replaceDurably(disk, join(folder, 'checkpoint'), note)
    this.#state = { ...this.#state, newest: { note, size, root }, widths }
    this.#told = ''
    for (const listener of this.#listeners) listener(this.#state.newest!)
  }

  async #keepNewest(newest: Published): Promise<void> {
    if (newest === this.#state.newest) return
    await replaceDurably(this.#parts.disk, join(this.#parts.folder, 'checkpoint'), newest.note)
    this.#state = { ...this.#state, newest }
  }

  async #keepFinal(final: Published): Promise<void> {
    if (final === this.#state.final) return
    await replaceDurably(this.#parts.disk, join(this.#parts.folder, 'final'), final.note)
    this.#state = { ...this.#state, final }
  }

  #inLine<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#line.then(work)
    this.#line = mine.catch(() => {})
    return mine
  }

  #tell(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error)
    if (reason !== this.#told) this.#parts.notice(`No checkpoint could be published: ${reason}`)
    this.#told = reason
  }
}

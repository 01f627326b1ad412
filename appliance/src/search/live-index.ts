import type { Database } from 'better-sqlite3'
import type { Filters } from '../model.ts'
import { createAdmitted } from './admitted.ts'
import { createChangeFeed } from './change-feed.ts'
import type { IndexSettings } from './index-messages.ts'
import { MemoryIndex } from './memory-index.ts'
import type { IndexAnswer, IndexRequest, IndexStatus } from './passage-index.ts'
import type { SlotSet } from './slots.ts'
import { openVectorBackend, type VectorBackend } from './vector-backend.ts'

/** Sets of admitted passages kept until something is committed: the questions of a moment share their filters. */
const mostSets = 8

/**
 * The index over a store that changes: catches up within one read transaction, then answers from memory. Blocks its
 * thread; see index-worker.ts.
 */
export class LiveIndex {
  readonly #database: Database
  readonly #feed: ReturnType<typeof createChangeFeed>
  readonly #admitted: ReturnType<typeof createAdmitted>
  readonly #backend: VectorBackend
  #index: MemoryIndex
  #seq = -1
  #sets = new Map<string, SlotSet>()
  #setsVersion: unknown

  constructor(database: Database, settings: IndexSettings) {
    this.#database = database
    this.#feed = createChangeFeed(database, settings.pipeline)
    this.#admitted = createAdmitted(database)
    this.#backend = openVectorBackend(settings)
    this.#index = this.#empty()
  }

  /** @throws TanboxError `bad-request`, RangeError for vectors of another dimension, SqliteError */
  search(request: IndexRequest): IndexAnswer {
    const started = performance.now()
    const within = this.#database.transaction(() => {
      this.#catchUp()
      return this.#within(request.spaces, request.filters)
    })()
    const found = this.#index.search(request, within)
    return { ...found, eligible: within.slots.length, tookMs: performance.now() - started }
  }

  catchUp(): void {
    this.#database.transaction(() => this.#catchUp())()
  }

  /** Goes on with what is done in the background, for about `budgetMs`; true while there is more. */
  work(budgetMs: number): boolean {
    return this.#backend.work(budgetMs)
  }

  /** Writes the index files that are due. */
  async save(): Promise<void> {
    await this.#backend.save(this.#seq)
  }

  status(): IndexStatus {
    return {
      ...this.#backend.status(),
      passages: this.#index.slots.live,
      seq: Math.max(this.#seq, 0),
      ready: this.#seq >= 0,
    }
  }

  #empty(): MemoryIndex {
    this.#backend.reset()
    return new MemoryIndex(this.#backend.createView)
  }

  #catchUp(): void {
    const { seq, restart, removed, added } = this.#feed.changes(Math.max(this.#seq, 0))
    if (seq === this.#seq && !restart) return
    if (this.#seq < 0 || restart) {
      this.#index = this.#empty()
      for (const document of this.#feed.all()) this.#index.add(document, this.#feed.document(document))
      this.#backend.restore(seq)
    } else {
      for (const document of removed) this.#index.remove(document)
      for (const document of added)
        if (!this.#index.slots.has(document)) this.#index.add(document, this.#feed.document(document))
    }
    this.#seq = seq
    this.#sets.clear()
  }

  #within(spaces: readonly string[], filters?: Filters): SlotSet {
    // Changes whenever another connection has committed something: sources move without a change of documents.
    const version = this.#database.pragma('data_version', { simple: true })
    if (version !== this.#setsVersion) this.#sets.clear()
    this.#setsVersion = version
    const key = JSON.stringify([spaces, filters])
    const known = this.#sets.get(key)
    if (known) return known
    const fresh = this.#index.slots.of(this.#admitted(spaces, filters))
    if (this.#sets.size >= mostSets) this.#sets.delete(this.#sets.keys().next().value!)
    this.#sets.set(key, fresh)
    return fresh
  }
}

import { emptyHead, type Head } from '../chain.ts'
import type { Clock } from '../clock.ts'
import { decodeEntry } from '../entry.ts'
import { Follower } from '../follower.ts'
import type { TreeStore } from '../store/tree-store.ts'
import type { Frontier } from '../tree/frontier.ts'
import { hashLeaf } from '../tree/hash.ts'
import type { CommitmentIndex } from './commitment-index.ts'
import { checkNew, encodeNext, type NewEntry } from './encode-next.ts'
import { LogFailed } from './log-errors.ts'
import type { Mark } from './mark.ts'

interface Waiting {
  entry: NewEntry
  resolve: (seq: number) => void
  reject: (error: unknown) => void
}

/** Entries that are ready to be added, and their commitments. */
interface Fresh {
  entries: Buffer[]
  leaves: Buffer[]
  commitments: string[]
  head: Head
}

/** What is synced, all of it of one moment. */
export interface Durable {
  head: Head
  /** Bytes of the entries in the file. */
  bytes: number
  /** The tree over them. */
  frontier: Frontier
}

export interface WriterParts {
  tree: TreeStore
  /** Leaf hash of the last entry of `tree`. */
  hash: string
  commitments: CommitmentIndex
  clock: Clock
  /** Why nothing may be added at present. */
  refusal: () => Error | null
  /** Something more is durable. */
  onDurable: () => void
}

/** Entries and bytes of a batch at most: written in a few milliseconds. */
const maxBatch = 2048
const maxBatchBytes = 1 << 20
/** Bytes of an entry beside its type, its length and the longest number included. */
const bytesBesideType = 296

/**
 * The one writer of a log. Entries that arrive while a batch is being synced share the next sync; each is
 * acknowledged, with its index, after its own. A commitment that is in the log already is answered with the
 * index of its first entry.
 */
export class Writer {
  readonly #parts: WriterParts
  readonly #queue: Waiting[] = []
  #durable: Durable
  #draining: Promise<void> | null = null
  /** Ends when the last batch or adoption that was begun has ended. */
  #line: Promise<unknown> = Promise.resolve()
  #failed: LogFailed | null = null

  constructor(parts: WriterParts) {
    this.#parts = parts
    const { size, bytes, frontier } = parts.tree
    this.#durable = { head: { size, hash: parts.hash }, bytes, frontier }
  }

  get durable(): Durable {
    return this.#durable
  }

  /** Callers that have not been answered yet. */
  get waiting(): number {
    return this.#queue.length
  }

  /**
   * Appends an entry, durably.
   * @returns its index
   * @throws TypeError at once for what is no entry; LogFailed when the disk refuses; what `refusal` says
   */
  append(entry: NewEntry): Promise<number> {
    checkNew(entry)
    return new Promise((resolve, reject) => {
      this.#queue.push({ entry, resolve, reject })
      this.#draining ??= this.#drain()
    })
  }

  /** Appends one entry although nothing may be added. */
  async appendLast(entry: NewEntry): Promise<number> {
    checkNew(entry)
    return this.#inLine(async () => (await this.#add([entry]))[0]!)
  }

  /**
   * Adds entries that were made before, as they are.
   * @throws ChainError when one of them is not what follows: none has been added then
   */
  adopt(entries: readonly Buffer[]): Promise<void> {
    return this.#inLine(async () => {
      if (this.#failed) throw this.#failed
      const follower = new Follower(this.#durable.head)
      const followed = entries.map((bytes) => follower.next(bytes))
      await this.#write({
        entries: [...entries],
        leaves: followed.map(({ leaf }) => leaf),
        commitments: followed.map(({ commitment }) => commitment),
        head: follower.head,
      })
    })
  }

  /**
   * Drops the entries behind the first `size`, which nobody was told of.
   * @param goBack writes the mark of what is left, before anything is dropped
   * @throws what `goBack` throws; LogFailed when the disk refuses
   */
  cut(size: number, goBack: (to: Mark) => Promise<void>): Promise<void> {
    return this.#inLine(async () => {
      if (this.#failed) throw this.#failed
      const { tree } = this.#parts
      const [last] = size === 0 ? [] : await tree.hashes([{ level: 0, index: size - 1 }])
      const head = { size, hash: last?.toString('hex') ?? emptyHead.hash }
      await goBack({ ...head, bytes: await tree.bytesAt(size) })
      try {
        await tree.cut(size)
        await tree.sync()
      } catch (cause) {
        this.#failed = new LogFailed('entries could not be dropped; start the node again', true, { cause })
        throw this.#failed
      }
      this.#durable = { head, bytes: tree.bytes, frontier: tree.frontier }
    })
  }

  /** Index of the first entry with this commitment that is durable. */
  async find(commitment: string): Promise<number | null> {
    const candidates = this.#parts.commitments.candidates(commitment)
    if (candidates === null) return null
    for (const seq of candidates) {
      const [bytes] = await this.#parts.tree.read(seq, 1)
      // It may have been dropped, or another stands in its place.
      if (bytes && decodeEntry(bytes).commitment === commitment) return seq
    }
    return null
  }

  /** Waits for all that was accepted. */
  async settled(): Promise<void> {
    await this.#draining
    await this.#line
  }

  /** Takes nothing more and waits for what was accepted. */
  async stop(): Promise<void> {
    await this.settled()
    this.#failed ??= new LogFailed('the log is closed', true)
  }

  async #drain(): Promise<void> {
    // Callers of the same turn of the event loop go into one batch.
    await this.#parts.clock.turn()
    while (this.#queue.length > 0)
      await this.#inLine(() => this.#commit(this.#queue.splice(0, this.#batch())))
    // In the same step as the last look at the queue: an append that comes next starts a new drain.
    this.#draining = null
  }

  /** How many of those that wait share the next sync. */
  #batch(): number {
    let bytes = 0
    let count = 0
    while (count < Math.min(this.#queue.length, maxBatch) && bytes < maxBatchBytes) {
      bytes += bytesBesideType + this.#queue[count]!.entry.type.length
      count += 1
    }
    return count
  }

  async #commit(batch: Waiting[]): Promise<void> {
    try {
      const refusal = this.#parts.refusal()
      if (refusal) throw refusal
      const seqs = await this.#add(batch.map(({ entry }) => entry))
      for (const [index, { resolve }] of batch.entries()) resolve(seqs[index]!)
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
  }

  async #add(entries: readonly NewEntry[]): Promise<number[]> {
    if (this.#failed) throw this.#failed
    const { seqs, fresh } = await this.#prepare(entries)
    await this.#write(fresh)
    return seqs
  }

  /** Numbers and chains what is new; finds what is in the log, or earlier in the batch, already. */
  async #prepare(given: readonly NewEntry[]): Promise<{ seqs: number[]; fresh: Fresh }> {
    const seqs: number[] = []
    const fresh: Fresh = { entries: [], leaves: [], commitments: [], head: this.#durable.head }
    let { size, hash } = fresh.head
    const inBatch = new Map<string, number>()
    const time = new Date(this.#parts.clock.now()).toISOString()
    for (const entry of given) {
      const { commitment } = entry
      let known = inBatch.get(commitment) ?? null
      // Waits only where there is something to compare with.
      if (known === null && this.#parts.commitments.candidates(commitment))
        known = await this.find(commitment)
      seqs.push(known ?? size)
      if (known !== null) continue
      const bytes = encodeNext(entry, size, hash, time)
      const leaf = hashLeaf(bytes)
      fresh.entries.push(bytes)
      fresh.leaves.push(leaf)
      fresh.commitments.push(commitment)
      inBatch.set(commitment, size)
      hash = leaf.toString('hex')
      size += 1
    }
    fresh.head = { size, hash }
    return { seqs, fresh }
  }

  async #write({ entries, leaves, commitments, head }: Fresh): Promise<void> {
    if (entries.length === 0) return
    const { tree } = this.#parts
    const first = this.#durable.head.size
    try {
      await tree.append(entries, leaves)
    } catch (cause) {
      throw this.#failure(cause)
    }
    try {
      await tree.sync()
    } catch (cause) {
      // After a failed sync nobody can tell what is on the disk, and a second sync may falsely succeed.
      this.#failed = new LogFailed('the disk did not take the entries; start the node again', true, { cause })
      throw this.#failed
    }
    for (const [index, commitment] of commitments.entries())
      this.#parts.commitments.add(commitment, first + index)
    this.#durable = { head, bytes: tree.bytes, frontier: tree.frontier }
    this.#parts.onDurable()
  }

  /** A full disk may take the next entries; one that cannot even be cut off again may not be written any more. */
  #failure(cause: unknown): LogFailed {
    const final = cause instanceof Error && 'final' in cause && cause.final === true
    if (!final) return new LogFailed('the entries could not be written', false, { cause })
    this.#failed = new LogFailed('the log could not be written; start the node again', true, { cause })
    return this.#failed
  }

  #inLine<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#line.then(work)
    this.#line = mine.catch(() => {})
    return mine
  }
}

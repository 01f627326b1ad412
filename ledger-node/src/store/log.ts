import { emptyHead, type Head } from '../chain.ts'
import { decodeEntry, encodeEntry, leafHash, suite } from '../entry.ts'
import type { CommitmentIndex } from './commitment-index.ts'
import { frame, lengthBytes } from './frames.ts'
import type { LogFile } from './log-file.ts'
import type { Offsets } from './offsets.ts'

/** What a caller gives; number, chain and time are added by the one writer when it commits. */
export interface NewEntry {
  type: string
  commitment: string
}

/** The disk failed. `final`: nothing more is accepted until the node has been started again. */
export class LogFailed extends Error {
  readonly final: boolean

  constructor(message: string, final: boolean, options?: ErrorOptions) {
    super(message, options)
    this.name = 'LogFailed'
    this.final = final
  }
}

interface Waiting {
  entry: NewEntry
  resolve: (seq: number) => void
  reject: (error: Error) => void
}

/** What a log holds when it has been read from the disk. */
export interface LogState {
  file: LogFile
  head: Head
  bytes: number
  offsets: Offsets
  commitments: CommitmentIndex
}

/** Entries per fdatasync at most: some 350 KB, written in a few milliseconds. */
const maxBatch = 1024

/**
 * The one writer of a log. Entries that arrive while a batch is being synced share the next sync; each is
 * acknowledged, with its index, after its own. A commitment that is in the log already is answered with the
 * index of its first entry.
 */
export class Log {
  readonly #state: LogState
  readonly #clock: () => Date
  readonly #queue: Waiting[] = []
  #draining: Promise<void> | null = null
  #failed: LogFailed | null = null

  constructor(state: LogState, clock: () => Date) {
    this.#state = state
    this.#clock = clock
  }

  /** Number of durable entries, and the leaf hash of the last one. */
  get head(): Head {
    return this.#state.head
  }

  /** Bytes of the durable entries in the file. */
  get bytes(): number {
    return this.#state.bytes
  }

  get file(): LogFile {
    return this.#state.file
  }

  /** Callers that have not been answered yet. */
  get waiting(): number {
    return this.#queue.length
  }

  /**
   * Appends an entry, durably.
   * @returns its index
   * @throws TypeError for what is no entry, LogFailed when the disk refuses
   */
  append(entry: NewEntry): Promise<number> {
    encodeEntry({ ...entry, seq: 0, prev: emptyHead.hash, time: this.#time(), suite })
    return new Promise((resolve, reject) => {
      this.#queue.push({ entry, resolve, reject })
      this.#draining ??= this.#drain()
    })
  }

  /** Bytes of the entries [from, from + limit), as many as there are. */
  async read(from: number, limit: number): Promise<Buffer[]> {
    const { offsets, file, head, bytes } = this.#state
    const until = Math.min(from + limit, head.size)
    if (from >= until) return []
    const start = offsets.at(from)
    const end = until < head.size ? offsets.at(until) : bytes
    const buffer = Buffer.alloc(end - start)
    if ((await file.read(buffer, start)) < buffer.length) throw new Error('the log file has become shorter')
    return Array.from({ length: until - from }, (_, index) => {
      const seq = from + index
      const next = seq + 1 < until ? offsets.at(seq + 1) : end
      return buffer.subarray(offsets.at(seq) - start + lengthBytes, next - start)
    })
  }

  /** Takes nothing more and waits for what was accepted. The file stays open: it was opened by somebody else. */
  async stop(): Promise<void> {
    await this.#draining
    this.#failed ??= new LogFailed('the log is closed', true)
  }

  async #drain(): Promise<void> {
    // Callers of the same turn of the event loop go into one batch.
    await new Promise(setImmediate)
    while (this.#queue.length > 0) await this.#commit(this.#queue.splice(0, maxBatch))
    // In the same step as the last look at the queue: an append that comes next starts a new drain.
    this.#draining = null
  }

  async #commit(batch: Waiting[]): Promise<void> {
    try {
      if (this.#failed) throw this.#failed
      const prepared = await this.#prepare(batch)
      if (prepared.fresh.length > 0) await this.#write(prepared.fresh)
      batch.forEach((waiting, index) => {
        waiting.resolve(prepared.seqs[index]!)
      })
    } catch (error) {
      for (const waiting of batch) waiting.reject(error as Error)
    }
  }

  /** Numbers and chains what is new; finds what is in the log, or earlier in the batch, already. */
  async #prepare(batch: Waiting[]): Promise<{ seqs: number[]; fresh: Fresh[] }> {
    const seqs: number[] = []
    const fresh: Fresh[] = []
    const inBatch = new Map<string, number>()
    let { size, hash } = this.#state.head
    const time = this.#time()
    for (const { entry } of batch) {
      const known = inBatch.get(entry.commitment) ?? (await this.#find(entry.commitment))
      seqs.push(known ?? size)
      if (known !== null) continue
      const bytes = encodeEntry({
        type: entry.type,
        commitment: entry.commitment,
        seq: size,
        prev: hash,
        time,
        suite,
      })
      hash = leafHash(bytes)
      fresh.push({ bytes, hash, commitment: entry.commitment })
      inBatch.set(entry.commitment, size)
      size += 1
    }
    return { seqs, fresh }
  }

  /** Index of the first entry with this commitment. */
  async #find(commitment: string): Promise<number | null> {
    let first: number | null = null
    for (const seq of this.#state.commitments.candidates(commitment)) {
      const [bytes] = await this.read(seq, 1)
      if (decodeEntry(bytes!).commitment === commitment && (first === null || seq < first)) first = seq
    }
    return first
  }

  async #write(fresh: Fresh[]): Promise<void> {
    const state = this.#state
    const bytes = frame(fresh.map((entry) => entry.bytes))
    try {
      await state.file.write(bytes, state.bytes)
    } catch (cause) {
      throw await this.#takeBack(cause)
    }
    try {
      await state.file.sync()
    } catch (cause) {
      // After a failed sync nobody can tell what is on the disk, and a second sync may falsely succeed.
      this.#failed = new LogFailed('the disk did not take the entries; start the node again', true, { cause })
      throw this.#failed
    }
    let offset = state.bytes
    for (const entry of fresh) {
      state.commitments.add(entry.commitment, state.offsets.count)
      state.offsets.push(offset)
      offset += lengthBytes + entry.bytes.length
    }
    state.bytes = offset
    state.head = { size: state.offsets.count, hash: fresh.at(-1)!.hash }
  }

  /** A write that failed half-way (a full disk) is cut off again, so that the next one can follow. */
  async #takeBack(cause: unknown): Promise<LogFailed> {
    try {
      await this.#state.file.truncate(this.#state.bytes)
      return new LogFailed('the entries could not be written', false, { cause })
    } catch {
      this.#failed = new LogFailed('the log could not be written; start the node again', true, { cause })
      return this.#failed
    }
  }

  #time(): string {
    return this.#clock().toISOString()
  }
}

interface Fresh {
  bytes: Buffer
  hash: string
  commitment: string
}

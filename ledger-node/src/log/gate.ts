import type { Disk } from '../disk/disk.ts'
import { LogHeld } from './log-errors.ts'
import { type Standing, type StandingRecord, writeStanding } from './standing.ts'

/**
 * The standing of a log: asked before anything is written or signed. What shuts it counts at once and is durable soon
 * after; what opens it is durable first.
 */
export class Gate {
  readonly #disk: Disk
  readonly #folder: string
  readonly #listeners = new Set<(standing: Standing) => void>()
  #record: StandingRecord
  #line: Promise<unknown> = Promise.resolve()
  /** The last entry of a closed log is being added and published. */
  #ending = false

  constructor(disk: Disk, folder: string, record: StandingRecord) {
    this.#disk = disk
    this.#folder = folder
    this.#record = record
  }

  get record(): StandingRecord {
    return this.#record
  }

  get standing(): Standing {
    const record = this.#record
    return record.state === 'open' ? record : { state: record.state, because: record.because }
  }

  get maySign(): boolean {
    return this.#record.state === 'open' || this.#ending
  }

  /** Why nothing may be added; null when it may. */
  refusal(): LogHeld | null {
    return this.#record.state === 'open' ? null : new LogHeld(this.#record.because)
  }

  listen(listener: (standing: Standing) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** @param settled ends when what was begun before has ended */
  async shut(record: StandingRecord, settled: () => Promise<unknown>): Promise<void> {
    this.#set(record)
    await settled()
    await this.#inLine(() => writeStanding(this.#disk, this.#folder, this.#record))
  }

  /** @throws LogHeld when it was shut for another reason meanwhile */
  async open(seen: StandingRecord): Promise<void> {
    await this.#inLine(async () => {
      if (this.#record === seen) await writeStanding(this.#disk, this.#folder, { state: 'open' })
      if (this.#record === seen) return this.#set({ state: 'open' })
      await writeStanding(this.#disk, this.#folder, this.#record)
      throw this.refusal()!
    })
  }

  async whileEnding<T>(work: () => Promise<T>): Promise<T> {
    this.#ending = true
    try {
      return await work()
    } finally {
      this.#ending = false
    }
  }

  #set(record: StandingRecord): void {
    this.#record = record
    for (const listener of this.#listeners) listener(this.standing)
  }

  #inLine<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#line.then(work)
    this.#line = mine.catch(() => {})
    return mine
  }
}

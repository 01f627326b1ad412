import { randomBytes } from 'node:crypto'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { type Clock, systemClock } from '../../src/clock.ts'
import type { Disk } from '../../src/disk/disk.ts'
import { fileDisk } from '../../src/disk/file-disk.ts'
import type { BoxLogs } from '../../src/log/box-logs.ts'
import type { NewEntry } from '../../src/log/encode-next.ts'
import { openBoxLogs } from '../../src/log/open-box-logs.ts'
import type { OwnLog } from '../../src/log/own-log.ts'

export const entry = (): NewEntry => ({ type: 'answer', commitment: randomBytes(32).toString('hex') })

/** Appends so many entries, all at once. */
export const appendSome = (log: OwnLog, count: number) =>
  Promise.all(Array.from({ length: count }, () => log.append(entry())))

export interface Opening {
  disk?: Disk
  clock?: Clock
  publishEveryMs?: number
}

/** The folders of one box, on the disk of the machine. */
export class TestBox {
  readonly root: string
  readonly notices: string[] = []

  constructor(t: Test) {
    this.root = mkdtempSync(join(tmpdir(), 'tanbox-box-'))
    t.teardown(() => rmSync(this.root, { recursive: true, force: true }))
  }

  get data(): string {
    return join(this.root, 'data')
  }

  get local(): string {
    return join(this.root, 'local')
  }

  open({ disk = fileDisk, clock = systemClock, publishEveryMs = 1 }: Opening = {}): Promise<BoxLogs> {
    const ports = { disk, clock, random: randomBytes, notice: (text: string) => void this.notices.push(text) }
    return openBoxLogs(ports, { data: this.data, local: this.local, host: 'box.test', publishEveryMs })
  }

  /** Opens it, does something with its current log, and closes it in good order. */
  async with<T>(work: (log: OwnLog, logs: BoxLogs) => Promise<T>, opening?: Opening): Promise<T> {
    await using logs = await this.open(opening)
    return await work(logs.current, logs)
  }

  backUp(name = 'backup'): void {
    cpSync(this.data, join(this.root, name), { recursive: true })
  }

  /** Puts the backup in the place of the data; what is kept beside them stays. */
  restore(name = 'backup'): void {
    rmSync(this.data, { recursive: true })
    cpSync(join(this.root, name), this.data, { recursive: true })
  }
}

/** Ends when the log has published `size` entries. */
export function publishedUpTo(log: OwnLog, size: number): Promise<void> {
  if ((log.published?.size ?? 0) >= size) return Promise.resolve()
  return new Promise((resolve) => {
    const stop = log.onPublished((published) => {
      if (published.size < size) return
      stop()
      resolve()
    })
  })
}

/** Time that goes on only when it is told to. */
export class HandClock implements Clock {
  time = Date.UTC(2026, 0, 1)
  #timers: { at: number; run: () => void }[] = []

  now(): number {
    return this.time
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.time + ms, run }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((it) => it !== timer)
    }
  }

  turn(): Promise<void> {
    return systemClock.turn()
  }

  pass(ms: number): void {
    this.time += ms
    const due = this.#timers.filter(({ at }) => at <= this.time)
    this.#timers = this.#timers.filter(({ at }) => at > this.time)
    for (const { run } of due) run()
  }
}

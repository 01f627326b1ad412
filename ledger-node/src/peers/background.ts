import { type Clock, sleep } from '../clock.ts'

/** Work that nobody waits for. It can be called off, and what it throws is told and goes no further. */
export class Background {
  readonly #clock: Clock
  readonly #notice: (sentence: string) => void
  readonly #stop = new AbortController()
  readonly #timers = new Set<() => void>()
  readonly #running = new Set<Promise<void>>()

  constructor(clock: Clock, notice: (sentence: string) => void) {
    this.#clock = clock
    this.#notice = notice
  }

  /** Aborted when the node closes. */
  get signal(): AbortSignal {
    return this.#stop.signal
  }

  get stopped(): boolean {
    return this.#stop.signal.aborted
  }

  run(what: string, work: () => Promise<unknown>): void {
    if (this.stopped) return
    const running: Promise<void> = work()
      .then(
        () => {},
        (error: unknown) => this.#tell(what, error),
      )
      .then(() => void this.#running.delete(running))
    this.#running.add(running)
  }

  /** Does `work` every `ms` milliseconds, each time after the last one has ended; a failure is told and skipped. */
  every(ms: number, what: string, work: () => Promise<unknown>): void {
    this.run(what, async () => {
      for (;;) {
        await this.pause(ms)
        if (this.stopped) return
        await work().catch((error: unknown) => this.#tell(what, error))
      }
    })
  }

  pause(ms: number): Promise<void> {
    return sleep(this.#clock, ms, this.signal)
  }

  /** Calls `run` once after `ms` milliseconds, unless the node closes; the answer calls it off. */
  after(ms: number, run: () => void): () => void {
    const cancel = this.#clock.after(ms, () => {
      this.#timers.delete(cancel)
      run()
    })
    this.#timers.add(cancel)
    return () => {
      this.#timers.delete(cancel)
      cancel()
    }
  }

  /** Calls everything off and waits for what is under way. */
  async close(): Promise<void> {
    this.#stop.abort()
    for (const cancel of this.#timers) cancel()
    while (this.#running.size > 0) await Promise.all(this.#running)
  }

  #tell(what: string, error: unknown): void {
    if (!this.stopped) this.#notice(`${what}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

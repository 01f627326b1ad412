import type { Clock } from '../../src/clock.ts'

/** A clock that goes on when it is told to. */
export class HandClock implements Clock {
  #now = Date.UTC(2026, 10, 27)
  #timers: { at: number; run: () => void }[] = []

  now(): number {
    return this.#now
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.#now + ms, run }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((it) => it !== timer)
    }
  }

  turn(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve))
  }

  /** Lets time pass, and what is due happen. */
  async advance(ms: number): Promise<void> {
    this.#now += ms
    for (;;) {
      const due = this.#timers.filter(({ at }) => at <= this.#now).sort((a, b) => a.at - b.at)[0]
      if (!due) break
      this.#timers = this.#timers.filter((it) => it !== due)
      due.run()
    }
    await this.turn()
  }
}

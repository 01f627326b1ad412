import type { Clock } from '../../src/clock.ts'
import type { Trace } from './trace.ts'

/** The machine's own, also when `sealed.ts` has taken it from everybody else. */
const soon = setImmediate

/** More events than any run needs. */
const mostEvents = 20_000_000

/** What lives between two starts of a node: once it is over, nothing that was planned under it happens. */
export interface Life {
  over: boolean
}

export const everlasting: Life = { over: false }

interface Event {
  time: number
  order: number
  label: string
  life: Life
  run: (() => void) | null
}

/** What a step of the simulated code threw where nobody was there to catch it. */
export class Uncaught extends Error {
  constructor(label: string, cause: unknown) {
    super(`uncaught in ${label}: ${cause instanceof Error ? cause.stack : String(cause)}`, { cause })
    this.name = 'Uncaught'
  }
}

/**
 * Virtual time. Events happen in the order of (time, order in which they were planned); time stands still while
 * one happens. Between two events every microtask runs to its end: each event is a `setImmediate` callback of
 * the machine, and Node empties its microtask queue after each of those, however long it grows meanwhile. As
 * no other real asynchrony exists inside (`sealed.ts` sees to that), nothing is pending then but planned events,
 * so a seed is a run.
 */
export class Scheduler {
  /** Microseconds. */
  time = 0
  /** Events that happened. */
  happened = 0
  readonly trace: Trace
  private order = 0
  private readonly heap: Event[] = []

  constructor(trace: Trace) {
    this.trace = trace
  }

  /** Plans `run` in `delay` microseconds of virtual time; the answer calls it off. */
  plan(delay: number, label: string, run: () => void, life: Life = everlasting): () => void {
    const time = this.time + Math.max(0, Math.round(delay))
    const event: Event = { time, order: this.order++, label, life, run }
    this.push(event)
    return () => {
      event.run = null
    }
  }

  /** Something that somebody says about what happens; part of the trace. */
  remark(words: string): void {
    this.trace.note(this.time, words)
  }

  /** Ends `delay` microseconds from now; never, once `life` is over. */
  pause(delay: number, label: string, life: Life = everlasting): Promise<void> {
    return new Promise((resolve) => this.plan(delay, label, resolve, life))
  }

  /**
   * Lets events happen until `done` says so, or none is left up to the time `until`, which it then is.
   * @throws Uncaught what an event threw
   */
  async run(until: number, done: () => boolean = () => false): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      let ended = false
      const step = () => {
        if (ended) return
        try {
          ended = done() || !this.step(until)
          if (ended) resolve()
        } catch (cause) {
          ended = true
          reject(cause)
        }
      }
      // Many at a time: once a batch, not once an event, round the machine's event loop.
      const more = () => {
        if (ended) return
        for (let count = 0; count < 64; count++) soon(step)
        soon(more)
      }
      more()
    })
  }

  /** Lets the next event happen; false when there is none up to `until`. */
  private step(until: number): boolean {
    for (;;) {
      const event = this.heap[0]
      if (!event || event.time > until) {
        this.time = until
        return false
      }
      this.pop()
      if (!event.run || event.life.over) continue
      this.time = event.time
      if (++this.happened > mostEvents) throw new Uncaught(event.label, 'the run does not come to rest')
      this.trace.note(event.time, event.label)
      try {
        event.run()
      } catch (cause) {
        throw new Uncaught(event.label, cause)
      }
      return true
    }
  }

  private push(event: Event): void {
    const heap = this.heap
    let at = heap.length
    heap.push(event)
    while (at > 0) {
      const above = (at - 1) >> 1
      if (!before(event, heap[above]!)) break
      heap[at] = heap[above]!
      at = above
    }
    heap[at] = event
  }

  private pop(): void {
    const heap = this.heap
    const last = heap.pop()!
    if (heap.length === 0) return
    let at = 0
    for (;;) {
      let below = 2 * at + 1
      if (below >= heap.length) break
      if (below + 1 < heap.length && before(heap[below + 1]!, heap[below]!)) below++
      if (!before(heap[below]!, last)) break
      heap[at] = heap[below]!
      at = below
    }
    heap[at] = last
  }
}

function before(one: Event, other: Event): boolean {
  return one.time < other.time || (one.time === other.time && one.order < other.order)
}

/** The clock of one node's life on virtual time. */
export class SimClock implements Clock {
  /** Milliseconds by which this clock is wrong; it may change at any time. */
  skew: number
  private readonly scheduler: Scheduler
  private readonly life: Life
  private readonly name: string

  constructor(scheduler: Scheduler, name: string, life: Life, skew = 0) {
    this.scheduler = scheduler
    this.name = name
    this.life = life
    this.skew = skew
  }

  now(): number {
    return simulatedEpoch + Math.floor(this.scheduler.time / 1000) + this.skew
  }

  after(ms: number, run: () => void): () => void {
    return this.scheduler.plan(ms * 1000, `${this.name} timer`, run, this.life)
  }

  turn(): Promise<void> {
    return this.scheduler.pause(0, `${this.name} turn`, this.life)
  }
}

/** Virtual time 0: 2026-01-01T00:00:00.000Z in milliseconds. */
export const simulatedEpoch = Date.UTC(2026, 0, 1)

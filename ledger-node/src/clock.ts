/** Time, as the node asks for it. The simulation puts its own in the place of the machine's. */
export interface Clock {
  /** Milliseconds since the epoch. It may jump, forth and back. */
  now(): number
  /** Calls `run` once after `ms` milliseconds of running time, whatever `now` does; the answer calls it off. */
  after(ms: number, run: () => void): () => void
  /** Ends with the current turn of the event loop: whoever calls in the same turn has been heard by then. */
  turn(): Promise<void>
}

/** The machine's clock. Its timers keep no process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms)
    timer.unref()
    return () => clearTimeout(timer)
  },
  turn: () => new Promise((resolve) => setImmediate(resolve)),
}

/** Waits `ms` milliseconds, or until `signal` is aborted, and does not tell which. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve()
    const done = () => {
      cancel()
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const cancel = clock.after(ms, done)
    signal?.addEventListener('abort', done)
  })
}

/** Fresh random bytes: `crypto.randomBytes`, or those of a seed. */
export type Random = (count: number) => Buffer

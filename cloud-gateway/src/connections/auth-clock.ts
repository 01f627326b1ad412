/**
 * How long a connection may take to say who it is. One timer for all; time is counted in its ticks, so that it stands
 * still while the event loop is busy with everybody else: a storm of boxes must not run out of time by its own number.
 */
export interface AuthClock<T> {
  /** Starts counting, or starts over. `expired` is called once. */
  start(who: T, ms: number, expired: () => void): void
  stop(who: T): void
  close(): void
}

export function createAuthClock<T>(tickMs: number): AuthClock<T> {
  const running = new Map<T, { ticks: number; expired: () => void }>()
  const timer = setInterval(() => {
    for (const [who, count] of running) {
      count.ticks -= 1
      if (count.ticks > 0) continue
      running.delete(who)
      count.expired()
    }
  }, tickMs)
  timer.unref()
  return {
    start(who, ms, expired) {
      // The first tick may come at once.
      running.set(who, { ticks: Math.ceil(ms / tickMs) + 1, expired })
    },
    stop(who) {
      running.delete(who)
    },
    close() {
      clearInterval(timer)
      running.clear()
    },
  }
}

/** A token bucket: so many at once, so many a second in the long run. */
export interface Allowance {
  /** Takes one and returns 0, or takes none and returns the milliseconds until there is one. */
  take(now: number): number
  /** Whether it is as full as it can be: nothing is lost by forgetting it. */
  isFull(now: number): boolean
}

export function createAllowance(perSecond: number, burst: number): Allowance {
  let tokens = burst
  let at = 0
  const refill = (now: number) => {
    // A clock that goes back refills nothing.
    if (at > 0) tokens = Math.min(burst, tokens + (Math.max(0, now - at) * perSecond) / 1000)
    at = now
  }
  return {
    take(now) {
      refill(now)
      if (tokens < 1) return Math.ceil(((1 - tokens) * 1000) / perSecond)
      tokens -= 1
      return 0
    },
    isFull(now) {
      refill(now)
      return tokens >= burst
    },
  }
}

/** The spans over which tokens are counted: fixed, by the store's wall clock, UTC. Times are milliseconds since 1970. */
export const minuteMs = 60_000
export const dayMs = 86_400_000

/** How long counts, codes and questions are kept, by the store's age: a clock that jumped and came back finds them. */
export const kept = {
  minutesMs: 3 * dayMs,
  daysMs: 40 * dayMs,
  questionsMs: dayMs,
  expiredCodesMs: 7 * dayMs,
} as const

/** Beginning of the span of `length` in which `now` lies. */
export const startOf = (now: number, length: number) => Math.floor(now / length) * length
export const untilNext = (now: number, length: number) => startOf(now, length) + length - now

/** YYYY-MM-DD, UTC. */
export const dayName = (at: number) => new Date(at).toISOString().slice(0, 10)

/**
 * The store's age: time that passed while gateways ran, by which leases end and questions are forgotten. It grows with
 * the wall clock, but by `longestStepMs` at most between two beats, and never backwards: a clock that jumps neither
 * ends a lease nor makes questions forgotten.
 */
export function ageAt(stored: { age: number; seenAt: number }, now: number, longestStepMs: number): number {
  return stored.age + Math.min(Math.max(now - stored.seenAt, 0), longestStepMs)
}

export const defaultLeaseMs = 30_000
/** Beats come every third of a lease. */
export const longestStepOf = (leaseMs: number) => Math.ceil(leaseMs / 2)

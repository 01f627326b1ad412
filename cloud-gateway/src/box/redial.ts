/**
 * How long to wait after a connection has ended. Pure: clock and chance are parameters; times are those of performance.now(), so that a clock that
 * jumps changes nothing.
 */
import { closeCodes } from '../protocol.ts'
import { backoffDelay, backoffTiming } from './backoff.ts'
import type { Farewell } from './connection.ts'

/** A connection that stood so long counts as success; one that is cut sooner does not end the back-off. */
const steadyMs = 1000

export interface Redial {
  welcomed(now: number): void
  /** The gateway goes down, and wants its boxes back over this time. */
  leaving(jitterMs: number): void
  /** Milliseconds to wait before the next dial. */
  after(farewell: Farewell, now: number, random: number): number
}

export function createRedial(now: number): Redial {
  let failingSince = now
  let lateAttempts = 0
  let standsSince: number | null = null
  let jitterMs: number | null = null

  return {
    welcomed(at) {
      standsSince = at
    },
    leaving(jitter) {
      jitterMs = jitter
    },
    after({ code, retryAfterMs }, at, random) {
      if (standsSince !== null && at - standsSince >= steadyMs) {
        failingSince = at
        lateAttempts = 0
      }
      standsSince = null
      const jitter = jitterMs
      jitterMs = null
      // A second box with this key, or a gateway of another version: hurrying helps nobody.
      if (code === closeCodes.superseded || code === closeCodes.version) return backoffTiming.lastCapMs
      if (jitter !== null) return Math.round(jitter * random)
      const failingMs = at - failingSince
      const delay = backoffDelay(failingMs, lateAttempts, random)
      if (failingMs >= backoffTiming.patienceMs) lateAttempts += 1
      return Math.max(delay, Math.round(Math.min(retryAfterMs, backoffTiming.lastCapMs) * random))
    },
  }
}

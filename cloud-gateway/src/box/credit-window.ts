/**
 * How much text of one answer may be under way, and when to say so. Pure: the clock is a parameter. The window is
 * counted from what the reader has taken; what has arrived is acknowledged without waiting for the reader.
 */
export const creditTiming = {
  /** Acknowledged at once when so much has arrived since the last time. */
  ackBytes: 8192,
  ackDeltas: 48,
  /** Anything that has arrived is acknowledged within this time. */
  ackMs: 800,
  /** A window that only the reader has opened is told no oftener than this. */
  openMs: 250,
} as const

export interface CreditWindow {
  /** Counts a delta that arrived; false when it was not covered any more. */
  arrived(bytes: number, now: number): boolean
  /** The reader has done with so much. */
  taken(bytes: number): void
  /** Milliseconds until a credit should be sent; 0: now; Infinity: there is nothing to say. */
  dueIn(now: number): number
  /** Bytes to put into the credit that is sent now. */
  grant(now: number): number
  /** The connection is a new one: the gateway begins with a whole window behind what has arrived. */
  renewed(): void
}

export function createCreditWindow(size: number): CreditWindow {
  let arrived = 0
  let taken = 0
  /** Arrived bytes up to which the gateway was told it may go. */
  let granted = size
  let grantedAt = -Infinity
  let unsaid = { bytes: 0, deltas: 0, since: 0 }
  return {
    arrived(bytes, now) {
      // The last one may reach beyond the edge: what the gateway takes for full is its own affair.
      const covered = arrived < granted
      arrived += bytes
      if (unsaid.deltas === 0) unsaid.since = now
      unsaid.bytes += bytes
      unsaid.deltas += 1
      return covered
    },
    taken(bytes) {
      taken += bytes
    },
    dueIn(now) {
      if (unsaid.bytes >= creditTiming.ackBytes || unsaid.deltas >= creditTiming.ackDeltas) return 0
      const ack = unsaid.deltas > 0 ? unsaid.since + creditTiming.ackMs : Infinity
      const open = taken + size - granted >= size / 4 ? grantedAt + creditTiming.openMs : Infinity
      return Math.max(0, Math.min(ack, open) - now)
    },
    grant(now) {
      granted = Math.max(arrived, taken + size)
      grantedAt = now
      unsaid = { bytes: 0, deltas: 0, since: 0 }
      return granted - arrived
    },
    renewed() {
      granted = arrived + size
    },
  }
}

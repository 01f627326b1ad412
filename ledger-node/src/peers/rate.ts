import type { Clock } from '../clock.ts'

/** A kind of request: so many at once, and so many a second on the whole. */
export interface Rate {
  burst: number
  perSecond: number
}

/** Senders told apart; one that has not asked for long is forgotten first. */
const maxSenders = 4096

/** Token buckets, one for each sender and kind of request. */
export class RateLimit {
  readonly #clock: Clock
  /** Least lately used first. */
  readonly #buckets = new Map<string, { tokens: number; at: number }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Whether one more request is let through now. */
  allows(sender: string, { burst, perSecond }: Rate): boolean {
    const now = this.#clock.now()
    const bucket = this.#buckets.get(sender) ?? { tokens: burst, at: now }
    // A clock that goes back gives nothing.
    const gained = (Math.max(0, now - bucket.at) / 1000) * perSecond
    const tokens = Math.min(burst, bucket.tokens + gained)
    this.#buckets.delete(sender)
    this.#buckets.set(sender, { tokens: tokens < 1 ? tokens : tokens - 1, at: now })
    if (this.#buckets.size > maxSenders)
      for (const oldest of this.#buckets.keys()) if (this.#buckets.delete(oldest)) break
    return tokens >= 1
  }
}

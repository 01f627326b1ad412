/**
 * How often something may be done: so many times by each (enrolment: by each address; connections: by each box), and so
 * many times in all. Buckets that refill steadily; times are milliseconds that only grow (performance.now()).
 */
export interface AttemptLimits {
  each: { burst: number; perMinute: number }
  all: { burst: number; perMinute: number }
  /** Beyond so many, those that have waited longest for their bucket to fill are forgotten. */
  remembered: number
}

/** Of enrolment, by address. In all: one needs hundreds of addresses to take it from others, and it costs nothing. */
export const attemptLimits: AttemptLimits = {
  each: { burst: 10, perMinute: 10 },
  all: { burst: 200, perMinute: 6000 },
  remembered: 10_000,
}

export interface Attempts {
  /** 0: go on. Else after how many milliseconds to try again. */
  take(who: string, now: number): number
}

interface Bucket {
  left: number
  at: number
}

export function createAttempts({ each, all, remembered }: AttemptLimits = attemptLimits): Attempts {
  const everybody: Bucket = { left: all.burst, at: Number.NEGATIVE_INFINITY }
  /** In the order in which they were last used. */
  const buckets = new Map<string, Bucket>()

  function bucketOf(who: string): Bucket {
    const bucket = buckets.get(who) ?? { left: each.burst, at: Number.NEGATIVE_INFINITY }
    buckets.delete(who)
    buckets.set(who, bucket)
    for (const oldest of buckets.keys()) {
      if (buckets.size <= remembered) break
      buckets.delete(oldest)
    }
    return bucket
  }

  return {
    take(who, now) {
      const own = bucketOf(who)
      // Its own first: who has used up his share takes nothing of what is everybody's.
      return waitFor(own, each, now) || waitFor(everybody, all, now) || spend(own, everybody)
    },
  }
}

function waitFor(bucket: Bucket, { burst, perMinute }: AttemptLimits['all'], now: number): number {
  bucket.left = Math.min(burst, bucket.left + ((now - bucket.at) / 60_000) * perMinute)
  bucket.at = now
  return bucket.left >= 1 ? 0 : Math.ceil(((1 - bucket.left) / perMinute) * 60_000)
}

function spend(...buckets: Bucket[]): 0 {
  for (const bucket of buckets) bucket.left -= 1
  return 0
}

/**
 * How often enrolment may be tried: so many times per address, and so many times in all. Buckets that refill steadily;
 * times are milliseconds that only grow (performance.now()).
 */
export interface AttemptLimits {
  perAddress: { burst: number; perMinute: number }
  /** High enough that one needs hundreds of addresses to take it from others, low enough to cost nothing. */
  all: { burst: number; perMinute: number }
  /** Addresses remembered; beyond that, those that have waited longest for their bucket to fill are forgotten. */
  addresses: number
}

export const attemptLimits: AttemptLimits = {
  perAddress: { burst: 10, perMinute: 10 },
  all: { burst: 200, perMinute: 6000 },
  addresses: 10_000,
}

export interface Attempts {
  /** 0: go on. Else after how many milliseconds to try again. */
  take(address: string, now: number): number
}

interface Bucket {
  left: number
  at: number
}

export function createAttempts({ perAddress, all, addresses }: AttemptLimits = attemptLimits): Attempts {
  const everybody: Bucket = { left: all.burst, at: Number.NEGATIVE_INFINITY }
  /** In the order in which they were last used. */
  const buckets = new Map<string, Bucket>()

  function bucketOf(address: string): Bucket {
    const bucket = buckets.get(address) ?? { left: perAddress.burst, at: Number.NEGATIVE_INFINITY }
    buckets.delete(address)
    buckets.set(address, bucket)
    for (const oldest of buckets.keys()) {
      if (buckets.size <= addresses) break
      buckets.delete(oldest)
    }
    return bucket
  }

  return {
    take(address, now) {
      const own = bucketOf(address)
      // Its own first: who has used up his share takes nothing of what is everybody's.
      return waitFor(own, perAddress, now) || waitFor(everybody, all, now) || spend(own, everybody)
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

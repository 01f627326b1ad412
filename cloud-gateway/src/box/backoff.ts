/**
 * When to dial again. Full jitter (a random share of the cap) spreads boxes that lost the same gateway. The cap
 * stays at one second for the first half minute, so that a restarted gateway is found again at once, and only
 * then doubles up to one minute.
 */
export const backoffTiming = { firstCapMs: 1000, patienceMs: 30_000, lastCapMs: 60_000 }

/**
 * Milliseconds to wait.
 * `failingMs`: since the connection was lost (or first wanted); `lateAttempts`: attempts after the patience ran
 * out; `random`: 0 up to 1.
 */
export function backoffDelay(failingMs: number, lateAttempts: number, random: number): number {
  const { firstCapMs, patienceMs, lastCapMs } = backoffTiming
  const cap = failingMs < patienceMs ? firstCapMs : Math.min(lastCapMs, firstCapMs * 2 ** (lateAttempts + 1))
  return Math.round(cap * random)
}

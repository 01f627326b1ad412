/** What happened in the last minutes, for people: how long first words took, and how answers ended. */
import type { Observer } from './observer.ts'

export interface Recent extends Observer {
  report(): RecentReport
}

export interface RecentReport {
  minutes: number
  answers: number
  /** Answers that ended with an error, the box's own cancel left out. */
  failed: number
  /** Milliseconds from the question to the first text; null: there was none in this time. */
  firstTokenP50Ms: number | null
  firstTokenP95Ms: number | null
}

interface Ended {
  at: number
  firstTokenMs: number | null
  failed: boolean
}

const minutes = 5
/** Of a busy gateway the last so many: enough for a p95, and a bound on memory. */
const most = 4096
const finishes = new Set(['stop', 'length', 'content_filter', 'cancelled'])

export function createRecent(now: () => number = () => performance.now()): Recent {
  const ended: Ended[] = []
  let next = 0
  return {
    observe(observation) {
      if (observation.type !== 'answer') return
      const { firstTokenMs, outcome } = observation
      ended[next] = { at: now(), firstTokenMs, failed: !finishes.has(outcome) }
      next = (next + 1) % most
    },
    report() {
      const since = now() - minutes * 60_000
      const recent = ended.filter(({ at }) => at >= since)
      const times = recent
        .flatMap(({ firstTokenMs }) => (firstTokenMs === null ? [] : [firstTokenMs]))
        .toSorted((a, b) => a - b)
      return {
        minutes,
        answers: recent.length,
        failed: recent.filter(({ failed }) => failed).length,
        firstTokenP50Ms: quantile(times, 0.5),
        firstTokenP95Ms: quantile(times, 0.95),
      }
    },
  }
}

/** By the nearest rank. */
function quantile(sorted: readonly number[], share: number): number | null {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? null
}

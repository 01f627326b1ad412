/** How the gateway is, as one value: what the status page shows, `/status.json` and `tanbox-gateway` print. */
import type { Accounts } from '../accounts/accounts.ts'
import type { TargetStatus } from '../routing/router.ts'
import type { RecentReport } from './metrics-recent.ts'
import type { GatewayState } from './observer.ts'

export interface StatusReport {
  name: string
  version: string
  /** Milliseconds since 1970. */
  now: number
  upMs: number
  state: GatewayState
  targets: readonly TargetStatus[]
  recent: RecentReport
  /** Usage of this UTC day over all gateways that share the accounts; null: the accounts do not answer. */
  today: TodayReport | null
  memory: { rssBytes: number; heapBytes: number }
}

export interface TodayReport {
  day: string
  answers: number
  promptTokens: number
  completionTokens: number
  /** Of these tokens, those that nobody counted exactly. */
  estimatedTokens: number
}

export interface StatusSources {
  name: string
  version: string
  /** Null while the gateway starts. */
  state(): GatewayState | null
  targets(): readonly TargetStatus[]
  recent(): RecentReport
  accounts: Pick<Accounts, 'usage'>
}

const starting: GatewayState = {
  status: 'ok',
  connections: 0,
  handshakes: 0,
  running: 0,
  heldBytes: 0,
  detachedBytes: 0,
  detachedAnswers: 0,
}

/** However often somebody asks, the gateway looks so often at most; the day's usage is a query. */
const freshMs = 500
const usageFreshMs = 10_000
/** Accounts that are away do not make the page wait. */
const usageLimitMs = 2000

export function createStatusReports(sources: StatusSources): () => Promise<StatusReport> {
  const usage = kept(usageFreshMs, () => today(sources.accounts))
  return kept(freshMs, async () => {
    const { rss, heapUsed } = process.memoryUsage()
    return {
      name: sources.name,
      version: sources.version,
      now: Date.now(),
      upMs: Math.round(performance.now()),
      state: sources.state() ?? starting,
      targets: sources.targets(),
      recent: sources.recent(),
      today: await usage(),
      memory: { rssBytes: rss, heapBytes: heapUsed },
    }
  })
}

async function today(accounts: StatusSources['accounts']): Promise<TodayReport | null> {
  const day = new Date().toISOString().slice(0, 10)
  let timer: NodeJS.Timeout | undefined
  try {
    const limit = new Promise<null>((resolve) => {
      timer = setTimeout(() => resolve(null), usageLimitMs)
    })
    const rows = await Promise.race([accounts.usage({ fromDay: day, toDay: day }), limit])
    if (rows === null) return null
    const sum = { day, answers: 0, promptTokens: 0, completionTokens: 0, estimatedTokens: 0 }
    for (const row of rows) {
      sum.answers += row.answers
      sum.promptTokens += row.promptTokens
      sum.completionTokens += row.completionTokens
      sum.estimatedTokens += row.estimatedTokens
    }
    return sum
  } catch {
    return null
  } finally {
    clearTimeout(timer)
  }
}

/** One value for everybody who asks within so many milliseconds. */
export function kept<T>(forMs: number, make: () => Promise<T>): () => Promise<T> {
  let value: Promise<T> | null = null
  let until = 0
  return () => {
    const now = performance.now()
    if (value && now < until) return value
    until = now + forMs
    value = make()
    return value
  }
}

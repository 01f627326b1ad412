import type { Log } from '../log.ts'
import type { TargetStatus } from '../routing/router.ts'
import type { Metrics } from './metrics.ts'
import type { StatusReport } from './status-report.ts'

export interface AdminSettings {
  tcp: { host: string; port: number; names: readonly string[] } | null
  socket: string | null
  report: () => Promise<StatusReport>
  /** As they are now: each is asked first. */
  models: () => Promise<readonly TargetStatus[]>
  metrics: Pick<Metrics, 'text' | 'contentType'> | null
  /** Takes nothing new; resolves when running answers are over. */
  drain: () => Promise<void>
  log: Log
}

/** A door cannot be opened; the message is a sentence for the operator. */
export class AdminServerError extends Error {
  override name = 'AdminServerError'
}

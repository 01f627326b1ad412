import type { Log } from '../log.ts'
import type { Metrics } from './metrics.ts'
import type { StatusReport } from './status-report.ts'

export interface AdminSettings {
  tcp: { host: string; port: number; names: readonly string[] } | null
  socket: string | null
  report: () => Promise<StatusReport>
  metrics: Pick<Metrics, 'text' | 'contentType'> | null
  /** Takes nothing new; resolves when running answers are over. */
  drain: () => Promise<void>
  log: Log
}

/** A door cannot be opened; the message is a sentence for the operator. */
export class AdminServerError extends Error {
  override name = 'AdminServerError'
}

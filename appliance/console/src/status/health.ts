import type { BoxStatus } from '../../../src/model.ts'

/**
 * `working`: all is well and files are being read. `limited`: answers come, but a part of the box is missing. A file
 * that could not be read is the file's trouble, not the box's, and is counted with the documents.
 */
export type Health = { word: 'well' | 'working' } | { word: 'limited'; causes: Cause[] }

export type Cause = 'gateway' | 'ledger' | 'folder'

export function healthOf(status: BoxStatus): Health {
  const causes: Cause[] = []
  if (['unreachable', 'revoked'].includes(status.services.gateway.state)) causes.push('gateway')
  if (status.services.ledger.state === 'unreachable') causes.push('ledger')
  if (status.progress.paused !== null || status.counts.offline > 0) causes.push('folder')
  if (causes.length > 0) return { word: 'limited', causes }
  return { word: status.counts.queued > 0 || status.progress.remaking !== null ? 'working' : 'well' }
}

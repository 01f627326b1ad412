import type { GatewayMessage } from '../protocol.ts'
import type { Answer } from './answer.ts'

/**
 * What a box that waits hears when nothing was said of an answer for `progressMs`; null: nothing. To be asked from
 * time to time, `now` by performance.now(); the answer notes that something is said.
 */
export function reassure(answer: Answer, now: number, progressMs: number): GatewayMessage | null {
  if (answer.stirred) {
    answer.stirred = false
    answer.quietSince = now
    return null
  }
  if (answer.ended || now - answer.quietSince < progressMs) return null
  answer.quietSince = now
  const { rid, epoch } = answer
  if (answer.accepted) return answer.progressMessage() ?? { type: 'progress', state: 'prefill', rid, epoch }
  // The epoch before is still being ended elsewhere.
  return epoch > 1 ? { type: 'restart', rid, epoch } : null
}

/** Tokens of a prompt: as the model server counts them, if it is quick about it. */

import type { AskBody } from '../protocol.ts'
import type { Provider } from '../providers/provider.ts'

export interface PromptCounter {
  count(question: AskBody, signal: AbortSignal): Promise<number>
}

/** After failing it is not asked for so long: a question should not wait for it again and again. */
const leaveAloneMs = 60_000

/** Made once: the stack of an error costs more than the signal. */
const counted = new DOMException('the prompt has been counted', 'AbortError')

/**
 * Falls back on the estimate when the server has no count, says nonsense, fails, or takes longer than `limitMs`. Rejects
 * only with the signal's reason.
 */
export function createPromptCounter(
  provider: Provider,
  limitMs: number,
  estimate: (question: AskBody) => number,
): PromptCounter {
  let askAgainAt = Number.NEGATIVE_INFINITY

  async function ask(question: AskBody, signal: AbortSignal): Promise<number | null> {
    const limit = new AbortController()
    let stop = () => {}
    try {
      return await new Promise<number | null>((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error('too slow')), limitMs)
        const abort = () => reject(signal.reason)
        signal.addEventListener('abort', abort, { once: true })
        stop = () => {
          clearTimeout(timer)
          signal.removeEventListener('abort', abort)
        }
        Promise.resolve()
          .then(() => provider.countPrompt!(question, limit.signal))
          .then(resolve, reject)
      })
    } finally {
      stop()
      limit.abort(counted)
    }
  }

  return {
    async count(question, signal) {
      signal.throwIfAborted()
      if (!provider.countPrompt || performance.now() < askAgainAt) return estimate(question)
      try {
        const counted = await ask(question, signal)
        return Number.isSafeInteger(counted) && counted! > 0 ? counted! : estimate(question)
      } catch {
        signal.throwIfAborted()
        askAgainAt = performance.now() + leaveAloneMs
        return estimate(question)
      }
    },
  }
}

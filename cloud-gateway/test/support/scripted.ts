import { setTimeout as pause } from 'node:timers/promises'
import { type AskErrorCode, askError } from '../../src/errors.ts'
import {
  defaultTimers,
  type ModelEvent,
  type ModelTimers,
  type Provider,
  type TokenCount,
} from '../../src/providers/provider.ts'

/** A step of a model that plays its part from a script; `cut` ends without a finish reason. */
export type Step =
  | { answer: string }
  | { reasoning: string }
  | { waitMs: number }
  | { usage: TokenCount }
  | { finish: Extract<ModelEvent, { type: 'finish' }>['finish']; usage?: TokenCount }
  | { error: AskErrorCode }
  | { fault: Error }
  /** Never goes on, whatever the signal says. */
  | 'hang'
  | 'cut'
  | 'again'

export interface Scripted extends Provider {
  readonly asked: number
  /** How many answers were told to stop. */
  readonly stopped: number
}

/** Stands in for a model server; its own contract is that of every provider. */
export function scripted(steps: readonly Step[], timers: Partial<ModelTimers> = {}): Scripted {
  let asked = 0
  let stopped = 0
  return {
    model: 'scripted',
    timers: { ...defaultTimers, ...timers },
    get asked() {
      return asked
    },
    get stopped() {
      return stopped
    },
    async *write(_question, signal) {
      asked += 1
      let finished = false
      signal.addEventListener('abort', () => {
        if (!finished) stopped += 1
      })
      for (let at = 0; at < steps.length; at++) {
        signal.throwIfAborted()
        const step = steps[at]!
        if (step === 'hang') await new Promise(() => {})
        else if (step === 'cut') return
        else if (step === 'again') at = -1
        else if ('answer' in step) yield { type: 'text', channel: 'answer', text: step.answer }
        else if ('reasoning' in step) yield { type: 'text', channel: 'reasoning', text: step.reasoning }
        else if ('waitMs' in step) await pause(step.waitMs, undefined, { signal }).catch(() => {})
        else if ('error' in step) throw askError(step.error)
        else if ('fault' in step) throw step.fault
        else if ('finish' in step) {
          finished = true
          yield { type: 'finish', finish: step.finish, usage: step.usage ?? null }
        } else yield { type: 'usage', usage: step.usage }
      }
    },
  }
}

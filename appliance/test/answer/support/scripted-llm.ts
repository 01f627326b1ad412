import { type AskBody, readAskBody } from '@tanbox/cloud-gateway/protocol'
import type { Llm, LlmEvent } from '../../../src/llm/llm.ts'

/** What a model behind the gateway does: pieces of text, other events, `wait` until stopped, or an error thrown. */
export type Step = string | LlmEvent | 'wait' | Error

/** Stands in for a model outside the house; plays a script and remembers what it was asked. */
export function scriptedLlm(script: (asked: AskBody) => readonly Step[], state: Llm['state'] = 'connected') {
  const asked: { payload: string; body: AskBody; stopped: boolean }[] = []
  const llm: Llm = {
    state,
    async *ask({ payload }, signal) {
      const text = Buffer.from(payload).toString('utf8')
      const one = { payload: text, body: readAskBody(text), stopped: false }
      asked.push(one)
      yield { type: 'writing', model: 'scripted' }
      try {
        for (const step of script(one.body)) {
          if (signal.aborted) break
          if (step instanceof Error) throw step
          if (step === 'wait')
            await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
          else if (typeof step !== 'string' && step.type === 'end') return yield step
          else yield typeof step === 'string' ? { type: 'delta', text: step } : step
        }
        yield {
          type: 'end',
          finish: signal.aborted ? 'cancelled' : 'stop',
          usage: { promptTokens: 9, completionTokens: 3, exact: true },
        }
      } finally {
        one.stopped = signal.aborted
      }
    },
    async close() {},
  }
  return { llm, asked }
}

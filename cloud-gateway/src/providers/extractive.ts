import { setImmediate as turn } from 'node:timers/promises'
import { extractInDeltas } from '../extractive.ts'
import { defaultTimers, type Provider } from './provider.ts'

/** The embedded default: no model at all, sentences quoted from the passages. It uses no tokens. */
export function createExtractiveProvider(): Provider {
  return {
    model: 'extractive',
    timers: defaultTimers,
    async *write(question, signal) {
      for (const text of extractInDeltas(question)) {
        signal.throwIfAborted()
        yield { type: 'text', channel: 'answer', text }
        await turn()
      }
      yield { type: 'finish', finish: 'stop', usage: { promptTokens: 0, completionTokens: 0 } }
    },
  }
}

import { setImmediate as turn } from 'node:timers/promises'
import { extractInDeltas } from '@tanbox/cloud-gateway/extractive'
import { readAskBody } from '@tanbox/cloud-gateway/protocol'
import type { Llm } from './llm.ts'

/** The box itself: quotes the best sentences, by the function that the gateway's quoting provider uses too. */
export function createOfflineLlm(): Llm {
  return {
    state: 'connected',
    async *ask({ payload }, signal) {
      const question = readAskBody(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(payload))
      yield { type: 'writing', model: 'extractive' }
      for (const text of extractInDeltas(question)) {
        if (signal.aborted) {
          yield { type: 'end', finish: 'cancelled', usage: null }
          return
        }
        yield { type: 'delta', text }
        await turn()
      }
      yield { type: 'end', finish: 'stop', usage: null }
    },
    async close() {},
  }
}

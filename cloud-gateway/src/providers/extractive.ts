import { extractInDeltas } from '../extractive.ts'
import { writePieces } from './pieces.ts'
import type { Provider } from './provider.ts'

/** The embedded default: no model at all, sentences quoted from the passages. It uses no tokens. */
export function createExtractiveProvider(): Provider {
  return {
    model: 'extractive',
    async write({ question }, out, signal) {
      await writePieces([...extractInDeltas(question)], out, signal)
      return { finish: 'stop', usage: { promptTokens: 0, completionTokens: 0 } }
    },
    async check(signal) {
      signal.throwIfAborted()
    },
    countPrompt: async () => 0,
  }
}

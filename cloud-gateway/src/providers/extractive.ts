import { createQuoting } from './extractive/quoting.ts'
import { writePieces } from './pieces.ts'
import type { Provider } from './provider.ts'

/** The embedded default: no model at all, sentences quoted from the passages. It uses no tokens. */
export function createExtractiveProvider(): Provider {
  const quote = createQuoting()
  return {
    model: 'extractive',
    async write({ question }, out, signal) {
      await writePieces(await quote(question, signal), out, signal)
      return { finish: 'stop', usage: { promptTokens: 0, completionTokens: 0 } }
    },
    async check(signal) {
      signal.throwIfAborted()
    },
    countPrompt: async () => 0,
  }
}

import type {
  ModelFinish,
  ModelRequest,
  ModelSink,
  Provider,
  TokenCount,
  Upstream,
} from '../../src/providers/provider.ts'
import { never, question } from './questions.ts'

export type ModelEvent =
  | { type: 'progress'; state: 'queued' | 'prefill'; position?: number }
  | { type: 'text'; channel: 'answer' | 'reasoning'; text: string }
  | { type: 'usage'; usage: TokenCount }

export interface RecordingSink extends ModelSink {
  readonly events: ModelEvent[]
  readonly answer: string
  readonly reasoning: string
  /** What is being read at the moment; null: nothing. */
  readonly upstream: Upstream | null
  /** How many were handed over, and how many of those let go of. */
  readonly handedOver: number
  readonly released: number
}

/** Writes down what a model says. `onText` is called after each text was noted. */
export function recordingSink(onText: (sink: RecordingSink) => void = () => {}): RecordingSink {
  const events: ModelEvent[] = []
  const said = { answer: '', reasoning: '' }
  let upstream: Upstream | null = null
  let handedOver = 0
  let released = 0
  const sink: RecordingSink = {
    events,
    get answer() {
      return said.answer
    },
    get reasoning() {
      return said.reasoning
    },
    get upstream() {
      return upstream
    },
    get handedOver() {
      return handedOver
    },
    get released() {
      return released
    },
    progress: (state, position) =>
      void events.push({ type: 'progress', state, ...(position === undefined ? {} : { position }) }),
    text(channel, text) {
      events.push({ type: 'text', channel, text })
      said[channel] += text
      onText(sink)
    },
    usage: (usage) => void events.push({ type: 'usage', usage }),
    reading(what) {
      upstream = what
      handedOver += 1
      return () => {
        upstream = null
        released += 1
      }
    },
  }
  return sink
}

export const modelRequest = (changes: Partial<ModelRequest> = {}): ModelRequest => ({
  question: question(),
  maxTokens: 500,
  traceparent: null,
  ...changes,
})

export interface Said extends ModelFinish {
  events: ModelEvent[]
  answer: string
  reasoning: string
}

/** Asks once and gives everything that came. */
export async function askModel(
  provider: Provider,
  changes: Partial<ModelRequest> = {},
  signal = never,
): Promise<Said> {
  const out = recordingSink()
  const finish = await provider.write(modelRequest(changes), out, signal)
  return { ...finish, events: out.events, answer: out.answer, reasoning: out.reasoning }
}

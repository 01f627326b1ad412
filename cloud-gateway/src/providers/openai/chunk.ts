/** One chunk of a streamed chat completion, in the dialects of vLLM, SGLang, Zhipu, xinference and the shims. */
import { askError } from '../../errors.ts'
import { parseObject } from '../http/read-body.ts'
import { streamFailureOf } from '../http/refusal.ts'
import type { ModelFinish, TokenCount } from '../provider.ts'
import { isCount } from '../token-count.ts'

export interface Chunk {
  reasoning: string
  answer: string
  finish: ModelFinish['finish'] | null
  usage: TokenCount | null
}

const finishReasons = new Map<string, Chunk['finish']>([
  ['stop', 'stop'],
  ['eos', 'stop'],
  ['eos_token', 'stop'],
  ['stop_sequence', 'stop'],
  ['length', 'length'],
  ['max_tokens', 'length'],
  // Zhipu: prompt and answer together have filled the model.
  ['model_context_window_exceeded', 'length'],
  ['content_filter', 'content_filter'],
  ['sensitive', 'content_filter'],
])

/**
 * `event` is the event's type in the stream, empty for most. Throws AskError for an error in the stream, for what is
 * no chunk, and for a reason that is no end.
 */
export function readChunk(data: string, event = ''): Chunk {
  const chunk = parseObject(data, 'an event that is no chunk')
  const failure = event === 'error' ? (chunk.error ?? chunk) : failureIn(chunk)
  if (failure) throw streamFailureOf(failure)
  const choice = Array.isArray(chunk.choices) ? record(chunk.choices[0]) : {}
  const delta = record(choice.delta)
  return {
    // vLLM writes `reasoning`, older ones `reasoning_content`, some both with the same text.
    reasoning: text(delta.reasoning) || text(delta.reasoning_content),
    answer: text(delta.content),
    finish: readFinish(choice.finish_reason),
    usage: readUsage(chunk.usage),
  }
}

/** An `error`, or (vLLM of 2023, FastAPI, Zhipu) an object with a code or a detail where the choices should be. */
function failureIn(chunk: Record<string, unknown>): unknown {
  if (chunk.error !== undefined && chunk.error !== null) return chunk.error
  if (Array.isArray(chunk.choices)) return null
  return chunk.object === 'error' || chunk.code !== undefined || chunk.detail !== undefined ? chunk : null
}

function readFinish(reason: unknown): Chunk['finish'] {
  if (reason === null || reason === undefined || reason === '') return null
  const finish = finishReasons.get(String(reason))
  if (finish) return finish
  // Zhipu's `network_error`, vLLM's `abort`: the model stopped without being done.
  if (reason === 'network_error' || reason === 'abort' || reason === 'error') throw askError('incomplete')
  throw askError('model-bad-response', 'an unknown finish reason')
}

function readUsage(value: unknown): TokenCount | null {
  if (value === undefined || value === null) return null
  const { prompt_tokens: promptTokens, completion_tokens: completionTokens } = record(value)
  return isCount(promptTokens) && isCount(completionTokens) ? { promptTokens, completionTokens } : null
}

const record = (value: unknown) =>
  (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>
const text = (value: unknown) => (typeof value === 'string' ? value : '')

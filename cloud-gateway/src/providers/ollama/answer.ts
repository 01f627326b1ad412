/** The answer in a stream of JSON lines. */
import { askError } from '../../errors.ts'
import { parseObject } from '../http/read-body.ts'
import { readLines } from '../http/read-lines.ts'
import { streamFailureOf } from '../http/refusal.ts'
import type { ModelResponse } from '../http/request.ts'
import type { ModelFinish, ModelSink, TokenCount } from '../provider.ts'
import { isCount } from '../token-count.ts'

const finishReasons = new Map<string, ModelFinish['finish']>([
  ['stop', 'stop'],
  ['length', 'length'],
])

/** Rejects with AskError (`incomplete` without a last line that says `done`), or with the signal's reason. */
export async function readAnswer(
  response: ModelResponse,
  out: ModelSink,
  signal: AbortSignal,
): Promise<ModelFinish> {
  let end: ModelFinish | null = null

  function take(line: string, whole: boolean): void {
    if (line === '') return
    const part = whole ? parseObject(line, 'a line that is no object') : parseLast(line)
    if (part.error !== undefined && part.error !== null) throw streamFailureOf(part.error)
    const message = record(part.message)
    if (isText(message.thinking)) out.text('reasoning', message.thinking)
    if (isText(message.content)) out.text('answer', message.content)
    if (part.done !== true) return
    const usage = readUsage(part)
    if (usage) out.usage(usage)
    end = { finish: readFinish(part.done_reason), usage }
    reading.stop()
  }

  const reading = readLines(response, { out, signal, take })
  await reading.done
  if (end === null) throw askError('incomplete')
  return end
}

/** A last line without an end: whole if it is an object, else the stream was cut. */
function parseLast(line: string): Record<string, unknown> {
  try {
    return parseObject(line, '')
  } catch {
    throw askError('incomplete')
  }
}

/** Versions before 0.1.40 give no reason. `load` and `unload` answer a request without messages: nothing was said. */
function readFinish(reason: unknown): ModelFinish['finish'] {
  if (reason === undefined || reason === null || reason === '') return 'stop'
  const finish = finishReasons.get(String(reason))
  if (finish) return finish
  if (reason === 'load' || reason === 'unload') throw askError('incomplete')
  throw askError('model-bad-response', 'an unknown finish reason')
}

/** Older versions leave out the prompt's count where the prompt was remembered: then the usage is not known. */
function readUsage(part: Record<string, unknown>): TokenCount | null {
  const { prompt_eval_count: promptTokens, eval_count: completionTokens } = part
  return isCount(promptTokens) && isCount(completionTokens) ? { promptTokens, completionTokens } : null
}

const record = (value: unknown) =>
  (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>
const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''

/** The answer in a stream of chat completion chunks. */
import { askError } from '../../errors.ts'
import { readLines } from '../http/read-lines.ts'
import type { ModelResponse } from '../http/request.ts'
import { createEventReader } from '../http/sse.ts'
import type { ModelFinish, ModelSink, TokenCount } from '../provider.ts'
import { readChunk } from './chunk.ts'
import { createChunkTemplate } from './chunk-template.ts'

/** Usage may come after the finish reason; a server that has none need not close the stream either. */
const usageGraceMs = 2000

/** Rejects with AskError (`incomplete` without a finish reason, [DONE] or not), or with the signal's reason. */
export async function readAnswer(
  response: ModelResponse,
  out: ModelSink,
  signal: AbortSignal,
): Promise<ModelFinish> {
  let finish: ModelFinish['finish'] | null = null
  let usage: TokenCount | null = null
  let grace: NodeJS.Timeout | null = null
  const template = createChunkTemplate(readChunk)

  const read = (data: string, event: string) => {
    const known = event === '' ? template.match(data) : null
    if (known) return known
    const chunk = readChunk(data, event)
    if (event === '') template.learn(data, chunk)
    return chunk
  }

  const take = createEventReader((data, event) => {
    if (data === '[DONE]') return reading.stop()
    if (isBlank(data)) return
    if (data.trim() === '[DONE]') return reading.stop()
    const chunk = read(data, event)
    if (chunk.reasoning !== '') out.text('reasoning', chunk.reasoning)
    if (chunk.answer !== '') out.text('answer', chunk.answer)
    if (chunk.usage) {
      usage = chunk.usage
      out.usage(usage)
    }
    finish ??= chunk.finish
    if (finish === null) return
    if (chunk.usage) reading.stop()
    else grace ??= setTimeout(giveUpUsage, usageGraceMs)
  })

  /** While the box is slow the usage may well have arrived, unread. */
  const giveUpUsage = () => {
    if (reading.paused) grace = setTimeout(giveUpUsage, usageGraceMs)
    else reading.stop()
  }

  const reading = readLines(response, {
    out,
    signal,
    // What is left of an event that was cut says nothing.
    take: (line, whole) => {
      if (whole) take(line)
    },
  })
  try {
    await reading.done
  } catch (error) {
    // Once it has finished the answer is whole; only the account of it is missing.
    if (finish === null || signal.aborted) throw error
  } finally {
    if (grace) clearTimeout(grace)
  }
  if (finish === null) throw askError('incomplete')
  return { finish, usage }
}

/** Some servers keep a connection alive by events without content. */
const isBlank = (data: string) => data.length < 8 && data.trim() === ''

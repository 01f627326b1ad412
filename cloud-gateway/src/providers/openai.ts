/** Any server that speaks OpenAI's streaming chat completions. Address, key and model come from configuration. */
import type { IncomingMessage } from 'node:http'
import { askError } from '../errors.ts'
import { chatMessages } from './chat-messages.ts'
import { readBody } from './http/read-body.ts'
import { readLines } from './http/read-lines.ts'
import { createSend } from './http/request.ts'
import { createEventReader } from './http/sse.ts'
import { readChunk } from './openai/chunk.ts'
import { failureOf } from './openai/failure.ts'
import type { ModelFinish, ModelRequest, ModelSink, Provider, TokenCount } from './provider.ts'

export interface OpenaiSettings {
  /** Up to and without `/chat/completions`, e.g. http://127.0.0.1:8000/v1 */
  baseUrl: string
  /** Empty for servers that want none. */
  key: string
  model: string
  connectMs: number
  /** Further members of the request, the operator's choice, e.g. {"chat_template_kwargs": {…}}. */
  extra: Record<string, unknown>
}

/** Most of an error's body that is looked at, bytes. */
const longestFailure = 64 * 1024
/** Usage may come after the finish reason; a server that has none need not close the stream either. */
const usageGraceMs = 2000

export function createOpenaiProvider(settings: OpenaiSettings): Provider {
  const base = settings.baseUrl.replace(/\/+$/, '')
  const completions = new URL(`${base}/chat/completions`)
  const models = new URL(`${base}/models`)
  const send = createSend(settings.connectMs)
  const authorization: Record<string, string> =
    settings.key === '' ? {} : { authorization: `Bearer ${settings.key}` }
  return {
    model: settings.model,
    async write(request, out, signal) {
      const headers: Record<string, string> = { ...authorization, accept: 'text/event-stream' }
      if (request.traceparent) headers.traceparent = request.traceparent
      const response = await send(completions, {
        method: 'POST',
        headers,
        body: JSON.stringify(requestOf(request, settings)),
        signal,
        connected: () => out.progress('prefill'),
      })
      await requireStream(response, signal)
      return readAnswer(response, out, signal)
    },
    async check(signal) {
      const response = await send(models, { method: 'GET', headers: authorization, body: null, signal })
      const { bytes } = await readBody(response, longestFailure, signal)
      if (response.statusCode !== 200) throw failureOf(response.statusCode ?? 0, bytes.toString())
    },
  }
}

/** Nothing of the box's question but messages and length reaches the parameters, and the fixed ones come last. */
function requestOf({ question, maxTokens }: ModelRequest, settings: OpenaiSettings): Record<string, unknown> {
  return {
    ...settings.extra,
    model: settings.model,
    messages: chatMessages(question),
    max_tokens: maxTokens,
    n: 1,
    stream: true,
    stream_options: { include_usage: true },
  }
}

async function requireStream(response: IncomingMessage, signal: AbortSignal): Promise<void> {
  const status = response.statusCode ?? 0
  if (status !== 200) {
    const { bytes } = await readBody(response, longestFailure, signal)
    throw failureOf(status, bytes.toString())
  }
  const lie = lieOf(response)
  if (lie === null) return
  response.destroy()
  throw askError('model-bad-response', lie)
}

function lieOf({ headers }: IncomingMessage): string | null {
  if (!/^text\/event-stream\b/i.test(headers['content-type'] ?? '')) return 'no event stream'
  return /^(?:identity)?$/i.test(headers['content-encoding'] ?? '') ? null : 'a compressed stream'
}

async function readAnswer(
  response: IncomingMessage,
  out: ModelSink,
  signal: AbortSignal,
): Promise<ModelFinish> {
  let finish: ModelFinish['finish'] | null = null
  let usage: TokenCount | null = null
  let grace: NodeJS.Timeout | null = null

  const take = createEventReader((data) => {
    if (data === '[DONE]' || data.trim() === '[DONE]') return reading.stop()
    const chunk = readChunk(data)
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
  const reading = readLines(response, { out, signal, take: (line, whole) => whole && take(line) })
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

/** Any server that speaks OpenAI's streaming chat completions. Address, key and model come from configuration. */
import type { IncomingMessage } from 'node:http'
import { askError } from '../errors.ts'
import type { AskBody } from '../protocol.ts'
import { chatMessages } from './chat-messages.ts'
import { type Chunk, readChunk } from './openai-chunk.ts'
import { failureOf } from './openai-failure.ts'
import { post, readSome } from './post.ts'
import type { ModelEvent, ModelTimers, Provider, TokenCount } from './provider.ts'
import { readEvents } from './sse.ts'

export interface OpenaiSettings {
  /** Up to and without `/chat/completions`, e.g. http://127.0.0.1:8000/v1 */
  baseUrl: string
  /** Empty for servers that want none. */
  key: string
  model: string
  timers: ModelTimers
  connectMs: number
  /** Further members of the request, the operator's choice, e.g. {"chat_template_kwargs": {…}}. */
  extra: Record<string, unknown>
}

/** Most of an error's body that is looked at, bytes. */
const longestFailure = 64 * 1024
/** Usage may come after the finish reason; a server that has none need not close the stream either. */
const usageGraceMs = 2000

export function createOpenaiProvider(settings: OpenaiSettings): Provider {
  const url = new URL(`${settings.baseUrl.replace(/\/+$/, '')}/chat/completions`)
  const headers: Record<string, string> = { 'content-type': 'application/json', accept: 'text/event-stream' }
  if (settings.key !== '') headers.authorization = `Bearer ${settings.key}`
  return {
    model: settings.model,
    timers: settings.timers,
    async *write(question, signal) {
      const body = JSON.stringify(requestOf(question, settings))
      const response = await post(url, { headers, body, connectMs: settings.connectMs, signal })
      try {
        await requireStream(response)
        yield* readAnswer(response)
      } catch (error) {
        if (signal.aborted) throw signal.reason
        throw isConnectionFailure(error) ? askError('incomplete', '', { cause: error }) : error
      } finally {
        response.destroy()
      }
    },
  }
}

/** Nothing of the box's question but messages and length reaches the parameters, and the fixed ones come last. */
function requestOf(question: AskBody, settings: OpenaiSettings): Record<string, unknown> {
  return {
    ...settings.extra,
    model: settings.model,
    messages: chatMessages(question),
    max_tokens: question.maxTokens,
    n: 1,
    stream: true,
    stream_options: { include_usage: true },
  }
}

async function requireStream(response: IncomingMessage): Promise<void> {
  const status = response.statusCode ?? 0
  if (status !== 200) throw failureOf(status, await readSome(response, longestFailure))
  const type = response.headers['content-type'] ?? ''
  if (!/^text\/event-stream\b/i.test(type)) throw askError('model-bad-response', 'no event stream')
}

async function* readAnswer(response: IncomingMessage): AsyncGenerator<ModelEvent> {
  let finish: Chunk['finish'] = null
  let usage: TokenCount | null = null
  let grace: NodeJS.Timeout | null = null
  try {
    for await (const { data } of readEvents(response)) {
      if (data.trim() === '[DONE]') break
      const chunk = readChunk(data)
      if (chunk.reasoning !== '') yield { type: 'text', channel: 'reasoning', text: chunk.reasoning }
      if (chunk.answer !== '') yield { type: 'text', channel: 'answer', text: chunk.answer }
      if (chunk.usage) {
        usage = chunk.usage
        yield { type: 'usage', usage }
      }
      finish ??= chunk.finish
      if (finish && chunk.usage) break
      if (finish) grace ??= setTimeout(() => response.destroy(), usageGraceMs)
    }
  } catch (error) {
    // The answer was whole; only the account of it is missing.
    if (!finish) throw error
  } finally {
    if (grace) clearTimeout(grace)
  }
  if (finish) yield { type: 'finish', finish, usage }
}

function isConnectionFailure(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code
  return typeof code === 'string' && /^(?:E[A-Z]+|ERR_STREAM_PREMATURE_CLOSE)$/.test(code)
}

/**
 * Ollama by its own `/api/chat`, JSON by the line. Never by its `/v1`: that ignores `num_ctx` and cuts the prompt
 * at the model's default (4096 tokens) without a word.
 */
import { askError } from '../errors.ts'
import { chatMessages } from './chat-messages.ts'
import { readJson } from './http/read-body.ts'
import { refusalOf } from './http/refusal.ts'
import { createSend } from './http/request.ts'
import { requireStream } from './http/require-stream.ts'
import { readAnswer } from './ollama/answer.ts'
import type { ModelRequest, Provider } from './provider.ts'

export interface OllamaSettings {
  /** Up to and without `/api`, e.g. http://127.0.0.1:11434 */
  baseUrl: string
  /** For a proxy before it; Ollama itself wants none. */
  key: string
  model: string
  /** Prompt and answer together, tokens: Ollama reserves memory for as many. */
  contextTokens: number
  /** Whether the model thinks before it answers; null: as it likes. */
  thinking: boolean | null
  /** How long the model stays in memory afterwards, e.g. "30m"; null: as Ollama likes (5 minutes). */
  keepAlive: string | null
  /** Further members of `options`, the operator's choice; those that are decided here are left out. */
  options: Record<string, unknown>
  connectMs: number
}

/** Longest list of models, bytes. */
const longestList = 4 * 1024 * 1024

export function createOllamaProvider(settings: OllamaSettings): Provider {
  const base = settings.baseUrl.replace(/\/+$/, '')
  const chat = new URL(`${base}/api/chat`)
  const tags = new URL(`${base}/api/tags`)
  const send = createSend(settings.connectMs)
  const authorization: Record<string, string> =
    settings.key === '' ? {} : { authorization: `Bearer ${settings.key}` }
  return {
    model: settings.model,
    async write(request, out, signal) {
      const headers: Record<string, string> = { ...authorization, accept: 'application/x-ndjson' }
      if (request.traceparent) headers.traceparent = request.traceparent
      const response = await send(chat, {
        method: 'POST',
        headers,
        body: JSON.stringify(chatRequest(request, settings)),
        signal,
        // Loading the model into memory is part of it, and may take minutes without a byte.
        connected: () => out.progress('prefill'),
      })
      await requireStream(response, /^application\/(?:x-ndjson|json)\b/i, signal)
      return readAnswer(response, out, signal)
    },
    async check(signal) {
      const response = await send(tags, { method: 'GET', headers: authorization, body: null, signal })
      if (response.status !== 200) throw await refusalOf(response, signal)
      const { models } = await readJson(response, longestList, signal)
      const names = Array.isArray(models)
        ? models.map((model) => (model as { name?: unknown } | null)?.name)
        : []
      const { model } = settings
      if (!names.includes(model) && !names.includes(`${model}:latest`)) throw askError('model-missing')
    },
  }
}

function chatRequest(
  { question, maxTokens }: ModelRequest,
  settings: OllamaSettings,
): Record<string, unknown> {
  return {
    model: settings.model,
    messages: chatMessages(question),
    stream: true,
    // A prompt that does not fit is an error, not a shorter prompt (Ollama 0.12 and later; ignored before).
    truncate: false,
    shift: false,
    ...(settings.thinking === null ? {} : { think: settings.thinking }),
    ...(settings.keepAlive === null ? {} : { keep_alive: settings.keepAlive }),
    options: { ...settings.options, num_ctx: settings.contextTokens, num_predict: maxTokens },
  }
}

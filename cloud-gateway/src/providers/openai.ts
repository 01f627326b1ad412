/** Any server that speaks OpenAI's streaming chat completions. Address, key and model come from configuration. */
import { askError } from '../errors.ts'
import type { AskBody } from '../protocol.ts'
import { readJson } from './http/read-body.ts'
import { refusalOf } from './http/refusal.ts'
import { createSend } from './http/request.ts'
import { requireStream } from './http/require-stream.ts'
import { soonOrNull } from './http/soon-or-null.ts'
import { readAnswer } from './openai/answer.ts'
import { type CompletionSettings, completionRequest, messagesOf } from './openai/completion-request.ts'
import { type Dialect, dialects } from './openai/dialects.ts'
import { signKey } from './openai/signed-key.ts'
import { tokenize } from './openai/tokenize.ts'
import type { Provider } from './provider.ts'

export interface OpenaiSettings extends CompletionSettings {
  /** Up to and without `/chat/completions`, e.g. http://127.0.0.1:8000/v1 */
  baseUrl: string
  /** Empty for servers that want none. */
  key: string
  /** Zhipu: the key (`id.secret`) stays here, a short-lived token signed with it is sent. */
  signKey: boolean
  /** Whether prompts are counted by the server, where the dialect has a way. */
  tokenize: boolean
  connectMs: number
}

/** Longest list of models, bytes. */
const longestList = 4 * 1024 * 1024
/** A prompt that is not counted by then is estimated; the box is waiting. */
const tokenizeMs = 1500

export function createOpenaiProvider(settings: OpenaiSettings): Provider {
  const dialect: Dialect = dialects[settings.dialect]
  const base = settings.baseUrl.replace(/\/+$/, '')
  const root = base.replace(/\/v\d+$/, '')
  const completions = new URL(`${base}/chat/completions`)
  const models = new URL(`${base}/models`)
  const send = createSend(settings.connectMs)

  function authorization(): Record<string, string> {
    if (settings.key === '') return {}
    return { authorization: `Bearer ${settings.signKey ? signKey(settings.key) : settings.key}` }
  }

  async function get(url: URL, signal: AbortSignal) {
    return send(url, { method: 'GET', headers: authorization(), body: null, signal })
  }

  async function checkModels(signal: AbortSignal): Promise<void> {
    const response = await get(models, signal)
    const status = response.status
    // It has no list, and that it says so shows that it is there.
    if (status === 404 || status === 405 || (status === 200 && !dialect.listsModels)) {
      response.destroy()
      return
    }
    if (status !== 200) throw await refusalOf(response, signal)
    const { data } = await readJson(response, longestList, signal)
    const names = Array.isArray(data) ? data.map((model) => (model as { id?: unknown } | null)?.id) : []
    if (!names.includes(settings.model)) throw askError('model-missing')
  }

  const takes = dialect.tokenize
  async function countPrompt(question: AskBody, signal: AbortSignal): Promise<number | null> {
    const { chat_template_kwargs: templateArguments } = completionRequest(
      { question, maxTokens: 1 },
      settings,
    )
    return soonOrNull(tokenizeMs, signal, (soon) =>
      tokenize(
        send,
        {
          url: new URL(`${root}/tokenize`),
          headers: authorization(),
          model: settings.model,
          takes: takes!,
          templateArguments,
        },
        messagesOf(question, dialect),
        soon,
      ),
    )
  }

  return {
    model: settings.model,
    async write(request, out, signal) {
      const headers: Record<string, string> = { ...authorization(), accept: 'text/event-stream' }
      if (request.traceparent) headers.traceparent = request.traceparent
      const response = await send(completions, {
        method: 'POST',
        headers,
        body: JSON.stringify(completionRequest(request, settings)),
        signal,
        connected: () => out.progress('prefill'),
      })
      await requireStream(response, /^text\/event-stream\b/i, signal)
      return readAnswer(response, out, signal)
    },
    async check(signal) {
      if (dialect.health !== null) {
        const response = await get(new URL(`${root}${dialect.health}`), signal)
        if (response.status !== 200) throw await refusalOf(response, signal)
        response.destroy()
      }
      if (dialect.health === null || dialect.listsModels) await checkModels(signal)
    },
    ...(settings.tokenize && takes !== null && { countPrompt }),
  }
}

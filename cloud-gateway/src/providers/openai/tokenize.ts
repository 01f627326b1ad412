/** A prompt counted by the server that would answer it. */
import type { ChatMessage } from '../chat-messages.ts'
import { readJson } from '../http/read-body.ts'
import type { Send } from '../http/request.ts'
import { isCount } from '../token-count.ts'

/** The reply names every token: one takes at most 8 bytes, and the longest question has half a million. */
const longestReply = 8 * 1024 * 1024
/** What a chat template writes around each message, tokens; SGLang counts only the texts. */
const tokensAroundMessage = 8

export interface TokenizeSettings {
  url: URL
  headers: Record<string, string>
  model: string
  takes: 'messages' | 'prompts'
  /** What the template is told, as in the request itself. */
  templateArguments: unknown
}

/** Null where the server does not say a number. Rejects like `send`. */
export async function tokenize(
  send: Send,
  settings: TokenizeSettings,
  messages: readonly ChatMessage[],
  signal: AbortSignal,
): Promise<number | null> {
  const question =
    settings.takes === 'messages'
      ? {
          messages,
          ...(settings.templateArguments ? { chat_template_kwargs: settings.templateArguments } : {}),
        }
      : { prompt: messages.map(({ content }) => content), add_special_tokens: false }
  const response = await send(settings.url, {
    method: 'POST',
    headers: settings.headers,
    body: JSON.stringify({ model: settings.model, ...question }),
    signal,
  })
  if (response.status !== 200) {
    response.destroy()
    return null
  }
  const { count } = await readJson(response, longestReply, signal)
  if (isCount(count)) return count
  if (!Array.isArray(count) || count.length !== messages.length || !count.every(isCount)) return null
  return count.reduce((sum, each) => sum + each + tokensAroundMessage, 0)
}

/** The body of a request for a chat completion. */
import type { AskBody } from '../../protocol.ts'
import { type ChatMessage, chatMessages } from '../chat-messages.ts'
import { pairHistory } from '../paired-history.ts'
import type { ModelRequest } from '../provider.ts'
import { type Dialect, type DialectName, dialects } from './dialects.ts'

export interface CompletionSettings {
  dialect: DialectName
  /** The model or the adapter. */
  model: string
  /** Prompt and answer together, tokens. */
  contextTokens: number
  /** Whether the model thinks before it answers; null: as it likes. */
  thinking: boolean | null
  /** vLLM, SGLang: usage in every chunk, so that it is known of answers that were broken off. */
  continuousUsage: boolean
  /** Further members of the request, the operator's choice; names that are not in `extraMembers` are left out. */
  extra: Record<string, unknown>
  estimatePrompt: (question: AskBody) => number
}

/**
 * What an operator may add to requests. Whatever multiplies the cost (`n`, `best_of`), changes the shape of the
 * answer (`stream`, `tools`, `logprobs`) or is decided per question (`messages`, `max_tokens`) is not among them.
 */
export const extraMembers: ReadonlySet<string> = new Set([
  'bad_words',
  'chat_template',
  'chat_template_kwargs',
  'do_sample',
  'frequency_penalty',
  'length_penalty',
  'logit_bias',
  'lora_path',
  'min_p',
  'mm_processor_kwargs',
  'presence_penalty',
  'priority',
  'reasoning_effort',
  'repetition_penalty',
  'safety_identifier',
  'seed',
  'separate_reasoning',
  'service_tier',
  'skip_special_tokens',
  'stop',
  'stop_token_ids',
  'temperature',
  'thinking',
  'top_k',
  'top_p',
  'truncate_prompt_tokens',
  'typical_p',
  'user',
  'user_id',
])

/** Nothing of the box's question but messages and length reaches the parameters, and the fixed ones come last. */
export function completionRequest(
  { question, maxTokens }: Pick<ModelRequest, 'question' | 'maxTokens'>,
  settings: CompletionSettings,
): Record<string, unknown> {
  const dialect: Dialect = dialects[settings.dialect]
  return {
    ...operatorsMembers(dialect, settings),
    model: settings.model,
    messages: messagesOf(question, dialect),
    max_tokens: dialect.lengthIsTotal
      ? Math.min(settings.contextTokens, settings.estimatePrompt(question) + maxTokens)
      : maxTokens,
    ...(dialect.n ? { n: 1 } : {}),
    stream: true,
    ...(dialect.usageOption
      ? {
          stream_options: {
            include_usage: true,
            ...(settings.continuousUsage ? { continuous_usage_stats: true } : {}),
          },
        }
      : {}),
  }
}

export function messagesOf(question: AskBody, dialect: Dialect): ChatMessage[] {
  if (!dialect.pairsOnly) return chatMessages(question)
  const { pairs, unanswered } = pairHistory(question.history)
  const asked = unanswered === '' ? question.question : `${unanswered}\n\n${question.question}`
  return chatMessages({
    ...question,
    question: asked,
    history: pairs.flatMap(([user, assistant]) => [
      { role: 'user' as const, content: user },
      { role: 'assistant' as const, content: assistant },
    ]),
  })
}

function operatorsMembers(dialect: Dialect, settings: CompletionSettings): Record<string, unknown> {
  const members = Object.fromEntries(
    Object.entries(settings.extra).filter(([name]) => extraMembers.has(name)),
  )
  if (settings.thinking === null) return members
  for (const [name, value] of Object.entries(dialect.thinking(settings.thinking))) {
    members[name] = { ...(members[name] as object | undefined), ...(value as object) }
  }
  return members
}

/** A question in the only form that ChatGLM-6B knows: a prompt and pairs of question and answer. */
import type { AskBody } from '../../protocol.ts'
import { chatMessages } from '../chat-messages.ts'
import { pairHistory } from '../paired-history.ts'
import type { ModelRequest } from '../provider.ts'

export interface GlmRequest {
  prompt: string
  history: [question: string, answer: string][]
  /** Prompt and answer together, tokens. */
  max_length: number
  top_p: number
  temperature: number
}

/** There is no system role: what it would say, the rule about passages with it, stands before them in the prompt. */
export function glmRequest(
  { question, maxTokens }: Pick<ModelRequest, 'question' | 'maxTokens'>,
  settings: {
    contextTokens: number
    topP: number
    temperature: number
    estimatePrompt: (question: AskBody) => number
  },
): GlmRequest {
  const { pairs, unanswered } = pairHistory(question.history)
  const [system, asked] = chatMessages({ ...question, history: [] }).map(({ content }) => content)
  return {
    prompt: [system, unanswered, asked].filter((part) => part).join('\n\n'),
    history: pairs,
    max_length: Math.min(settings.contextTokens, settings.estimatePrompt(question) + maxTokens),
    top_p: settings.topP,
    temperature: settings.temperature,
  }
}

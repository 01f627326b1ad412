/** What differs between servers that all say they speak OpenAI's chat completions. */

export interface Dialect {
  /** Takes `stream_options.include_usage`; the others report usage unasked, or never. */
  usageOption: boolean
  /** Takes `n`; those that do not know it write one answer anyway. */
  n: boolean
  /** A path at the root of the server that says whether it is well; null: its list of models must do. */
  health: string | null
  /** Its list of models holds every name that can be asked for, adapters too: what is not there is missing. */
  listsModels: boolean
  /** What `/tokenize` at the root of the server takes; null: there is none. */
  tokenize: 'messages' | 'prompts' | null
  /** Request members that turn the model's thinking on or off. */
  thinking: (on: boolean) => Record<string, unknown>
  /** `max_tokens` counts prompt and answer together. */
  lengthIsTotal: boolean
  /** Drops the whole history when it is not made of pairs of question and answer. */
  pairsOnly: boolean
  /** Keys of the form `id.secret` may be sent signed instead of as they are. */
  signedKeys: boolean
}

const template = (on: boolean) => ({ chat_template_kwargs: { enable_thinking: on } })

const openai: Dialect = {
  usageOption: true,
  n: true,
  health: null,
  listsModels: false,
  tokenize: null,
  thinking: template,
  lengthIsTotal: false,
  pairsOnly: false,
  signedKeys: false,
}

export const dialects = {
  openai,
  /** vLLM 0.6 and later. Adapters (LoRA) are model names; https://docs.vllm.ai, openai_compatible_server. */
  vllm: { ...openai, health: '/health', listsModels: true, tokenize: 'messages' },
  /** SGLang 0.4 and later; `/tokenize` (0.5) counts texts and not messages. */
  sglang: { ...openai, health: '/health', tokenize: 'prompts' },
  xinference: openai,
  /** Zhipu BigModel, https://open.bigmodel.cn/api/paas/v4; usage comes with the last chunk unasked. */
  zhipu: {
    ...openai,
    usageOption: false,
    n: false,
    thinking: (on: boolean) => ({ thinking: { type: on ? 'enabled' : 'disabled' } }),
    signedKeys: true,
  },
  /** openai_api.py of ChatGLM2-6B: `max_tokens` is passed on as `max_length`; neither id nor usage. */
  chatglm2: {
    ...openai,
    usageOption: false,
    n: false,
    thinking: () => ({}),
    lengthIsTotal: true,
    pairsOnly: true,
  },
  /** openai_api_demo of ChatGLM3: an empty id and no usage in the stream. */
  chatglm3: { ...openai, usageOption: false, n: false, thinking: () => ({}) },
} satisfies Record<string, Dialect>

export type DialectName = keyof typeof dialects
export const dialectNames = Object.keys(dialects) as DialectName[]

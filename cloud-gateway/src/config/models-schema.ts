/** What `models.json` looks like. docs/engines.md explains each member. */
import Type from 'typebox'
import { dialectNames } from '../providers/openai/dialects.ts'

const closed = { additionalProperties: false } as const
const name = Type.String({ pattern: '^[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}$' })
const text = Type.String({ minLength: 1, maxLength: 512 })
const milliseconds = Type.Integer({ minimum: 100, maximum: 3_600_000 })
/** Money as a decimal string: no binary fraction ever stands for it. */
const money = Type.String({ pattern: '^(?:0|[1-9][0-9]{0,6})(?:\\.[0-9]{1,6})?$' })
const microwattHours = Type.Integer({ minimum: 0, maximum: 1_000_000_000_000 })
const members = Type.Record(Type.String(), Type.Unknown())

/** Of every target. */
const common = {
  /** Prompt and answer together, tokens. */
  contextTokens: Type.Optional(Type.Integer({ minimum: 256, maximum: 10_000_000 })),
  concurrency: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000 })),
  timers: Type.Optional(
    Type.Object(
      {
        firstTokenMs: Type.Optional(milliseconds),
        idleMs: Type.Optional(milliseconds),
        rateWindowMs: Type.Optional(milliseconds),
        rateCharacters: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000 })),
        absoluteMs: Type.Optional(Type.Integer({ minimum: 1000, maximum: 86_400_000 })),
      },
      closed,
    ),
  ),
  /** In the operator's currency. */
  price: Type.Optional(Type.Object({ promptPerMillion: money, completionPerMillion: money }, closed)),
  /** `source` says who measured it, where and when: a figure without one is worth nothing. */
  energy: Type.Optional(
    Type.Object(
      { promptPerThousand: microwattHours, completionPerThousand: microwattHours, source: text },
      closed,
    ),
  ),
}

/** Of every target that is a server. */
const server = {
  ...common,
  url: text,
  key: Type.Optional(text),
  keyFile: Type.Optional(text),
  keyEnv: Type.Optional(Type.String({ pattern: '^[A-Z][A-Z0-9_]{0,127}$' })),
  connectMs: Type.Optional(milliseconds),
}

export const targetSchemas = {
  extractive: Type.Object({ provider: Type.Literal('extractive'), ...common }, closed),
  openai: Type.Object(
    {
      provider: Type.Literal('openai'),
      ...server,
      model: text,
      adapter: Type.Optional(text),
      dialect: Type.Optional(Type.Enum(dialectNames)),
      thinking: Type.Optional(Type.Boolean()),
      continuousUsage: Type.Optional(Type.Boolean()),
      signKey: Type.Optional(Type.Boolean()),
      tokenize: Type.Optional(Type.Boolean()),
      extra: Type.Optional(members),
    },
    closed,
  ),
  ollama: Type.Object(
    {
      provider: Type.Literal('ollama'),
      ...server,
      model: text,
      thinking: Type.Optional(Type.Boolean()),
      keepAlive: Type.Optional(Type.String({ pattern: '^-?[0-9]+(?:ms|s|m|h)$' })),
      options: Type.Optional(members),
    },
    closed,
  ),
  chatglm: Type.Object(
    {
      provider: Type.Literal('chatglm'),
      ...server,
      model: Type.Optional(text),
      temperature: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 2 })),
      topP: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 1 })),
    },
    closed,
  ),
}

export type ProviderName = keyof typeof targetSchemas
export const providerNames = Object.keys(targetSchemas) as ProviderName[]
export type TargetEntry = {
  [P in ProviderName]: Type.Static<(typeof targetSchemas)[P]>
}[ProviderName]

/** The file but for what stands in its targets, which depends on their provider. */
export const FileShape = Type.Object(
  {
    targets: Type.Record(Type.String(), Type.Object({})),
    aliases: Type.Optional(Type.Record(Type.String(), Type.Array(name, { minItems: 1, maxItems: 16 }))),
  },
  closed,
)

export const isName = (value: string) => /^[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}$/.test(value)

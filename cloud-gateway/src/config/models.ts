/** The models a gateway offers, as resolved from settings or from `models.json`: every default is filled in. */
import { type DialectName, dialects } from '../providers/openai/dialects.ts'
import { defaultTimers, type ModelTimers } from '../providers/provider.ts'
import type { ProviderName, TargetEntry } from './models-schema.ts'

interface CommonConfig {
  /** The operator's name for it. */
  name: string
  contextTokens: number
  concurrency: number
  timers: ModelTimers
  /** Millionths of the operator's currency per million tokens. */
  price: { prompt: number; completion: number }
  /** Microwatt-hours per thousand tokens, and who says so. */
  energy: { prompt: number; completion: number; source: string } | null
}

interface ServerConfig extends CommonConfig {
  url: string
  /** Empty: none is sent. */
  key: string
  model: string
  connectMs: number
}

export type TargetConfig =
  | ({ provider: 'extractive' } & CommonConfig)
  | ({
      provider: 'openai'
      dialect: DialectName
      /** Asked for in place of the model; null: none. */
      adapter: string | null
      thinking: boolean | null
      continuousUsage: boolean
      signKey: boolean
      tokenize: boolean
      extra: Record<string, unknown>
    } & ServerConfig)
  | ({
      provider: 'ollama'
      thinking: boolean | null
      keepAlive: string | null
      options: Record<string, unknown>
    } & ServerConfig)
  | ({ provider: 'chatglm'; temperature: number; topP: number } & ServerConfig)

export interface ModelsConfig {
  targets: TargetConfig[]
  /** What a box may ask for, and in which order the targets are tried. */
  aliases: Record<string, string[]>
}

/** The target that needs no server; every list may name it. */
export const extractiveName = 'extractive'

interface Defaults {
  contextTokens: number
  concurrency: number
  timers: Partial<ModelTimers>
}

const defaults: Record<ProviderName, Defaults> = {
  extractive: { contextTokens: 10_000_000, concurrency: 256, timers: {} },
  openai: { contextTokens: 32_768, concurrency: 256, timers: {} },
  // It loads the model when it is first asked, and answers a few at a time.
  ollama: { contextTokens: 8192, concurrency: 4, timers: { firstTokenMs: 300_000 } },
  // One at a time, and the first text comes when the whole answer is there.
  chatglm: { contextTokens: 2048, concurrency: 1, timers: { firstTokenMs: 300_000 } },
}

/** ChatGLM2 and 3 were trained for 8192 tokens and are served without batching. */
const dialectDefaults: Partial<Record<DialectName, Partial<Defaults>>> = {
  chatglm2: { contextTokens: 8192, concurrency: 1 },
  chatglm3: { contextTokens: 8192, concurrency: 1 },
}

/** `entry` is valid; `key` is the one it names. */
export function resolveTarget(name: string, entry: TargetEntry, key: string): TargetConfig {
  const dialect = entry.provider === 'openai' ? (entry.dialect ?? 'openai') : null
  const given = { ...defaults[entry.provider], ...(dialect ? dialectDefaults[dialect] : {}) }
  const common: CommonConfig = {
    name,
    contextTokens: entry.contextTokens ?? given.contextTokens,
    concurrency: entry.concurrency ?? given.concurrency,
    timers: { ...defaultTimers, ...given.timers, ...entry.timers },
    price: {
      prompt: millionths(entry.price?.promptPerMillion),
      completion: millionths(entry.price?.completionPerMillion),
    },
    energy: entry.energy
      ? {
          prompt: entry.energy.promptPerThousand,
          completion: entry.energy.completionPerThousand,
          source: entry.energy.source,
        }
      : null,
  }
  if (entry.provider === 'extractive') return { ...common, provider: 'extractive' }
  const server = { ...common, url: entry.url, key, connectMs: entry.connectMs ?? 5000 }
  if (entry.provider === 'ollama') {
    return {
      ...server,
      provider: 'ollama',
      model: entry.model,
      thinking: entry.thinking ?? null,
      keepAlive: entry.keepAlive ?? null,
      options: entry.options ?? {},
    }
  }
  if (entry.provider === 'chatglm') {
    return {
      ...server,
      provider: 'chatglm',
      model: entry.model ?? 'chatglm-6b',
      // What api.py takes where it is told nothing.
      temperature: entry.temperature ?? 0.95,
      topP: entry.topP ?? 0.7,
    }
  }
  return {
    ...server,
    provider: 'openai',
    model: entry.model,
    adapter: entry.adapter ?? null,
    dialect: dialect ?? 'openai',
    thinking: entry.thinking ?? null,
    continuousUsage: entry.continuousUsage ?? false,
    signKey: entry.signKey ?? false,
    tokenize: entry.tokenize ?? dialects[dialect ?? 'openai'].tokenize !== null,
    extra: entry.extra ?? {},
  }
}

/** "1.25" -> 1250000; absent: 0. Exact: digits are moved, nothing is multiplied. */
export function millionths(amount: string | undefined): number {
  if (amount === undefined) return 0
  const [whole = '', fraction = ''] = amount.split('.')
  return Number(whole + fraction.padEnd(6, '0'))
}

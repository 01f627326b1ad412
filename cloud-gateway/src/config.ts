import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { defaultTimers } from './providers/provider.ts'

/**
 * Settings of the gateway. This file alone reads the environment; what is not there is taken from
 * `gateway.json` in its data folder (a flat object of the same names), then from the default.
 */

interface Setting<T> {
  env: string
  fallback: string
  parse: (text: string) => T
  secret: boolean
  description: string
}

function setting<T>(
  env: string,
  fallback: string,
  parse: (text: string) => T,
  description: string,
  secret = false,
): Setting<T> {
  return { env, fallback, parse, description, secret }
}

const text = (value: string) => value

function integer(least: number, most: number) {
  return (value: string) => {
    const number = Number(value)
    if (Number.isInteger(number) && number >= least && number <= most && value.trim() !== '') return number
    throw new Error(`expected a whole number from ${least} to ${most}`)
  }
}

function matching(pattern: RegExp, expected: string) {
  return (value: string) => {
    if (pattern.test(value)) return value
    throw new Error(`expected ${expected}`)
  }
}

function provider(value: string): 'extractive' | 'openai' {
  if (value === 'extractive' || value === 'openai') return value
  throw new Error('expected extractive or openai')
}

function address(value: string): string {
  if (value === '') return ''
  const url = URL.canParse(value) ? new URL(value) : null
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
    throw new Error('expected an http or https address')
  if (url.username !== '' || url.password !== '') throw new Error('the key has a setting of its own')
  return value
}

function object(value: string): Record<string, unknown> {
  const parsed: unknown = JSON.parse(value)
  if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed))
    return parsed as Record<string, unknown>
  throw new Error('expected a JSON object')
}

const milliseconds = integer(100, 3_600_000)

const settings = {
  data: setting(
    'TANBOX_GATEWAY_DATA',
    'data/gateway',
    (value) => resolve(value),
    'Data folder of the gateway; enrolled boxes in boxes/',
  ),
  host: setting('TANBOX_GATEWAY_HOST', '127.0.0.1', text, 'Address to listen on'),
  port: setting('TANBOX_GATEWAY_PORT', '8471', integer(0, 65_535), 'Port to listen on; 0 takes a free one'),
  name: setting(
    'TANBOX_GATEWAY_NAME',
    '',
    matching(/^(?:[a-z0-9][a-z0-9.-]{0,126})?$/, 'lower-case letters, digits, dots and hyphens'),
    'Name that boxes sign; empty: the address it listens on',
  ),
  provider: setting(
    'TANBOX_GATEWAY_PROVIDER',
    'extractive',
    provider,
    'Who answers: extractive (quotes sentences) or openai (a model server)',
  ),
  modelUrl: setting(
    'TANBOX_GATEWAY_MODEL_URL',
    '',
    address,
    'openai: base address, up to and without /chat/completions',
  ),
  modelKey: setting(
    'TANBOX_GATEWAY_MODEL_KEY',
    '',
    text,
    'openai: API key; empty where none is wanted',
    true,
  ),
  modelName: setting('TANBOX_GATEWAY_MODEL_NAME', '', text, 'openai: name of the model at the server'),
  modelExtra: setting(
    'TANBOX_GATEWAY_MODEL_EXTRA',
    '{}',
    object,
    'openai: further members of the request, a JSON object',
  ),
  connectMs: setting('TANBOX_GATEWAY_CONNECT_MS', '5000', milliseconds, 'openai: time to connect'),
  firstTokenMs: setting(
    'TANBOX_GATEWAY_FIRST_TOKEN_MS',
    String(defaultTimers.firstTokenMs),
    milliseconds,
    'Time to the first text of an answer',
  ),
  idleMs: setting(
    'TANBOX_GATEWAY_IDLE_MS',
    String(defaultTimers.idleMs),
    milliseconds,
    'Time between two texts of an answer',
  ),
} satisfies Record<string, Setting<unknown>>

type Values = { [K in keyof typeof settings]: ReturnType<(typeof settings)[K]['parse']> }

export interface ExplainedSetting {
  name: string
  /** Secrets are masked. */
  value: string
  from: 'default' | 'file' | 'environment'
  description: string
}

export type Config = Readonly<Values> & { readonly explained: readonly ExplainedSetting[] }

export class ConfigError extends Error {
  override name = 'ConfigError'
}

/** Throws ConfigError with one sentence for each wrong setting. */
export function readConfig(environment: Record<string, string | undefined> = process.env): Config {
  const file = readFile(
    join(resolve(environment.TANBOX_GATEWAY_DATA || settings.data.fallback), 'gateway.json'),
  )
  const values: Record<string, unknown> = {}
  const explained: ExplainedSetting[] = []
  const known = new Set<string>(Object.values(settings).map(({ env }) => env))
  const wrong = Object.keys(file)
    .filter((name) => !known.has(name))
    .map((name) => `${name}: there is no such setting`)
  for (const [name, { env, fallback, parse, secret, description }] of Object.entries(settings)) {
    const raw = environment[env] ?? file[env] ?? fallback
    const from = environment[env] !== undefined ? 'environment' : file[env] !== undefined ? 'file' : 'default'
    explained.push({ name: env, value: secret && raw !== '' ? '***' : raw, from, description })
    try {
      values[name] = parse(raw)
    } catch (cause) {
      const shown = secret ? '***' : raw.replace(/\/\/[^/@]*@/, '//***@')
      wrong.push(`${env}=${shown}: ${(cause as Error).message}`)
    }
  }
  if (values.provider === 'openai' && (values.modelUrl === '' || values.modelName === '')) {
    wrong.push('TANBOX_GATEWAY_PROVIDER=openai needs TANBOX_GATEWAY_MODEL_URL and TANBOX_GATEWAY_MODEL_NAME')
  }
  if (wrong.length > 0) throw new ConfigError(`Wrong settings:\n  ${wrong.join('\n  ')}`)
  return Object.freeze({ ...(values as Values), explained })
}

function readFile(path: string): Record<string, string> {
  let parsed: unknown
  try {
    parsed = JSON.parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw new ConfigError(`The settings file ${path} cannot be read as JSON.`, { cause })
  }
  if (typeof parsed !== 'object' || parsed === null)
    throw new ConfigError(`${path} must hold one JSON object.`)
  return Object.fromEntries(
    Object.entries(parsed).map(([name, value]) => [
      name,
      typeof value === 'object' ? JSON.stringify(value) : String(value),
    ]),
  )
}

import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { explainModels } from './config/explain-models.ts'
import type { ModelsConfig } from './config/models.ts'
import { ModelsFileError, readModelsFile } from './config/models-file.ts'
import { providerNames } from './config/models-schema.ts'
import {
  address,
  database,
  headers,
  integer,
  list,
  matching,
  object,
  oneOf,
  orNull,
  orOff,
  text,
} from './config/parse.ts'
import { simpleModels } from './config/simple-models.ts'
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

const milliseconds = integer(100, 3_600_000)

const settings = {
  data: setting(
    'TANBOX_GATEWAY_DATA',
    'data/gateway',
    (value) => resolve(value),
    'Data folder of the gateway',
  ),
  host: setting('TANBOX_GATEWAY_HOST', '127.0.0.1', text, 'Address to listen on'),
  port: setting('TANBOX_GATEWAY_PORT', '8471', integer(0, 65_535), 'Port to listen on; 0 takes a free one'),
  name: setting(
    'TANBOX_GATEWAY_NAME',
    '',
    matching(/^(?:[a-z0-9][a-z0-9.-]{0,126})?$/, 'lower-case letters, digits, dots and hyphens'),
    'Name that boxes sign; empty: the address it listens on',
  ),
  database: setting(
    'TANBOX_GATEWAY_DATABASE',
    '',
    database,
    'Empty: SQLite in the data folder; postgres://... shared by several gateways',
    true,
  ),
  tlsCert: setting('TANBOX_GATEWAY_TLS_CERT', '', text, 'Certificate chain, PEM file; empty: no TLS here'),
  tlsKey: setting('TANBOX_GATEWAY_TLS_KEY', '', text, 'Private key of the certificate, PEM file'),
  proxies: setting(
    'TANBOX_GATEWAY_PROXIES',
    '127.0.0.1,::1',
    list,
    'Addresses of proxies whose X-Forwarded-For tells who tries to enrol, separated by commas',
  ),
  provider: setting(
    'TANBOX_GATEWAY_PROVIDER',
    'extractive',
    oneOf(...providerNames),
    'Who answers: extractive (quotes sentences), or a model server: openai, ollama or chatglm',
  ),
  modelUrl: setting(
    'TANBOX_GATEWAY_MODEL_URL',
    '',
    address,
    'Address of the model server; openai: up to and without /chat/completions',
  ),
  modelKey: setting(
    'TANBOX_GATEWAY_MODEL_KEY',
    '',
    text,
    'Key of the model server; empty where none is wanted',
    true,
  ),
  modelName: setting('TANBOX_GATEWAY_MODEL_NAME', '', text, 'Name of the model at the server'),
  modelExtra: setting(
    'TANBOX_GATEWAY_MODEL_EXTRA',
    '{}',
    object,
    'Further members of the request (ollama: of its options), a JSON object',
  ),
  modelContext: setting(
    'TANBOX_GATEWAY_MODEL_CONTEXT',
    '',
    orNull(integer(256, 10_000_000)),
    'Tokens of prompt and answer together; empty: 32768 (ollama 8192, chatglm 2048)',
  ),
  modelConcurrency: setting(
    'TANBOX_GATEWAY_MODEL_CONCURRENCY',
    '',
    orNull(integer(1, 100_000)),
    'Answers in work at a time; empty: 256 (ollama 4, chatglm 1)',
  ),
  modelsFile: setting(
    'TANBOX_GATEWAY_MODELS',
    '{data}/models.json',
    text,
    'File with several models, in place of the settings for one',
  ),
  connectMs: setting(
    'TANBOX_GATEWAY_CONNECT_MS',
    '5000',
    milliseconds,
    'Time to connect to the model server',
  ),
  firstTokenMs: setting(
    'TANBOX_GATEWAY_FIRST_TOKEN_MS',
    '',
    orNull(milliseconds),
    'Time to the first text of an answer; empty: 60000 (ollama and chatglm 300000)',
  ),
  idleMs: setting(
    'TANBOX_GATEWAY_IDLE_MS',
    String(defaultTimers.idleMs),
    milliseconds,
    'Time between two texts of an answer',
  ),
  adminHost: setting(
    'TANBOX_GATEWAY_ADMIN_HOST',
    '127.0.0.1',
    text,
    'Address of the read-only status page and metrics',
  ),
  adminPort: setting(
    'TANBOX_GATEWAY_ADMIN_PORT',
    '8473',
    orOff(integer(0, 65_535)),
    'Port of the status page and metrics; 0 takes a free one, off: none',
  ),
  adminNames: setting(
    'TANBOX_GATEWAY_ADMIN_NAMES',
    '',
    list,
    'Host names under which the status page may be asked, separated by commas; addresses and localhost always may',
  ),
  otlpUrl: setting(
    'TANBOX_GATEWAY_OTLP_URL',
    '',
    address,
    'Where traces go (OTLP over HTTP, JSON), e.g. http://127.0.0.1:4318/v1/traces; empty: nowhere',
  ),
  otlpHeaders: setting(
    'TANBOX_GATEWAY_OTLP_HEADERS',
    '{}',
    headers,
    'Headers for the collector of traces, a JSON object, e.g. {"authorization": "Bearer ..."}',
    true,
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

export type Config = Readonly<Values> & {
  /** From the file where there is one, else from the settings for one model. */
  readonly models: ModelsConfig
  readonly explained: readonly ExplainedSetting[]
}

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
  if ((values.tlsCert === '') !== (values.tlsKey === '')) {
    wrong.push('TANBOX_GATEWAY_TLS_CERT and TANBOX_GATEWAY_TLS_KEY belong together')
  }
  const models = wrong.length > 0 ? null : readModels(values as Values, environment, { explained, wrong })
  if (models === null || wrong.length > 0) throw new ConfigError(`Wrong settings:\n  ${wrong.join('\n  ')}`)
  return Object.freeze({ ...(values as Values), models, explained })
}

const settingsForOne: readonly string[] = (
  [
    'provider',
    'modelUrl',
    'modelKey',
    'modelName',
    'modelExtra',
    'modelContext',
    'modelConcurrency',
    'connectMs',
    'firstTokenMs',
    'idleMs',
  ] as const
).map((name) => settings[name].env)

/** Settings for one model beside a file with several would be silently without effect: they are refused. */
function readModels(
  values: Values,
  environment: Record<string, string | undefined>,
  { explained, wrong }: { explained: ExplainedSetting[]; wrong: string[] },
): ModelsConfig | null {
  const path = values.modelsFile.replace('{data}', values.data)
  const fromOf = new Map(explained.map(({ name, from }) => [name, from]))
  try {
    const models = readModelsFile(resolve(path), environment)
    if (models) {
      const idle = settingsForOne.filter((name) => fromOf.get(name) !== 'default')
      if (idle.length > 0) wrong.push(`${idle.join(', ')}: ${path} says which models there are`)
      explained.push(...explainModels(models))
      return models
    }
    if (fromOf.get('TANBOX_GATEWAY_MODELS') !== 'default') {
      wrong.push(`TANBOX_GATEWAY_MODELS=${path}: there is no such file`)
    }
    return simpleModels(values, wrong)
  } catch (error) {
    if (!(error instanceof ModelsFileError)) throw error
    wrong.push(...error.mistakes.map((mistake) => `${path}: ${mistake}`))
    return null
  }
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

import { readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readConfig as readGatewayConfig } from '@tanbox/cloud-gateway/config'
import { readConfig as readLedgerConfig } from '@tanbox/ledger-node/config'

/**
 * The only reader of the environment. Each setting is named, defaulted, validated and explained here once;
 * the environment wins over the file (`tanbox.json` in the data folder, or TANBOX_CONFIG), the file over the default.
 * The file also holds the settings of the other two services, whose own `config.ts` names and validates them.
 */

type Parse<T> = (text: string) => T

interface Setting<T> {
  env: string
  fallback: string
  parse: Parse<T>
  secret?: boolean
  description: string
}

const appliance = resolve(dirname(fileURLToPath(import.meta.url)), '..')

const text: Parse<string> = (value) => value
const path: Parse<string> = (value) => (value === '' ? '' : resolve(value))
const list: Parse<readonly string[]> = (value) =>
  value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')

const integer =
  (least: number, most: number): Parse<number> =>
  (value) => {
    const number = Number(value)
    if (!Number.isInteger(number) || number < least || number > most)
      throw new Error(`expected a whole number from ${least} to ${most}`)
    return number
  }

const oneOf =
  <const T extends string>(...choices: T[]): Parse<T> =>
  (value) => {
    const found = choices.find((choice) => choice === value)
    if (found === undefined) throw new Error(`expected one of ${choices.join(', ')}`)
    return found
  }

const flag: Parse<boolean> = (value) => oneOf('0', '1')(value) === '1'

const setting = <T>(env: string, fallback: string, parse: Parse<T>, description: string): Setting<T> => ({
  env,
  fallback,
  parse,
  description,
})

const MiB = 1024 * 1024

/** `{data}` in a default stands for the data folder. */
const settings = {
  data: setting('TANBOX_DATA', 'data', path, 'Data folder: database, originals, keys'),
  drop: setting('TANBOX_DROP', '{data}/drop', path, 'Drop folder: files put there become searchable'),
  name: setting('TANBOX_NAME', '碳盒 Tanbox', text, 'Name shown in the console'),
  host: setting(
    'TANBOX_HOST',
    '127.0.0.1',
    text,
    'Address to listen on; others than loopback only once claimed',
  ),
  port: setting(
    'TANBOX_PORT',
    '8470',
    integer(0, 65535),
    'Port of the console and the API; 0 takes a free one',
  ),
  hostnames: setting('TANBOX_HOSTNAMES', '', list, 'Further host names under which the console is reached'),
  console: setting('TANBOX_CONSOLE', join(appliance, 'console/dist'), path, 'Folder of the built console'),
  log: setting(
    'TANBOX_LOG',
    'info',
    oneOf('trace', 'debug', 'info', 'warn', 'error', 'silent'),
    'Least severe log line written',
  ),
  gatewayUrl: setting(
    'TANBOX_GATEWAY_URL',
    '',
    text,
    'WebSocket address of the cloud gateway; empty: answer by quoting only',
  ),
  gatewayName: setting(
    'TANBOX_GATEWAY_NAME',
    '',
    text,
    'Name of the gateway that signatures are bound to; empty: host of its address',
  ),
  gatewayKey: setting(
    'TANBOX_GATEWAY_KEY',
    '{data}/keys/gateway.json',
    path,
    'Key file of this box at the gateway',
  ),
  gatewayCode: {
    ...setting(
      'TANBOX_GATEWAY_CODE',
      '',
      text,
      'Code from the operator of the cloud gateway: the box enrols itself with it, once',
    ),
    secret: true,
  },
  llmModel: setting('TANBOX_MODEL', 'default', text, 'Model alias asked for at the gateway'),
  ledgerUrl: setting(
    'TANBOX_LEDGER_URL',
    '',
    text,
    'Address of the ledger node; empty: entries wait in the outbox',
  ),
  ledgerToken: setting('TANBOX_LEDGER_TOKEN', '{data}/ledger/token', path, 'Token file of the ledger node'),
  embeddingModel: setting(
    'TANBOX_EMBEDDING_MODEL',
    join(appliance, 'models/multilingual-e5-small'),
    path,
    'Folder of the embedding model',
  ),
  embeddingSessions: setting(
    'TANBOX_EMBEDDING_SESSIONS',
    '0',
    integer(0, 16),
    'Parallel embedding sessions; 0: by the number of cores',
  ),
  remake: setting(
    'TANBOX_REMAKE',
    '0',
    flag,
    'Allow all vectors to be re-made after a change of the embedding model',
  ),
  index: setting(
    'TANBOX_INDEX',
    'auto',
    oneOf('auto', 'exact', 'hnsw'),
    'Vector index; auto: hnsw where it was built',
  ),
  parsers: setting('TANBOX_PARSERS', '1', integer(1, 16), 'Parser processes'),
  maxFileBytes: setting(
    'TANBOX_MAX_FILE_BYTES',
    String(200 * MiB),
    integer(1, 4096 * MiB),
    'Largest file taken in',
  ),
  parserMemory: setting(
    'TANBOX_PARSER_MEMORY',
    String(1024 * MiB),
    integer(64 * MiB, 16_384 * MiB),
    'Resident memory a parser may use',
  ),
  maxQuestion: setting('TANBOX_MAX_QUESTION', '2000', integer(10, 8_000), 'Longest question in characters'),
  redact: setting(
    'TANBOX_REDACT',
    '1',
    flag,
    'Replace phone, identity card and bank card numbers and addresses before text leaves the box',
  ),
} satisfies Record<string, Setting<unknown>>

type Settings = typeof settings
export type SettingName = keyof Settings
export type Config = { readonly [K in SettingName]: ReturnType<Settings[K]['parse']> } & {
  /** Each setting as shown by `tanbox config`: the appliance's, and those of the services that run beside it. */
  readonly explained: readonly ExplainedSetting[]
  /** Settings of the gateway and the ledger node that stand in the file. */
  readonly forServices: Readonly<Record<string, string>>
}

export interface ExplainedSetting {
  name: string
  value: string
  from: 'default' | 'file' | 'environment'
  description: string
}

export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/** Reads, validates and freezes. Throws ConfigError with one sentence per wrong setting. */
export function readConfig(env: Record<string, string | undefined> = process.env): Config {
  const data = resolve(env.TANBOX_DATA ?? settings.data.fallback)
  const file = readSettingsFile(
    env.TANBOX_CONFIG ?? join(data, 'tanbox.json'),
    env.TANBOX_CONFIG !== undefined,
  )
  const values: Record<string, unknown> = {}
  const explained: ExplainedSetting[] = []
  const wrong: string[] = []
  for (const [name, each] of Object.entries(settings) as [SettingName, Setting<unknown>][]) {
    const fromEnvironment = env[each.env]
    const fromFile = file[each.env]
    const raw = fromEnvironment ?? fromFile ?? each.fallback.replace('{data}', data)
    try {
      values[name] = name === 'data' ? data : each.parse(raw)
    } catch (cause) {
      wrong.push(`${each.env}=${each.secret ? '***' : raw}: ${(cause as Error).message}`)
    }
    explained.push({
      name: each.env,
      value: each.secret && raw !== '' ? '***' : String(values[name] ?? raw),
      from: fromEnvironment !== undefined ? 'environment' : fromFile !== undefined ? 'file' : 'default',
      description: each.description,
    })
  }
  const known = new Set<string>(Object.values(settings).map((each) => each.env))
  const others = Object.entries(file).filter(([name]) => !known.has(name))
  const forServices = Object.fromEntries(others.filter(([name]) => ofServices.test(name)))
  for (const [name] of others) if (!ofServices.test(name)) wrong.push(`${name}: there is no such setting`)
  if (wrong.length > 0) throw new ConfigError(`Wrong settings:\n  ${wrong.join('\n  ')}`)
  explained.push(
    ...explainServices({ ...forServices, ...env }, forServices).filter(({ name }) => !known.has(name)),
  )
  return Object.freeze({ ...values, forServices, explained: Object.freeze(explained) }) as Config
}

const ofServices = /^TANBOX_(GATEWAY|LEDGER)_/

/**
 * What the services beside the appliance are set to. Their data folders are named to it only where they run on this
 * machine; a setting that is wrong is reported by the service itself, which does not start with it.
 */
function explainServices(
  env: Record<string, string | undefined>,
  file: Record<string, string>,
): ExplainedSetting[] {
  const explained: ExplainedSetting[] = []
  try {
    if (env.TANBOX_GATEWAY_DATA) explained.push(...readGatewayConfig(env).explained)
    if (env.TANBOX_LEDGER_DATA) explained.push(...readLedgerConfig(env).explained)
  } catch {
    return []
  }
  return explained.map((each) => (file[each.name] === undefined ? each : { ...each, from: 'file' }))
}

/** A flat JSON object of setting name -> string, number or boolean. */
function readSettingsFile(file: string, required: boolean): Record<string, string> {
  let content: string
  try {
    content = readFileSync(file, 'utf8')
  } catch (cause) {
    if (!required && (cause as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw new ConfigError(`The settings file ${file} cannot be read.`, { cause })
  }
  let parsed: unknown
  try {
    parsed = JSON.parse(content)
  } catch (cause) {
    throw new ConfigError(`The settings file ${file} is not JSON.`, { cause })
  }
  if (parsed === null || typeof parsed !== 'object' || Array.isArray(parsed))
    throw new ConfigError(`The settings file ${file} must hold one JSON object.`)
  const entries = Object.entries(parsed).map(([name, value]) => {
    if (typeof value === 'boolean') return [name, value ? '1' : '0']
    if (typeof value === 'string' || typeof value === 'number') return [name, String(value)]
    throw new ConfigError(`The settings file ${file}: ${name} must be a string, a number or true/false.`)
  })
  return Object.fromEntries(entries)
}

import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { explainModels } from './config/explain-models.ts'
import type { ModelsConfig } from './config/models.ts'
import { ModelsFileError, readModelsFile } from './config/models-file.ts'
import { settings, type Values } from './config/settings.ts'
import { simpleModels } from './config/simple-models.ts'

/**
 * Settings of the gateway; config/settings.ts lists them. This file alone reads the environment; what is not there is
 * taken from `gateway.json` in its data folder (a flat object of the same names), then from the default.
 */

export interface ExplainedSetting {
  name: string
  /** Secrets are masked. */
  value: string
  from: 'default' | 'file' | 'environment'
  /** Of the file it stands in, where it stands in one. */
  path?: string
  description: string
}

/** Variables that stand in for the environment of another process; `path`: the file they were read from. */
export interface Environment {
  path?: string
  values: Record<string, string | undefined>
}

export type Config = Readonly<Values> & {
  /** From the file where there is one, else from the settings for one model. */
  readonly models: ModelsConfig
  readonly explained: readonly ExplainedSetting[]
  /** Variables of the environment that look like settings of the gateway, and are none: mistyped, perhaps. */
  readonly unknown: readonly string[]
}

export class ConfigError extends Error {
  override name = 'ConfigError'
}

/**
 * Throws ConfigError with one sentence for each wrong setting. `service`: what the environment of a service says that
 * this one leaves open.
 */
export function readConfig(
  given: Record<string, string | undefined> = process.env,
  service: Environment = { values: {} },
): Config {
  const environment = { ...service.values, ...given }
  const path = join(resolve(environment.TANBOX_GATEWAY_DATA || settings.data.fallback), 'gateway.json')
  const file = readFile(path)
  const values: Record<string, unknown> = {}
  const explained: ExplainedSetting[] = []
  const known = new Set<string>(Object.values(settings).map(({ env }) => env))
  const wrong = Object.keys(file)
    .filter((name) => !known.has(name))
    .map((name) => `${name}: there is no such setting`)
  for (const [name, { env, fallback, parse, secret, description }] of Object.entries(settings)) {
    const raw = environment[env] ?? file[env] ?? fallback
    const from = environment[env] !== undefined ? 'environment' : file[env] !== undefined ? 'file' : 'default'
    const value = secret && raw !== fallback ? '***' : raw
    const where = from === 'file' ? path : from === 'environment' && given[env] === undefined && service.path
    explained.push({ name: env, value, from, ...(where && { path: where }), description })
    try {
      values[name] = parse(raw)
    } catch (cause) {
      const shown = secret ? '***' : raw.replace(/\/\/[^/@]*@/, '//***@')
      wrong.push(`${env}=${shown}: ${(cause as Error).message}`)
      // So that what depends on it can be looked at as well: all mistakes are told at once.
      values[name] = parse(fallback)
    }
  }
  if ((values.tlsCert === '') !== (values.tlsKey === '')) {
    wrong.push('TANBOX_GATEWAY_TLS_CERT and TANBOX_GATEWAY_TLS_KEY belong together')
  }
  const models = readModels(values as Values, environment, { explained, wrong })
  if (models === null || wrong.length > 0) throw new ConfigError(`Wrong settings:\n  ${wrong.join('\n  ')}`)
  const unknown = Object.keys(environment).filter(
    (name) => name.startsWith('TANBOX_GATEWAY_') && !known.has(name) && !ofTheBox.has(name),
  )
  return Object.freeze({ ...(values as Values), models, explained, unknown })
}

/** Of the box that runs beside it (appliance/src/config.ts). */
const ofTheBox: ReadonlySet<string> = new Set(['URL', 'KEY', 'CODE'].map((each) => `TANBOX_GATEWAY_${each}`))

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
      // They are without effect: showing their defaults would say something else.
      const told = explained.filter(({ name }) => !settingsForOne.includes(name))
      explained.splice(0, explained.length, ...told, ...explainModels(models, path))
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
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'EACCES')
      throw new ConfigError(`The settings file ${path} may not be read by this account; use sudo.`, { cause })
    if (code !== undefined)
      throw new ConfigError(`The settings file ${path} cannot be read (${code}).`, { cause })
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

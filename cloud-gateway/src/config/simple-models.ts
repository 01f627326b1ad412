/** The simple form: one engine by settings, which every box asks for as `default`. */
import { type ModelsConfig, resolveTarget } from './models.ts'
import { contradictions } from './models-file.ts'
import type { ProviderName, TargetEntry } from './models-schema.ts'

export interface SimpleModel {
  provider: ProviderName
  modelUrl: string
  modelKey: string
  modelName: string
  modelExtra: Record<string, unknown>
  /** Null: what the provider is usually run with. */
  modelContext: number | null
  modelConcurrency: number | null
  connectMs: number
  firstTokenMs: number | null
  idleMs: number
}

const settingOf: Record<string, string> = {
  url: 'TANBOX_GATEWAY_MODEL_URL',
  extra: 'TANBOX_GATEWAY_MODEL_EXTRA',
  options: 'TANBOX_GATEWAY_MODEL_EXTRA',
}

/** Adds a sentence to `wrong` for each setting that does not fit. */
export function simpleModels(settings: SimpleModel, wrong: string[]): ModelsConfig {
  const { provider, modelUrl, modelName } = settings
  if (
    provider === 'chatglm'
      ? modelUrl === ''
      : provider !== 'extractive' && (modelUrl === '' || modelName === '')
  ) {
    const needed = [
      'TANBOX_GATEWAY_MODEL_URL',
      ...(provider === 'chatglm' ? [] : ['TANBOX_GATEWAY_MODEL_NAME']),
    ]
    wrong.push(`TANBOX_GATEWAY_PROVIDER=${provider} needs ${needed.join(' and ')}`)
    return { targets: [], aliases: {} }
  }
  const entry = entryOf(settings)
  wrong.push(
    ...contradictions(entry).map((mistake) =>
      mistake.replace(/^\w+/, (member) => settingOf[member] ?? member),
    ),
  )
  return { targets: [resolveTarget('default', entry, settings.modelKey)], aliases: { default: ['default'] } }
}

function entryOf(settings: SimpleModel): TargetEntry {
  const { provider, modelUrl: url, modelName: model, modelExtra, connectMs } = settings
  const common = {
    ...(settings.modelContext === null ? {} : { contextTokens: settings.modelContext }),
    ...(settings.modelConcurrency === null ? {} : { concurrency: settings.modelConcurrency }),
    timers: {
      idleMs: settings.idleMs,
      ...(settings.firstTokenMs === null ? {} : { firstTokenMs: settings.firstTokenMs }),
    },
  }
  if (provider === 'extractive') return { ...common, provider }
  const server = { ...common, url, connectMs }
  if (provider === 'openai') return { ...server, provider, model, extra: modelExtra }
  if (provider === 'ollama') return { ...server, provider, model, options: modelExtra }
  return { ...server, provider, ...(model === '' ? {} : { model }) }
}

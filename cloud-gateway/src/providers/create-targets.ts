/** From the configuration of models to what is routed to. */
import type { ModelsConfig, TargetConfig } from '../config/models.ts'
import type { AskBody } from '../protocol.ts'
import type { Target } from '../routing/router.ts'
import { createChatglmProvider } from './chatglm.ts'
import { createExtractiveProvider } from './extractive.ts'
import { createOllamaProvider } from './ollama.ts'
import { createOpenaiProvider } from './openai.ts'
import type { Provider } from './provider.ts'

export interface Targets {
  targets: Target[]
  /** In the order in which they are tried; never empty. */
  aliases: Map<string, Target[]>
}

/** Tokens of the whole prompt that is made of a question, where the server cannot be asked. */
type EstimatePrompt = (question: AskBody) => number

export function createTargets(models: ModelsConfig, estimatePrompt: EstimatePrompt): Targets {
  const byName = new Map(models.targets.map((config) => [config.name, createTarget(config, estimatePrompt)]))
  return {
    targets: [...byName.values()],
    aliases: new Map(
      Object.entries(models.aliases).map(([alias, names]) => [alias, names.map((name) => byName.get(name)!)]),
    ),
  }
}

function createTarget(config: TargetConfig, estimatePrompt: EstimatePrompt): Target {
  const { name, contextTokens, concurrency, timers, price, energy } = config
  return {
    name,
    provider: createProvider(config, estimatePrompt),
    contextTokens,
    concurrency,
    timers,
    price,
    energy: energy && { prompt: energy.prompt, completion: energy.completion },
  }
}

function createProvider(config: TargetConfig, estimatePrompt: EstimatePrompt): Provider {
  switch (config.provider) {
    case 'extractive':
      return createExtractiveProvider()
    case 'openai':
      return createOpenaiProvider({
        ...config,
        baseUrl: config.url,
        model: config.adapter ?? config.model,
        estimatePrompt,
      })
    case 'ollama':
      return createOllamaProvider({ ...config, baseUrl: config.url })
    case 'chatglm':
      return createChatglmProvider({ ...config, estimatePrompt })
  }
}

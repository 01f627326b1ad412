/** Lifecycle of the gateway: settings, providers, server, and an orderly end. */
import { join } from 'node:path'
import { type Config, ConfigError, readConfig } from './config.ts'
import { folderRegistry } from './enrolment.ts'
import { createLog } from './log.ts'
import { createExtractiveProvider } from './providers/extractive.ts'
import { createOpenaiProvider } from './providers/openai.ts'
import { defaultTimers, type Provider } from './providers/provider.ts'
import { startGateway } from './server.ts'

/** EX_CONFIG: starting again changes nothing until a person has done something. */
const exitNeedsPerson = 78

async function main(): Promise<void> {
  const config = readConfig()
  const gateway = await startGateway({
    name: config.name || config.host,
    host: config.host,
    port: config.port,
    registry: folderRegistry(join(config.data, 'boxes')),
    models: new Map([['default', createProvider(config)]]),
    log: createLog((line) => process.stdout.write(line)),
  })
  let stopping = false
  const stop = async () => {
    if (stopping) return
    stopping = true
    await gateway.close()
    process.exit(0)
  }
  const stopOrFail = () => void stop().catch(fail)
  process.on('SIGTERM', stopOrFail)
  process.on('SIGINT', stopOrFail)
  // Started by the supervisor: when that has vanished, nobody would stop this process any more.
  process.on('disconnect', stopOrFail)
  process.send?.({ ready: { port: gateway.port } })
}

function createProvider(config: Config): Provider {
  if (config.provider === 'extractive') return createExtractiveProvider()
  return createOpenaiProvider({
    baseUrl: config.modelUrl,
    key: config.modelKey,
    model: config.modelName,
    extra: config.modelExtra,
    connectMs: config.connectMs,
    timers: { ...defaultTimers, firstTokenMs: config.firstTokenMs, idleMs: config.idleMs },
  })
}

function fail(error: unknown): never {
  console.error(error instanceof Error ? error.message : error)
  process.exit(error instanceof ConfigError ? exitNeedsPerson : 1)
}

await main().catch(fail)

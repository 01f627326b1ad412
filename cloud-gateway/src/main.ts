/** Lifecycle of the gateway: settings, context, and an orderly end. */
import { ConfigError, readConfig } from './config.ts'
import { openContext } from './context.ts'
import { createLog } from './log.ts'

/** EX_CONFIG: starting again changes nothing until a person has done something. */
const exitNeedsPerson = 78

async function main(): Promise<void> {
  if (process.argv.length > 2) {
    console.error(
      'The gateway takes no arguments; its settings come from the environment (tanbox-gateway config).',
    )
    process.exit(2)
  }
  // Whatever the data folder allows: what is written here is its owner's alone.
  process.umask(0o077)
  const log = createLog((line) => process.stdout.write(line))
  const context = await openContext(readConfig(), log)
  let stopping = false
  const stop = async () => {
    if (stopping) return
    stopping = true
    await context.close()
    process.exit(0)
  }
  const stopOrFail = () => void stop().catch(fail)
  process.on('SIGTERM', stopOrFail)
  process.on('SIGINT', stopOrFail)
  // Started by the supervisor: when that has vanished, nobody would stop this process any more.
  process.on('disconnect', stopOrFail)
  process.send?.({ ready: { port: context.gateway.port, adminPort: context.admin.port } })
}

function fail(error: unknown): never {
  console.error(error instanceof Error ? error.message : error)
  process.exit(error instanceof ConfigError ? exitNeedsPerson : 1)
}

await main().catch(fail)

/** Lifecycle of the gateway: settings, context, and an orderly end. */

import { tlsMistakes } from './config/check-tls.ts'
import { ConfigError, readConfig } from './config.ts'
import { openContext } from './context.ts'
import { createLog, gatherLines } from './log.ts'
import { startFailure } from './start-failure.ts'

/** EX_CONFIG: starting again changes nothing until a person has done something. */
const exitNeedsPerson = 78
/** What closing may take when the accounts are gone. */
const lostMs = 5000

async function main(): Promise<void> {
  if (process.argv.length > 2) {
    console.error(
      'The gateway takes no arguments; its settings come from the environment (tanbox-gateway config).',
    )
    process.exit(2)
  }
  // Whatever the data folder allows: what is written here is its owner's alone.
  process.umask(0o077)
  const lines = gatherLines((text) => process.stdout.write(text))
  process.on('exit', lines.flush)
  // Who read the log has gone; that ends no answers.
  process.stdout.on('error', () => {})
  const log = createLog(lines.write)
  const config = readConfig()
  const wrong = tlsMistakes(config)
  if (wrong.length > 0) throw new ConfigError(`Wrong settings:\n  ${wrong.join('\n  ')}`)
  if (config.unknown.length > 0) log('settings-unknown', { names: config.unknown.join(' ') })
  const context = await openContext(config, log)
  let stopping = false
  const stop = async (code: number) => {
    if (stopping) return
    stopping = true
    await context.close()
    process.exit(code)
  }
  const stopOrFail = () => void stop(0).catch(fail)
  process.on('SIGTERM', stopOrFail)
  process.on('SIGINT', stopOrFail)
  // Started by the supervisor: when that has vanished, nobody would stop this process any more.
  process.on('disconnect', stopOrFail)
  // Whoever started it starts it again. Nothing can be booked meanwhile: what runs is not waited for.
  const giveUp = () => {
    setTimeout(() => process.exit(1), lostMs).unref()
    void context.gateway
      .drain(0)
      .then(() => stop(1))
      .catch(fail)
  }
  context.lost.addEventListener('abort', giveUp)
  if (context.lost.aborted) giveUp()
  process.send?.({ ready: { port: context.gateway.port, adminPort: context.admin.port } })
}

function fail(error: unknown): never {
  console.error(startFailure(error))
  process.exit(error instanceof ConfigError ? exitNeedsPerson : 1)
}

await main().catch(fail)

import about from '../package.json' with { type: 'json' }
import { readConfig } from './config.ts'
import { type RunningNode, runNode } from './running-node.ts'

/** EX_CONFIG: starting again changes nothing until a person has done something. The units name it as well. */
const exitNeedsPerson = 78

/** Lifecycle of the ledger node: settings, start, and an orderly end. */
async function main(): Promise<void> {
  const config = readConfig()
  let running: RunningNode | null = null
  let stopping = false
  const stop = async () => {
    if (stopping) return
    stopping = true
    await running?.[Symbol.asyncDispose]()
    process.exit(0)
  }
  const stopOrFail = () => void stop().catch(fail)
  const { version } = about
  running = await runNode(config, { version, notice: console.warn, onError: console.error })
  process.on('SIGTERM', stopOrFail)
  process.on('SIGINT', stopOrFail)
  // Started by the supervisor: when that has vanished, nobody would stop this process any more.
  process.on('disconnect', stopOrFail)
  const { node, port } = running
  const { origin, head } = node.log
  console.log(`Ledger ${origin}: ${head.size} entries, listening on ${config.host}:${port}`)
  process.send?.({ ready: { port } })
}

function fail(error: unknown): never {
  console.error(error instanceof Error ? error.message : error)
  process.exit(exitNeedsPerson)
}

await main().catch(fail)

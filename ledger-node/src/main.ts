import type { AddressInfo } from 'node:net'
import about from '../package.json' with { type: 'json' }
import { readConfig } from './config.ts'
import { openLog } from './log/open-log.ts'
import { createServer } from './server.ts'
import { readOrMakeToken } from './token.ts'

/** EX_CONFIG: starting again changes nothing until a person has done something. The units name it as well. */
const exitNeedsPerson = 78

/** Lifecycle of the ledger node: settings, log, server, and an orderly end. */
async function main(): Promise<void> {
  const config = readConfig()
  const token = await readOrMakeToken(config.tokenFile)
  const { log, origin, close } = await openLog(config.data, { host: config.originHost, notice: console.warn })
  const server = createServer(log, { origin, token, version: about.version, onError: console.error })
  let stopping = false
  const stop = async () => {
    if (stopping) return
    stopping = true
    await server.close()
    await close()
    process.exit(0)
  }
  const stopOrFail = () => void stop().catch(fail)
  process.on('SIGTERM', stopOrFail)
  process.on('SIGINT', stopOrFail)
  // Started by the supervisor: when that has vanished, nobody would stop this process any more.
  process.on('disconnect', stopOrFail)
  await server.listen({ host: config.host, port: config.port })
  const { port } = server.server.address() as AddressInfo
  console.log(`Ledger ${origin}: ${log.head.size} entries, listening on ${config.host}:${port}`)
  process.send?.({ ready: { port } })
}

function fail(error: unknown): never {
  console.error(error instanceof Error ? error.message : error)
  process.exit(exitNeedsPerson)
}

await main().catch(fail)

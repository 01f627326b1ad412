import { pino } from 'pino'
import about from '../package.json' with { type: 'json' }
import { publishClaimCode, withdrawClaimCode } from './access/claim-file.ts'
import {
  newCommandLineToken,
  publishCommandLineAccess,
  withdrawCommandLineAccess,
} from './access/command-line.ts'
import { createOwner } from './access/owner.ts'
import { ConfigError, readConfig } from './config.ts'
import { openContext } from './context.ts'
import { TanboxError } from './errors.ts'
import { houseOf } from './house.ts'
import { openEntrance } from './http/entrance.ts'
import { createServer } from './http/server.ts'

/** EX_CONFIG: starting again changes nothing until a person has done something. */
const exitNeedsPerson = 78

/** How long requests under way may take to end. */
const graceMs = 3000

/** Lifecycle of the appliance: settings, context, server, and an orderly end. */
async function main(): Promise<void> {
  const config = readConfig()
  const log = pino({ level: config.log, base: null, redact: ['req', 'res'] })
  await using context = await openContext(config, log)
  const commandLineToken = newCommandLineToken()
  const owner = createOwner(context.store.sessions, { commandLineToken, now: () => new Date() })
  let claimed = async (): Promise<void> => {}
  const server = await createServer(
    houseOf(context, config, {
      owner,
      version: about.version,
      startedAt: new Date(),
      onClaimed: () => void claimed(),
    }),
    log,
  )
  const entrance = await openEntrance(server, {
    host: config.host,
    port: config.port,
    claimed: owner.claimed,
  })
  claimed = async () => {
    try {
      await withdrawClaimCode(config.data)
      await entrance.widen()
    } catch (cause) {
      log.error({ err: cause }, `after the claim: ${config.host}:${entrance.port} could not be opened`)
    }
  }
  if (owner.claimCode === null) await withdrawClaimCode(config.data)
  else await publishClaimCode(config.data, owner.claimCode)

  const url = `http://127.0.0.1:${entrance.port}`
  await context.intake.start()
  await publishCommandLineAccess(config.data, { url, token: commandLineToken })
  process.send?.({ ready: { port: entrance.port, url, claimCode: owner.claimCode, dropFolder: config.drop } })
  log.info({ url, host: entrance.host, claimed: owner.claimed }, 'ready')

  await stopAsked()
  log.info('stopping')
  await withdrawCommandLineAccess(config.data)
  await entrance.close(graceMs)
}

/** Resolves on SIGTERM or SIGINT, and when the supervisor has vanished. */
function stopAsked(): Promise<void> {
  return new Promise((resolve) => {
    process.on('SIGTERM', () => resolve())
    process.on('SIGINT', () => resolve())
    process.on('disconnect', () => resolve())
  })
}

/** One sentence for what a person can mend; everything else with its stack, for the log. */
function fail(error: unknown): never {
  const expected = error instanceof ConfigError || error instanceof TanboxError
  if (error instanceof TanboxError) console.error(`${error.reason.zh}\n${error.reason.en}`)
  else console.error(expected ? (error as Error).message : error)
  process.exit(expected ? exitNeedsPerson : 1)
}

await main().catch(fail)
process.exit(0)

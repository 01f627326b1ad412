import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { EnrolmentError } from '@tanbox/cloud-gateway/enrolment'
import { LockHeld } from '@tanbox/ledger-node/lock'
import { createBox, findBox } from '../appliance/src/cli/box.ts'
import { type Config, ConfigError, readConfig } from '../appliance/src/config.ts'
import about from '../package.json' with { type: 'json' }
import { buildConsole } from './supervisor/console-build.ts'
import {
  type DataFolder,
  enrolLocalBox,
  layoutOf,
  lockDataFolder,
  makeBoxKey,
} from './supervisor/data-folder.ts'
import { greeting } from './supervisor/greeting.ts'
import { showIngestion } from './supervisor/ingestion.ts'
import type { ServiceEvent } from './supervisor/service.ts'
import { createServices, type Services } from './supervisor/services.ts'
import { createTerminal, type Terminal } from './supervisor/terminal.ts'

/**
 * `npm start`: runs the three services of one box on one data folder. It ends with
 * 0 after SIGINT or SIGTERM, 1 when something could not start, 2 for wrong settings, 3 when another supervisor
 * runs on the data folder.
 */
const exitCodes = { stopped: 0, failed: 1, settings: 2, locked: 3 } as const

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')

async function main(): Promise<number> {
  const terminal = createTerminal(process.stdout)
  let config: Config
  let lock: Disposable
  try {
    config = readConfig()
    lock = lockDataFolder(config.data)
  } catch (error) {
    return refuse(error)
  }
  using _lock = lock
  const folder = layoutOf(config.data)
  const ending = new AbortController()
  const ended = new Promise<void>((end) => {
    ending.signal.addEventListener('abort', () => end())
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => ending.abort())
  // Started by a program (the demo, a test): it ends with that.
  process.on('disconnect', () => ending.abort())

  const environment = { ...config.forServices, ...process.env }
  const ownGateway = config.gatewayUrl === ''
  const services = createServices({
    root,
    data: config.data,
    ...{ folder, environment, ownGateway },
    notice: (event) => terminal.line(sentence(event)),
  })
  try {
    makeBoxKey(folder)
    if (ownGateway) await letIn(folder, environment, terminal)
    await Promise.race([bringUp(services, config, terminal), ended])
    if (!ending.signal.aborted) {
      const connect = async () => createBox(await findBox(config.data))
      await Promise.all([ended, showIngestion(connect, terminal, ending.signal)])
    }
    terminal.status('')
    terminal.line('  正在停止… Stopping…')
    return exitCodes.stopped
  } catch (error) {
    reportFailure(error, services)
    return exitCodes.failed
  } finally {
    await services.stop()
  }
}

/** A box that its gateway has shut out still finds and quotes: that is said, and no reason not to start. */
async function letIn(folder: DataFolder, environment: NodeJS.ProcessEnv, terminal: Terminal): Promise<void> {
  try {
    await enrolLocalBox(folder, environment)
  } catch (error) {
    if (!(error instanceof EnrolmentError)) throw error
    terminal.line(`  ! 网关不接纳本机 The gateway does not let this box in: ${error.message}`)
    if (error.code !== 'box-revoked') return
    terminal.line(`    删除 ${folder.gatewayKey} 后重新启动，会以新的密钥登记。`)
    terminal.line('    Delete that file and start again: the box enrols with a new key.')
  }
}

async function bringUp(services: Services, config: Config, terminal: Terminal): Promise<void> {
  try {
    await buildConsole(root, () => terminal.line('  正在构建控制台… Building the console…'))
  } catch (error) {
    // The box answers through its command line and its API all the same.
    terminal.line(`  ! 控制台构建失败 The console could not be built: ${messageOf(error)}`)
  }
  terminal.status('  正在启动… Starting…')
  const { url, claimCode, dropFolder, port } = await services.start()
  terminal.status('')
  terminal.line(
    greeting({
      version: about.version,
      url,
      claimCode: claimCode ?? null,
      dropFolder: dropFolder ?? config.drop,
    }),
  )
  process.send?.({ ready: { port, url } })
}

function refuse(error: unknown): number {
  if (error instanceof LockHeld) {
    console.error('这个数据文件夹已有碳盒在运行。 Tanbox is already running on this data folder.')
    return exitCodes.locked
  }
  console.error(messageOf(error))
  return error instanceof ConfigError ? exitCodes.settings : exitCodes.failed
}

function reportFailure(error: unknown, services: Services): void {
  console.error(`  ✗ ${messageOf(error)}`)
  for (const name of ['ledger', 'gateway', 'appliance']) {
    if (!messageOf(error).startsWith(`${name} `)) continue
    const log = services.log(name)
    for (const line of log?.tail(12) ?? []) console.error(`    ${line}`)
    console.error(`    (${log?.path})`)
  }
}

function sentence(event: ServiceEvent): string {
  switch (event.kind) {
    case 'ended': {
      const seconds = (event.againInMs / 1000).toFixed(1)
      return `  ! ${event.name} 意外结束（${event.how}），${seconds} 秒后重启。 ${event.name} ended (${event.how}); starting again in ${seconds} s.`
    }
    case 'back':
      return `  ✓ ${event.name} 已恢复。 ${event.name} is back.`
    case 'killed':
      return `  ! ${event.name} 未能按时停止，已强制结束。 ${event.name} did not stop in time and was killed.`
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

process.exit(await main())

import { join } from 'node:path'
import type { DataFolder } from './data-folder.ts'
import { gatewayDefaults } from './gateway-settings.ts'
import { createService, type Ready, type Service, type ServiceEvent } from './service.ts'
import { openServiceLog, type ServiceLog } from './service-log.ts'

/** What the appliance adds to its readiness. */
export interface ApplianceReady extends Ready {
  url: string
  claimCode?: string | null
  dropFolder?: string
}

export interface Services {
  /** Starts them in the order in which they need each other. */
  start(): Promise<ApplianceReady>
  /** Ends them the other way round: who asks ends before who answers. */
  stop(): Promise<void>
  log(name: string): ServiceLog | undefined
}

export interface ServicesSettings {
  root: string
  data: string
  folder: DataFolder
  environment: NodeJS.ProcessEnv
  /** False where the settings name a gateway elsewhere. */
  ownGateway: boolean
  notice: (event: ServiceEvent) => void
}

const readyMs = 120_000
const rotateEveryMs = 60_000

/** The ledger node, the gateway and the appliance of one data folder, each told the addresses of those before it. */
export function createServices(settings: ServicesSettings): Services {
  const { root, folder, environment, notice } = settings
  // The key of the model server is the gateway's alone; the others may know that there is one.
  const withoutModelKey = {
    ...environment,
    ...(environment.TANBOX_GATEWAY_MODEL_KEY && { TANBOX_GATEWAY_MODEL_KEY: '***' }),
  }
  const logs = new Map<string, ServiceLog>()
  const running: Service[] = []
  let stopping = false
  const rotating = setInterval(() => {
    for (const log of logs.values()) log.rotate()
  }, rotateEveryMs)

  async function launch(
    name: string,
    entry: string,
    stopMs: number,
    own: (port: number | null) => NodeJS.ProcessEnv,
  ) {
    if (stopping) throw new Error('Stopped while starting.')
    const log = openServiceLog(join(folder.logs, `${name}.log`))
    log.rotate()
    logs.set(name, log)
    const service = createService({
      name,
      entry: join(root, entry),
      // docs/decisions/515
      flags: name === 'gateway' ? ['--max-semi-space-size=8'] : [],
      environment: (port) => ({ ...(name === 'gateway' ? environment : withoutModelKey), ...own(port) }),
      log,
      readyMs,
      stopMs,
      notice,
    })
    running.push(service)
    return service.start()
  }

  return {
    async start() {
      const ledger = await launch('ledger', 'ledger-node/src/main.ts', 5000, (port) => ({
        TANBOX_LEDGER_DATA: folder.ledger,
        TANBOX_LEDGER_LOCAL: folder.ledgerLocal,
        TANBOX_LEDGER_TOKEN: folder.ledgerToken,
        ...kept('TANBOX_LEDGER_PORT', port),
      }))
      const gateway = settings.ownGateway ? await startGateway() : {}
      const ready = await launch('appliance', 'appliance/src/main.ts', 15_000, (port) => ({
        TANBOX_DATA: settings.data,
        TANBOX_LEDGER_URL: `http://127.0.0.1:${ledger.port}`,
        TANBOX_LEDGER_TOKEN: folder.ledgerToken,
        TANBOX_LEDGER_DATA: folder.ledger,
        TANBOX_LEDGER_LOCAL: folder.ledgerLocal,
        ...gateway,
        ...kept('TANBOX_PORT', port),
      }))
      return ready as ApplianceReady
    },
    async stop() {
      stopping = true
      clearInterval(rotating)
      for (const service of running.toReversed()) await service.stop()
      for (const log of logs.values()) log[Symbol.dispose]()
    },
    log: (name) => logs.get(name),
  }

  async function startGateway(): Promise<NodeJS.ProcessEnv> {
    const { port } = await launch('gateway', 'cloud-gateway/src/main.ts', 12_000, (kept_) => ({
      TANBOX_GATEWAY_DATA: folder.gateway,
      ...gatewayDefaults(environment, folder.gateway),
      ...kept('TANBOX_GATEWAY_PORT', kept_),
    }))
    return {
      TANBOX_GATEWAY_URL: `ws://127.0.0.1:${port}`,
      TANBOX_GATEWAY_KEY: folder.gatewayKey,
      TANBOX_GATEWAY_DATA: folder.gateway,
    }
  }
}

/** A service that is started again takes the port it had: the others were told that one. */
function kept(setting: string, port: number | null): NodeJS.ProcessEnv {
  return port === null ? {} : { [setting]: String(port) }
}

/** The only place where the gateway's drivers are constructed; what it opens it closes, last first. */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import description from '../package.json' with { type: 'json' }
import { createEnrolHttp } from './accounts/enrol-http.ts'
import { openAccounts } from './accounts/open-accounts.ts'
import type { Config } from './config.ts'
import { estimatePrompt } from './estimate-tokens.ts'
import type { Log } from './log.ts'
import { type AdminServer, openAdminServer } from './operator/admin-server.ts'
import type { Metrics, MetricsSources } from './operator/metrics.ts'
import { createRecent } from './operator/metrics-recent.ts'
import type { Observer } from './operator/observer.ts'
import { createStatusReports } from './operator/status-report.ts'
import { createTracing } from './operator/tracing.ts'
import { createTargets } from './providers/create-targets.ts'
import { createRouter } from './routing/create-router.ts'
import type { Router } from './routing/router.ts'
import { type Gateway, startGateway } from './server.ts'

export interface Context {
  gateway: Gateway
  admin: AdminServer
  /** Aborted when the gateway can do its work no more; what is left is to close it, and to start it again. */
  lost: AbortSignal
  close(): Promise<void>
}

/** Resolves when boxes can connect. Rejects when something it needs cannot be had; nothing stays open then. */
export async function openContext(config: Config, log: Log): Promise<Context> {
  const opened: (() => Promise<void> | void)[] = []
  const close = async () => {
    for (const end of opened.splice(0).reverse()) await end()
  }
  try {
    const name = config.name || config.host
    const lost = new AbortController()
    const { accounts, takenOver } = await openAccounts(config, 'gateway', (cause) => {
      log('accounts-lost', { cause: causeOf(cause) })
      lost.abort()
    })
    opened.push(() => accounts.close())
    if (takenOver) log('boxes-taken-over', { boxes: takenOver.boxes, refused: takenOver.refused.join(' ') })
    const { version } = description
    const { targets, aliases } = createTargets(config.models, estimatePrompt)
    const tracing =
      config.otlpUrl === ''
        ? null
        : createTracing({
            ...{ name, version, url: config.otlpUrl, headers: config.otlpHeaders },
            changed: (takes, status) => log(takes ? 'collector-back' : 'collector-away', { status }),
          })
    if (tracing) opened.push(() => tracing.close())
    const recent = createRecent()
    // Metrics read gauges of what is built after them, and only when somebody looks.
    const later: { gateway: Gateway | null; router: Router | null } = { gateway: null, router: null }
    const state = () => later.gateway?.state() ?? null
    const targetStatus = () => later.router?.status() ?? []
    const metrics =
      config.adminPort === null
        ? null
        : await openMetrics({
            ...{ version, state, targets: targetStatus, aliases: [...aliases.keys()] },
            ...(tracing && { spans: () => tracing.counts() }),
          })
    if (metrics) opened.push(() => metrics.close())
    const observer = observeAll([metrics, recent, tracing].filter((each) => each !== null))
    const router = createRouter({
      targets,
      aliases: new Map([...aliases].map(([alias, tried]) => [alias, tried.map((target) => target.name)])),
      ...{ observer, log, estimatePrompt },
      ...(tracing && { traceparentOf: tracing.traceparentOf }),
    })
    later.router = router
    opened.push(() => router.close())
    const { host, port, tlsCert: cert, tlsKey: key } = config
    const proxies = new Set(config.proxies)
    const gateway = await startGateway({
      ...{ name, host, port, process: randomUUID(), accounts, router, observer, log, proxies },
      lost: lost.signal,
      enrol: createEnrolHttp({ gateway: name, accounts, log, proxies }),
      ...(cert === '' ? {} : { tls: { cert, key } }),
    })
    later.gateway = gateway
    opened.push(() => gateway.close())
    const admin = await openAdminServer({
      tcp:
        config.adminPort === null
          ? null
          : { host: config.adminHost, port: config.adminPort, names: config.adminNames },
      socket: join(config.data, 'admin.sock'),
      report: createStatusReports({
        ...{ name, version, state, accounts },
        targets: targetStatus,
        recent: () => recent.report(),
      }),
      async models() {
        await router.look()
        return router.status()
      },
      metrics,
      drain: () => gateway.drain(),
      log,
    })
    // Closed after the gateway: while that drains, somebody asks whether it is ready.
    opened.splice(-1, 0, () => admin.close())
    return { gateway, admin, lost: lost.signal, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Where nobody can ask for them they take no memory: prom-client has 9 MB. */
async function openMetrics(sources: MetricsSources): Promise<Metrics> {
  const { createMetrics } = await import('./operator/metrics.ts')
  return createMetrics(sources)
}

function observeAll(observers: readonly Observer[]): Observer {
  return {
    observe(observation) {
      for (const each of observers) each.observe(observation)
    },
  }
}

/** Its class and code, and those of what is behind it. */
function causeOf(error: Error): string {
  const { cause = error } = error
  return cause instanceof Error
    ? `${cause.name} ${(cause as NodeJS.ErrnoException).code ?? ''}`.trim()
    : error.name
}

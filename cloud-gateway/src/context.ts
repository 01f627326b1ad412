/** The only place where the gateway's drivers are constructed; what it opens it closes, last first. */
import { randomUUID } from 'node:crypto'
import { createEnrolHttp } from './accounts/enrol-http.ts'
import { openAccounts } from './accounts/open-accounts.ts'
import type { Config } from './config.ts'
import { estimatePrompt } from './estimate-tokens.ts'
import type { Log } from './log.ts'
import type { Observer } from './operator/observer.ts'
import { createTargets } from './providers/create-targets.ts'
import { createRouter } from './routing/create-router.ts'
import { type Gateway, startGateway } from './server.ts'

export interface Context {
  gateway: Gateway
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
    const { accounts, takenOver } = await openAccounts(config, 'gateway')
    opened.push(() => accounts.close())
    if (takenOver) log('boxes-taken-over', { boxes: takenOver.boxes, refused: takenOver.refused.join(' ') })
    const observer: Observer = { observe() {} }
    const { targets, aliases } = createTargets(config.models, estimatePrompt)
    const router = createRouter({
      targets,
      aliases: new Map([...aliases].map(([alias, tried]) => [alias, tried.map(({ name }) => name)])),
      observer,
      log,
      estimatePrompt,
    })
    opened.push(() => router.close())
    const gateway = await startGateway({
      ...{
        name,
        host: config.host,
        port: config.port,
        process: randomUUID(),
        accounts,
        router,
        observer,
        log,
      },
      enrol: createEnrolHttp({ gateway: name, accounts, log, proxies: new Set(config.proxies) }),
      ...(config.tlsCert === '' ? {} : { tls: { cert: config.tlsCert, key: config.tlsKey } }),
    })
    opened.push(() => gateway.close())
    return { gateway, close }
  } catch (error) {
    await close()
    throw error
  }
}

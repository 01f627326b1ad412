/** A real gateway on a free port, with real accounts in a temporary folder and one enrolled box, for tests. */
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Accounts } from '../../src/accounts/accounts.ts'
import { createEnrolHttp } from '../../src/accounts/enrol-http.ts'
import { openSqliteAccounts } from '../../src/accounts/sqlite.ts'
import { createGatewayClient, type GatewayClient, type GatewayClientSettings } from '../../src/client.ts'
import { estimatePrompt } from '../../src/estimate-tokens.ts'
import { createIdentity, type Identity } from '../../src/identity.ts'
import type { LogFields } from '../../src/log.ts'
import type { Observation } from '../../src/operator/observer.ts'
import type { Quota } from '../../src/protocol.ts'
import { createExtractiveProvider } from '../../src/providers/extractive.ts'
import { defaultTimers, type Provider } from '../../src/providers/provider.ts'
import { createRouter } from '../../src/routing/create-router.ts'
import type { Router, Target } from '../../src/routing/router.ts'
import { type Gateway, type GatewaySettings, startGateway } from '../../src/server.ts'
import { unlimited } from './unlimited.ts'
import { until } from './until.ts'

export { unlimited, until }

export interface TestGateway extends AsyncDisposable {
  url: string
  name: string
  identity: Identity
  accounts: Accounts
  router: Router
  log: { event: string; fields: LogFields }[]
  observed: Observation[]
  gateway: Gateway
  /** Enrols another box. */
  newBox(quota?: Quota): Identity
  revoke(box: string): Promise<boolean>
  /** Makes a code to enrol with; `expiresInMs` from now. */
  newCode(code: string, expiresInMs?: number): Promise<void>
  /** A client whose connection is ended with the gateway. */
  client(settings?: Partial<GatewayClientSettings>): GatewayClient
  connected(settings?: Partial<GatewayClientSettings>): Promise<GatewayClient>
}

export interface TestGatewaySettings extends Partial<GatewaySettings> {
  /** The data folder of another test gateway, or one to be kept; not removed at the end. */
  folder?: string
}

/** Figures that make costs easy to check: a token is a millionth, and a microwatt-hour. */
export function targetOf(provider: Provider, changes: Partial<Target> = {}): Target {
  return {
    name: provider.model,
    provider,
    contextTokens: 128_000,
    concurrency: 1000,
    timers: defaultTimers,
    price: { prompt: 1_000_000, completion: 1_000_000 },
    energy: { prompt: 1000, completion: 1000 },
    ...changes,
  }
}

export async function testGateway(
  providers: Provider | readonly Target[] = createExtractiveProvider(),
  { folder: given, ...settings }: TestGatewaySettings = {},
): Promise<TestGateway> {
  const folder = given ?? mkdtempSync(join(tmpdir(), 'tanbox-gateway-'))
  const log: TestGateway['log'] = []
  const observed: Observation[] = []
  const clients: GatewayClient[] = []
  const accounts = settings.accounts ?? (await openSqliteAccounts({ path: join(folder, 'accounts.db') }))
  const write: GatewaySettings['log'] = (event, fields = {}) => log.push({ event, fields })
  const observer = { observe: (observation: Observation) => observed.push(observation) }
  const targets = 'write' in providers ? [targetOf(providers)] : providers
  const router =
    settings.router ??
    createRouter({
      targets,
      aliases: new Map([['default', targets.map(({ name }) => name)]]),
      observer,
      log: write,
      estimatePrompt,
    })

  const newBox = (quota: Quota = unlimited) => {
    const identity = createIdentity(join(folder, `key-${randomUUID()}.json`))
    // Not waited for: whatever is asked of the accounts later comes after it.
    void accounts.enrol({ ...identity, label: 'test', quota })
    return identity
  }
  const identity = newBox()
  const name = settings.name ?? 'gateway.test'
  const gateway = await startOrClose({
    name,
    host: '127.0.0.1',
    port: 0,
    process: randomUUID(),
    accounts,
    router,
    observer,
    log: write,
    enrol: createEnrolHttp({ gateway: name, accounts, log: write, proxies: new Set() }),
    ...settings,
    timing: { drainMs: 200, ...settings.timing },
  })
  async function startOrClose(all: GatewaySettings): Promise<Gateway> {
    try {
      return await startGateway(all)
    } catch (error) {
      router.close()
      if (!settings.accounts) await accounts.close()
      throw error
    }
  }
  const url = `${settings.tls ? 'wss' : 'ws'}://127.0.0.1:${gateway.port}/`
  const client = (more: Partial<GatewayClientSettings> = {}) => {
    const made = createGatewayClient({ url, gateway: name, identity, ...more })
    clients.push(made)
    return made
  }
  return {
    ...{ url, name, identity, accounts, router, log, observed, gateway, newBox, client },
    revoke: (box) => accounts.revoke(box),
    newCode: (code, expiresInMs = 60_000) =>
      accounts.createCode({ code, label: 'test', quota: unlimited, expiresAt: Date.now() + expiresInMs }),
    async connected(more = {}) {
      const made = client(more)
      await until(() => made.state === 'connected')
      return made
    },
    async [Symbol.asyncDispose]() {
      for (const each of clients) each.close()
      await gateway.close()
      if (!settings.router) router.close()
      if (!settings.accounts) await accounts.close()
      if (!given) rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** A real gateway on a free port with one enrolled box, for tests. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createGatewayClient, type GatewayClient, type GatewayClientSettings } from '../../src/client.ts'
import { enrolBox, folderRegistry } from '../../src/enrolment.ts'
import { createIdentity, type Identity } from '../../src/identity.ts'
import type { LogFields } from '../../src/log.ts'
import { createExtractiveProvider } from '../../src/providers/extractive.ts'
import type { Provider } from '../../src/providers/provider.ts'
import { type Gateway, type GatewaySettings, startGateway } from '../../src/server.ts'

export interface TestGateway extends AsyncDisposable {
  url: string
  name: string
  boxes: string
  identity: Identity
  log: { event: string; fields: LogFields }[]
  gateway: Gateway
  newBox(): Identity
  /** A client whose connection is ended with the gateway. */
  client(settings?: Partial<GatewayClientSettings>): GatewayClient
  connected(settings?: Partial<GatewayClientSettings>): Promise<GatewayClient>
}

export async function testGateway(
  provider: Provider = createExtractiveProvider(),
  settings: Partial<GatewaySettings> = {},
): Promise<TestGateway> {
  const folder = mkdtempSync(join(tmpdir(), 'tanbox-gateway-'))
  const boxes = join(folder, 'boxes')
  const log: TestGateway['log'] = []
  const clients: GatewayClient[] = []
  let made = 0
  const newBox = () => {
    made += 1
    const identity = createIdentity(join(folder, `key-${made}.json`))
    enrolBox(boxes, identity, 'test')
    return identity
  }
  const identity = newBox()
  const name = settings.name ?? 'gateway.test'
  const gateway = await startGateway({
    name,
    host: '127.0.0.1',
    port: 0,
    registry: folderRegistry(boxes),
    models: new Map([['default', provider]]),
    log: (event, fields = {}) => log.push({ event, fields }),
    ...settings,
    timing: { drainMs: 200, ...settings.timing },
  })
  const url = `ws://127.0.0.1:${gateway.port}/`
  const client = (more: Partial<GatewayClientSettings> = {}) => {
    const made = createGatewayClient({ url, gateway: name, identity, ...more })
    clients.push(made)
    return made
  }
  return {
    url,
    name,
    boxes,
    identity,
    log,
    gateway,
    newBox,
    client,
    async connected(more = {}) {
      const made = client(more)
      await until(() => made.state === 'connected')
      return made
    },
    async [Symbol.asyncDispose]() {
      for (const each of clients) each.close()
      await gateway.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Waits until something holds; throws when it does not within the time. */
export async function until(holds: () => boolean, ms = 3000): Promise<void> {
  const end = Date.now() + ms
  while (!holds()) {
    if (Date.now() > end) throw new Error(`not within ${ms} ms: ${holds}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

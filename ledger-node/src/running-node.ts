import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createDial } from './carriers/dial.ts'
import { createLinks, type Links } from './carriers/links.ts'
import { systemClock } from './clock.ts'
import type { Config } from './config.ts'
import { type Discovery, startDiscovery } from './discovery/mdns.ts'
import { replaceDurably } from './disk/durable.ts'
import { fileDisk } from './disk/file-disk.ts'
import type { ServedNode } from './http/served-node.ts'
import { serveUpgrades } from './http/upgrade.ts'
import { signersOf } from './log/own-signer.ts'
import { createNode } from './node.ts'
import { maxPolicyBytes } from './note/policy.ts'
import { createServer } from './server.ts'
import { readOrMakeToken } from './token.ts'

export interface RunningNode extends AsyncDisposable {
  readonly node: ServedNode
  readonly port: number
  readonly token: string
}

export interface RunningSettings {
  version: string
  /** Told what a person should know. */
  notice: (sentence: string) => void
  onError: (error: unknown) => void
}

const antiEntropyMs = 30_000
const requestMs = 10_000

/** Puts the node and its carriers together on this machine, and listens. */
export async function runNode(config: Config, settings: RunningSettings): Promise<RunningNode> {
  const { notice, onError, version } = settings
  await using opened = new AsyncDisposableStack()
  const token = await readOrMakeToken(config.tokenFile)
  let links: Links | null = null
  let discovery: Discovery | null = null
  const node = opened.use(
    await createNode(
      {
        disk: fileDisk,
        clock: systemClock,
        random: randomBytes,
        dial: createDial((id) => links?.find(id) ?? null),
        notice,
      },
      {
        data: config.data,
        local: config.local,
        host: config.originHost,
        publishEveryMs: config.publishEveryMs,
        antiEntropyMs,
        requestMs,
        readers: config.readers,
        quotaBytesPerPeer: config.quota,
        ...(config.policyFile !== null && { policy: await readPolicyFile(config.policyFile) }),
      },
    ),
  )
  const signers = await signersOf(fileDisk, config.data, node.box, onError)
  const about = { name: config.name, urls: config.advertise }
  links = createLinks({
    signers,
    peers: () => node.peers.active(),
    handle: (request, from) => node.handle(request, from),
    onError,
  })
  const found = () => discovery?.found() ?? []
  const connected = () => links?.connected ?? []
  const served: ServedNode = withCarriers(node, { about, connected, found })
  const server = createServer(served, { token, version, onError })
  serveUpgrades(server.server, links.accept)
  opened.defer(() => server.close())
  opened.defer(() => links?.close())
  await server.listen({ host: config.host, port: config.port })
  const { port } = server.server.address() as AddressInfo
  if (config.discovery) {
    const card = () => node.card(about.name, about.urls)
    const alone = isLoopback(config.host)
    if (alone && about.urls.length === 0)
      notice(
        `Others find this box and cannot dial it: it listens on ${config.host} alone (TANBOX_LEDGER_HOST).`,
      )
    discovery = startDiscovery({ card, box: node.box.box, port: alone ? null : port, notice })
    opened.defer(() => discovery?.close())
  }
  const urlFile = join(config.local, 'url')
  opened.defer(() => fileDisk.remove(urlFile))
  await replaceDurably(fileDisk, urlFile, `${urlOf(config.host, port)}\n`)
  const held = opened.move()
  return { node: served, port, token, [Symbol.asyncDispose]: () => held.disposeAsync() }
}

/** The node keeps what it computes anew at each look (its log, its policy). */
function withCarriers<T extends object, U extends object>(node: T, carriers: U): T & U {
  return Object.assign(Object.create(node), carriers)
}

/** Where programs of this machine reach the node: the command line reads it. */
function urlOf(host: string, port: number): string {
  if (host === '0.0.0.0' || host === '::') return `http://127.0.0.1:${port}`
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host)
}

async function readPolicyFile(path: string): Promise<Buffer> {
  const bytes = await readFile(path)
  if (bytes.length > maxPolicyBytes) throw new Error(`${path} has more than ${maxPolicyBytes} bytes`)
  return bytes
}

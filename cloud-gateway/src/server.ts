/**
 * The gateway: takes connections of enrolled boxes and passes their questions to models.
 *
 * Built by `context.ts`:
 *
 *     const gateway = await startGateway({
 *       name, host, port,             // name: what boxes sign; port 0 takes a free one
 *       process,                      // id of this run, new for every start (a UUID): its lease at the accounts
 *       accounts,                     // openSqliteAccounts(...) or the PostgreSQL driver; closed by whoever opened it
 *       router,                       // createRouter(...); closed by whoever made it, after `gateway.close()`
 *       observer, log,
 *       enrol,                        // (request, response) => void, for POST /enrol; absent: 404
 *       tls: { cert, key },           // optional; paths (read again when they change) or PEM
 *     })
 *     gateway.state()                 // gauges for metrics and the status page
 *     await gateway.drain()           // goaway, running answers finish, the rest is ended and booked
 *     await gateway.close()           // drains if that was not done, gives the lease up, stops listening
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { Accounts } from './accounts/accounts.ts'
import { createDesks } from './answers/desks.ts'
import { takeLease } from './answers/lease.ts'
import { createSettlements } from './answers/settlements.ts'
import { createDoor } from './connections/door.ts'
import { createHandshakes } from './connections/handshakes.ts'
import { createMembers } from './connections/members.ts'
import { createReception } from './connections/reception.ts'
import { createThreshold } from './connections/threshold.ts'
import { watchChanges } from './connections/watch-changes.ts'
import { askError } from './errors.ts'
import type { Log } from './log.ts'
import type { GatewayState, Observer } from './operator/observer.ts'
import { closeCodes, type GatewayMessage } from './protocol.ts'
import type { Router } from './routing/router.ts'
import { type GatewayLimits, type GatewayTiming, gatewayLimits, gatewayTiming } from './timing.ts'
import { readTls, type TlsSettings, watchTls } from './tls-files.ts'

export interface GatewaySettings {
  /** The name that boxes sign; 1 to 127 characters of a-z, 0-9, dot and hyphen. */
  name: string
  host: string
  /** 0 takes a free one. */
  port: number
  tls?: TlsSettings
  /** Identifies this run among those that share the accounts. */
  process: string
  accounts: Accounts
  router: Router
  observer: Observer
  log: Log
  /** Answers POST /enrol. */
  enrol?: (request: IncomingMessage, response: ServerResponse) => void
  /** Addresses of proxies whose X-Forwarded-For is believed when boxes wait in line: it goes by turns over addresses. */
  proxies?: ReadonlySet<string>
  /** Aborted when the accounts are gone for as long as this process lives: then nothing waits to be booked. */
  lost?: AbortSignal
  timing?: Partial<GatewayTiming>
  limits?: Partial<GatewayLimits>
}

export interface Gateway {
  readonly port: number
  state(): GatewayState
  /**
   * Takes nothing new, lets running answers finish for so long (`timing.drainMs`), then closes all connections; what
   * still runs is ended and booked. Again: the same promise.
   */
  drain(deadlineMs?: number): Promise<void>
  /** Drains, gives the lease up and stops listening. */
  close(): Promise<void>
}

/** How long a drained gateway waits for the accounts to take the last usage. */
const lastBookMs = 10_000
/** How long an answer over HTTP may take to be read. */
const lastBytesMs = 1000
/** How often the files of the certificate are looked at. */
const tlsEveryMs = 5000

/** Resolves when it listens; rejects when it cannot, or when the accounts are away. */
export async function startGateway(settings: GatewaySettings): Promise<Gateway> {
  const { name, process, accounts, router, observer, log } = settings
  const timing = { ...gatewayTiming, ...settings.timing }
  const limits = { ...gatewayLimits, ...settings.limits }
  let draining: Promise<void> | null = null
  // Undone, last first, when the start fails or the gateway closes.
  await using starting = new AsyncDisposableStack()

  const { server, stopTls } = createHttp(settings, timing, log)
  starting.defer(stopTls)
  const settlements = createSettlements(accounts, log)
  starting.defer(settlements.close)
  const desks = createDesks({
    ...{ accounts, router, settlements, observer, log, timing, limits, process },
    refusal: () => (draining ? askError('draining') : lease.held ? null : askError('unavailable')),
  })
  starting.defer(desks.close)
  const members = createMembers({ accounts, desks, models: router.aliases, log })
  const handshakes = createHandshakes(limits)
  const reception = createReception({
    ...{ name, process, accounts, members, handshakes, observer, log, timing, limits },
  })
  starting.defer(reception.close)
  const threshold = createThreshold(limits.knocking)
  const { proxies = new Set() } = settings
  const door = createDoor({ handshakes, reception, threshold, proxies, log })
  const known = () => [...desks.known(), ...settlements.unbooked()].map(({ box, rid }) => ({ box, rid }))
  const lease = await takeLease({ accounts, process, progress: desks.progress, known, log, timing })
  starting.defer(lease.leave)
  starting.defer(await watchChanges(accounts, timing.changesMs, log, members.apply))

  server.on('connection', threshold.step)
  server.on('request', answerHttp)
  server.on('upgrade', door.knock)
  // What is no HTTP, or too slow, gets its 400; a peer that resets is no news. None keeps its half open.
  server.on('clientError', (_error, socket) => {
    if (!socket.writable) return void socket.destroy()
    socket.once('finish', () => socket.destroy())
    socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    // Thousands may dial in one moment; the system caps it.
    server.listen({ port: settings.port, host: settings.host, backlog: 8192 }, resolve)
  })
  starting.defer(() => {
    const stopped = stopListening(server)
    // A TLS handshake under way is unknown to the server, and would be waited for.
    threshold.clear()
    return stopped
  })
  const running = starting.move()
  const { port } = server.address() as AddressInfo
  log('listening', { host: settings.host, port, name, tls: settings.tls !== undefined })

  /** One answer a connection: who asks on without reading the answers would keep everybody waiting. */
  const answered = new WeakSet<Socket>()

  function answerHttp(request: IncomingMessage, response: ServerResponse): void {
    const { method, url, socket } = request
    if (answered.has(socket)) {
      socket.destroy()
      return
    }
    answered.add(socket)
    response.shouldKeepAlive = false
    response.once('finish', () => setTimeout(() => socket.destroy(), lastBytesMs).unref())
    if (method === 'POST' && url === '/enrol' && settings.enrol && !draining) {
      settings.enrol(request, response)
      return
    }
    const healthy = method === 'GET' && url === '/healthz'
    response.writeHead(!healthy ? 404 : draining ? 503 : 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(healthy ? state() : { error: 'there is nothing here' }))
  }

  function state(): GatewayState {
    const status = draining ? 'draining' : 'ok'
    return {
      ...{ status, connections: members.size, handshakes: reception.arriving + handshakes.waiting },
      ...desks.gauges,
    }
  }

  async function endInOrder(deadlineMs: number): Promise<void> {
    log('draining', { deadlineMs, connections: members.size })
    door.shut()
    reception.drain()
    const goaway: GatewayMessage = { type: 'goaway', deadlineMs, jitterMs: timing.jitterMs }
    const frame = JSON.stringify(goaway)
    members.each((link) => link.send(frame))
    await desks.idle(deadlineMs, askError('draining'))
    members.each((link) => link.close(closeCodes.drain, 'going down'))
    desks.endAll(askError('draining'))
    if (!settings.lost?.aborted) await settlements.quiet(lastBookMs)
    log('drained', { unsettled: settlements.pending })
  }

  function drain(deadlineMs: number = timing.drainMs): Promise<void> {
    // `draining` is looked at by everybody from here on, so it is set before the first step.
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    if (draining) return draining
    draining = promise
    endInOrder(deadlineMs).then(resolve, reject)
    return promise
  }

  return {
    port,
    state,
    drain,
    async close() {
      await drain()
      await running.disposeAsync()
      log('stopped')
    },
  }
}

async function stopListening(server: Server | TlsServer): Promise<void> {
  const stopped = new Promise((resolve) => server.close(resolve))
  server.closeAllConnections()
  await stopped
}

function createHttp(
  { tls }: GatewaySettings,
  timing: Pick<GatewayTiming, 'tlsHandshakeMs'>,
  log: Log,
): { server: Server | TlsServer; stopTls(): void } {
  const options = {
    maxHeaderSize: 8192,
    // A storm of boxes takes its time to be read.
    headersTimeout: 20_000,
    requestTimeout: 30_000,
    connectionsCheckingInterval: 5000,
    keepAliveTimeout: 5000,
  }
  if (!tls) return { server: createServer(options), stopTls: () => {} }
  const server = createTlsServer({ ...options, ...readTls(tls), handshakeTimeout: timing.tlsHandshakeMs })
  // It gets no 400: what is written before the handshake is done waits for it, and the file with it.
  server.on('tlsClientError', (_error, socket) => socket.destroy())
  const stopTls = watchTls(
    tls,
    tlsEveryMs,
    (renewed) => {
      server.setSecureContext(renewed)
      log('certificate-renewed')
    },
    () => log('certificate-refused'),
  )
  return { server, stopTls }
}

/** The gateway: takes connections of enrolled boxes and passes their questions to models. */
import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { type Connection, openConnection } from './connection.ts'
import type { BoxRegistry } from './enrolment.ts'
import { judge } from './handshake.ts'
import type { Log } from './log.ts'
import {
  type BoxMessage,
  closeCodes,
  limits,
  ProtocolError,
  protocolVersion,
  subprotocol,
} from './protocol.ts'
import type { Provider } from './providers/provider.ts'
import { createSession, type Session } from './session.ts'
import { type GatewayTiming, gatewayLimits, gatewayTiming } from './timing.ts'

export interface GatewaySettings {
  /** The name that boxes sign; 1 to 127 characters of a-z, 0-9, dot and hyphen. */
  name: string
  host: string
  /** 0 takes a free one. */
  port: number
  registry: BoxRegistry
  /** Alias -> provider; at least one. */
  models: ReadonlyMap<string, Provider>
  log: Log
  timing?: Partial<GatewayTiming>
}

export interface Gateway {
  readonly port: number
  /** Lets running answers finish (for a while), then closes all connections and stops listening. */
  close(): Promise<void>
}

export interface Member {
  connection: Connection
  session: Session
}

export async function startGateway(settings: GatewaySettings): Promise<Gateway> {
  const timing = { ...gatewayTiming, ...settings.timing }
  const { log } = settings
  const members = new Map<string, Member>()
  const generations = new Map<string, number>()
  let handshakes = 0
  let draining = false

  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: limits.frameBytes,
    maxFragments: 16,
    handleProtocols: () => subprotocol,
  })
  const http = createServer(
    { maxHeaderSize: 8192, requestTimeout: 10_000, headersTimeout: 5000 },
    (request, response) => {
      const healthy = request.method === 'GET' && request.url === '/healthz'
      const body = healthy ? health() : { error: 'there is nothing here' }
      response.writeHead(!healthy ? 404 : draining ? 503 : 200, { 'content-type': 'application/json' })
      response.end(JSON.stringify(body))
    },
  )
  http.on('upgrade', upgrade)

  function health() {
    const running = [...members.values()].reduce((sum, { session }) => sum + session.running, 0)
    return { status: draining ? 'draining' : 'ok', connections: members.size, handshakes, answers: running }
  }

  function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy())
    const refusal = refuse(request)
    if (refusal) {
      log('upgrade-refused', { status: refusal[0] })
      socket.end(`HTTP/1.1 ${refusal[0]} ${refusal[1]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
      return
    }
    sockets.handleUpgrade(request, socket, head, (accepted) => welcomeBox(accepted))
  }

  function refuse(request: IncomingMessage): [status: number, reason: string] | null {
    if (draining || handshakes >= gatewayLimits.handshakes) return [503, 'Service Unavailable']
    if (request.url !== '/') return [404, 'Not Found']
    // Only browsers send it: no web page may speak to us in its visitor's name.
    if (request.headers.origin !== undefined) return [403, 'Forbidden']
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim())
    return offered.includes(subprotocol) ? null : [426, 'Upgrade Required']
  }

  function welcomeBox(socket: WebSocket): void {
    const nonce = randomBytes(32).toString('base64url')
    let member: (Member & { box: string }) | null = null
    let waiting = true
    handshakes += 1
    const leaveHandshake = () => {
      if (waiting) handshakes -= 1
      waiting = false
      clearTimeout(timer)
    }
    const timer = setTimeout(
      () => connection.close(closeCodes.authentication, 'no authentication in time'),
      timing.authMs,
    )
    const connection = openConnection(socket, timing, {
      message(message, bytes) {
        if (member) member.session.receive(message)
        else member = authenticate(message, bytes)
      },
      closed(code, reason) {
        leaveHandshake()
        log('connection-closed', { box: member?.box ?? null, code, reason })
        member?.session.end()
        if (member && members.get(member.box)?.connection === connection) members.delete(member.box)
      },
    })

    function authenticate(message: BoxMessage, bytes: number): (Member & { box: string }) | null {
      if (bytes > limits.handshakeBytes) {
        connection.close(closeCodes.size, 'too large before authentication')
        return null
      }
      if (message.type !== 'auth') throw new ProtocolError(`${message.type} before auth`)
      const verdict = judge(message, { gateway: settings.name, nonce }, settings.registry)
      if ('code' in verdict) {
        connection.close(verdict.code, verdict.reason)
        return null
      }
      leaveHandshake()
      return admit(verdict.box, connection)
    }

    connection.send({
      type: 'hello',
      v: protocolVersion,
      gateway: settings.name,
      nonce,
      authMs: timing.authMs,
      limits: {
        frameBytes: limits.frameBytes,
        bodyBytes: limits.bodyBytes,
        passages: limits.passages,
        inFlight: limits.inFlight,
        deadlineMs: limits.deadlineMs,
      },
      capabilities: [],
    })
  }

  /** Of several connections of one box the newest counts: the others are most likely half open. */
  function admit(box: string, connection: Connection): Member & { box: string } {
    members.get(box)?.connection.close(closeCodes.superseded, 'a newer connection of this box')
    const generation = (generations.get(box) ?? 0) + 1
    generations.set(box, generation)
    const session = createSession({ box, models: settings.models, timing, log }, connection)
    const member = { box, connection, session }
    members.set(box, member)
    log('box-connected', { box, generation })
    connection.send({
      type: 'welcome',
      session: randomBytes(12).toString('base64url'),
      generation,
      models: [...settings.models.keys()],
    })
    return member
  }

  const revocations = setInterval(() => {
    for (const [box, { connection }] of members) {
      if (isRevoked(box, settings.registry)) connection.close(closeCodes.revoked, 'this box was revoked')
    }
  }, timing.revocationMs)

  await new Promise<void>((resolve, reject) => {
    http.once('error', reject)
    http.listen(settings.port, settings.host, resolve)
  })
  const { port } = http.address() as AddressInfo
  log('listening', { host: settings.host, port, name: settings.name })

  return {
    port,
    async close() {
      draining = true
      const stopped = new Promise((resolve) => http.close(resolve))
      for (const { connection, session } of members.values()) {
        session.drain()
        connection.send({ type: 'goaway', deadlineMs: timing.drainMs, jitterMs: timing.jitterMs })
      }
      await idleWithin(
        timing.drainMs,
        [...members.values()].map(({ session }) => session.idle()),
      )
      clearInterval(revocations)
      for (const { connection } of members.values()) connection.close(closeCodes.drain, 'going down')
      await stopped
      log('stopped')
    },
  }
}

function isRevoked(box: string, registry: BoxRegistry): boolean {
  try {
    return registry.find(box)?.revoked ?? true
  } catch {
    // A file that is just being written or was damaged does not end a connection that was fine.
    return false
  }
}

async function idleWithin(ms: number, sessions: Promise<void>[]): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const patience = new Promise((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([Promise.all(sessions), patience])
  clearTimeout(timer)
}

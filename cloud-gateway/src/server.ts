/** The gateway: takes connections of enrolled boxes and passes their questions to models. */
import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { openConnection } from './connections/connection.ts'
import { judge } from './connections/handshake.ts'
import { createMembers } from './connections/members.ts'
import type { Session } from './connections/session.ts'
import type { BoxRegistry } from './enrolment.ts'
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

/** Resolves when it listens; rejects when it cannot. */
export async function startGateway(settings: GatewaySettings): Promise<Gateway> {
  const timing = { ...gatewayTiming, ...settings.timing }
  const { log, registry, models } = settings
  const members = createMembers({ registry, models, timing, log })
  let handshakes = 0
  let draining = false

  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: limits.frameBytes,
    maxFragments: 16,
    handleProtocols: () => subprotocol,
  })
  const http = createServer({ maxHeaderSize: 8192, requestTimeout: 10_000, headersTimeout: 5000 })
  http.on('request', (request, response) => {
    const healthy = request.method === 'GET' && request.url === '/healthz'
    response.writeHead(!healthy ? 404 : draining ? 503 : 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(healthy ? health() : { error: 'there is nothing here' }))
  })
  http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy())
    const refusal = refuse(request)
    if (refusal) {
      log('upgrade-refused', { status: refusal[0] })
      socket.end(`HTTP/1.1 ${refusal[0]} ${refusal[1]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
    } else {
      sockets.handleUpgrade(request, socket, head, receive)
    }
  })

  function health() {
    const { connections, running } = members
    return { status: draining ? 'draining' : 'ok', connections, handshakes, answers: running }
  }

  function refuse(request: IncomingMessage): [status: number, reason: string] | null {
    if (draining || handshakes >= gatewayLimits.handshakes) return [503, 'Service Unavailable']
    if (request.url !== '/') return [404, 'Not Found']
    // Only browsers send it: no web page may speak to us in its visitor's name.
    if (request.headers.origin !== undefined) return [403, 'Forbidden']
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim())
    return offered.includes(subprotocol) ? null : [426, 'Upgrade Required']
  }

  /** From the greeting to the close of one connection. */
  function receive(socket: WebSocket): void {
    const nonce = randomBytes(32).toString('base64url')
    let known: { box: string; session: Session } | null = null
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
        if (known) known.session.receive(message)
        else authenticate(message, bytes)
      },
      closed(code, reason) {
        leaveHandshake()
        log('connection-closed', { box: known?.box ?? null, code, reason })
        known?.session.end()
        if (known) members.leave(known.box, connection)
      },
    })

    function authenticate(message: BoxMessage, bytes: number): void {
      if (bytes > limits.handshakeBytes) {
        connection.close(closeCodes.size, 'too large before authentication')
        return
      }
      if (message.type !== 'auth') throw new ProtocolError(`${message.type} before auth`)
      const verdict = judge(message, { gateway: settings.name, nonce }, registry)
      if ('code' in verdict) {
        connection.close(verdict.code, verdict.reason)
      } else if (draining) {
        connection.close(closeCodes.drain, 'going down')
      } else {
        leaveHandshake()
        known = { box: verdict.box, session: members.admit(verdict.box, connection) }
      }
    }

    const { frameBytes, bodyBytes, passages, inFlight, deadlineMs } = limits
    connection.send({
      type: 'hello',
      v: protocolVersion,
      gateway: settings.name,
      nonce,
      authMs: timing.authMs,
      limits: { frameBytes, bodyBytes, passages, inFlight, deadlineMs },
      capabilities: [],
    })
  }

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
      await members.dismiss()
      await stopped
      log('stopped')
    },
  }
}

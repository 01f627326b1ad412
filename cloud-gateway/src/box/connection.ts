/** One connection of the box to its gateway, from the dial to the close. `client.ts` makes the next one. */
import type { ClientRequest, IncomingMessage } from 'node:http'
import { WebSocket } from 'ws'
import type { Identity } from '../identity.ts'
import {
  type BoxMessage,
  type BoxMessageOf,
  capabilities,
  closeCodes,
  type GatewayMessage,
  type GatewayMessageOf,
  limits,
  ProtocolError,
  protocolVersion,
  readGatewayMessage,
  subprotocol,
} from '../protocol.ts'
import { signChallenge } from '../wire/challenge.ts'

export interface ConnectionSettings {
  /** ws: or wss: address of the gateway. */
  url: string
  /** The name the gateway must have; it is what the box signs. */
  gateway: string
  /** Certificates (PEM) that are trusted instead of the system's. */
  ca?: string
  timing?: Partial<ConnectionTiming>
}

export interface ConnectionTiming {
  /** Until the TCP (and TLS) connection stands. */
  connectMs: number
  /** From there to the upgrade: the gateway may have thousands waiting in line. */
  upgradeMs: number
  /** From the upgrade to `welcome`. */
  welcomeMs: number
  pingMs: number
  /** Pings without a sign of life after which the connection is dead. */
  misses: number
  /** How long the gateway may take to answer a close. */
  closeMs: number
}

export const connectionTiming: ConnectionTiming = {
  connectMs: 5000,
  upgradeMs: 60_000,
  welcomeMs: 30_000,
  pingMs: 20_000,
  misses: 2,
  closeMs: 1000,
}

/** How a connection ended. */
export interface Farewell {
  /** WebSocket close code; 0 when there was no WebSocket. */
  code: number
  /** For the log. */
  reason: string
  /** We ended it ourselves. */
  ours: boolean
  /** The status with which the upgrade was refused. */
  status: number | null
  /** Code of what the system or TLS said; empty: nothing. */
  fault: string
  /** The gateway does not want to be dialled again before. */
  retryAfterMs: number
}

export interface ConnectionEvents {
  /** The answers that should be taken up again. */
  resume(): NonNullable<BoxMessageOf<'auth'>['resume']>
  ready(welcome: GatewayMessageOf<'welcome'>, hello: GatewayMessageOf<'hello'>): void
  /** Messages after `welcome`. May throw ProtocolError: the connection is closed as malformed. */
  message(message: GatewayMessage): void
  /** Called once. */
  closed(farewell: Farewell): void
}

export interface Connection {
  send(message: BoxMessage): void
  close(code: number, reason: string): void
}

export function openConnection(
  settings: ConnectionSettings,
  identity: Identity,
  events: ConnectionEvents,
): Connection {
  const timing = { ...connectionTiming, ...settings.timing }
  let phase: 'dial' | 'hello' | 'welcome' | 'ready' | 'closed' = 'dial'
  let hello: GatewayMessageOf<'hello'> | null = null
  let failure = ''
  let fault = ''
  let refusal: { status: number; retryAfterMs: number } | null = null
  let unanswered = 0
  /** Of the phase that the connection is in; there is never more than one. */
  let timer: NodeJS.Timeout

  const socket = new WebSocket(settings.url, [subprotocol], {
    perMessageDeflate: false,
    maxPayload: limits.frameBytes,
    followRedirects: false,
    maxFragments: 16,
    finishRequest: dial,
    ...(settings.ca !== undefined && { ca: settings.ca }),
  })
  timer = setTimeout(() => end(0, 'no connection in time'), timing.connectMs)
  const alive = () => {
    unanswered = 0
  }
  socket.on('open', () => {
    phase = 'hello'
    within(timing.welcomeMs, closeCodes.heartbeat, 'no welcome in time')
  })
  socket.on('message', (data, isBinary) => {
    unanswered = 0
    try {
      if (isBinary) throw new ProtocolError('a binary frame')
      receive(readGatewayMessage(data.toString()))
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      end(closeCodes.malformed, error.message)
    }
  })
  socket.on('ping', alive)
  socket.on('pong', alive)
  socket.on('error', (error) => {
    failure ||= error.message
    fault ||= (error as NodeJS.ErrnoException).code ?? ''
  })
  socket.on('close', (code, reason) => finish(phase === 'dial' ? 0 : code, reason.toString(), false))

  function dial(request: ClientRequest): void {
    request.once('socket', (tcp) => {
      const secure = settings.url.startsWith('wss:')
      tcp.once(secure ? 'secureConnect' : 'connect', () => within(timing.upgradeMs, 0, 'no upgrade in time'))
    })
    request.once('response', (response: IncomingMessage) => {
      const seconds = Number(response.headers['retry-after'] ?? 0)
      refusal = { status: response.statusCode ?? 0, retryAfterMs: seconds > 0 ? seconds * 1000 : 0 }
    })
    request.end()
  }

  function receive(message: GatewayMessage): void {
    if (phase === 'ready') {
      if (message.type === 'hello' || message.type === 'welcome') {
        throw new ProtocolError(`${message.type} out of order`)
      }
      events.message(message)
    } else if (phase === 'hello' && message.type === 'hello') {
      answer(message)
    } else if (phase === 'welcome' && message.type === 'welcome') {
      phase = 'ready'
      clearTimeout(timer)
      timer = setInterval(beat, timing.pingMs)
      events.ready(message, hello!)
    } else if (phase !== 'closed') {
      throw new ProtocolError(`${message.type} out of order`)
    }
  }

  function answer(greeting: GatewayMessageOf<'hello'>): void {
    const { box, key, privateKey } = identity
    if (greeting.v !== protocolVersion) {
      end(closeCodes.version, `the gateway speaks version ${greeting.v}`)
    } else if (greeting.gateway !== settings.gateway) {
      // A signature is never given to another gateway than the configured one.
      end(closeCodes.authentication, `this is another gateway: ${greeting.gateway}`)
    } else {
      hello = greeting
      phase = 'welcome'
      const challenge = { nonce: greeting.nonce, gateway: settings.gateway, box, key }
      const resume = events.resume()
      send({
        ...{ type: 'auth', v: protocolVersion, box, key },
        signature: signChallenge(challenge, privateKey),
        capabilities: [...capabilities],
        ...(resume.length > 0 && { resume }),
      })
    }
  }

  /** A connection that the router in between has forgotten says nothing, and takes nothing amiss. */
  function beat(): void {
    if (unanswered >= timing.misses) {
      end(closeCodes.heartbeat, 'no sign of life')
    } else {
      unanswered += 1
      socket.ping()
    }
  }

  function within(ms: number, code: number, otherwise: string): void {
    if (phase === 'closed') return
    clearTimeout(timer)
    timer = setTimeout(() => end(code, otherwise), ms)
  }

  function send(message: BoxMessage): void {
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message))
  }

  function end(code: number, reason: string): void {
    if (phase === 'closed') return
    if (socket.readyState === WebSocket.OPEN) {
      socket.close(code, reason.slice(0, 100))
      // A dead peer never answers the close; what it owed is lost now.
      setTimeout(() => socket.terminate(), timing.closeMs).unref()
    } else {
      socket.terminate()
    }
    finish(code, reason, true)
  }

  function finish(code: number, reason: string, ours: boolean): void {
    if (phase === 'closed') return
    phase = 'closed'
    clearTimeout(timer)
    const { status = null, retryAfterMs = 0 } = refusal ?? {}
    events.closed({ code, reason: reason || failure, ours, status, fault, retryAfterMs })
  }

  return { send, close: end }
}

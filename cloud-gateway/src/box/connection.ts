/** One connection of the box to its gateway, from the dial to the close. `client.ts` makes the next one. */
import { TextDecoder } from 'node:util'
import { WebSocket } from 'ws'
import { askError } from '../errors.ts'
import type { Identity } from '../identity.ts'
import {
  type BoxMessage,
  closeCodes,
  type GatewayMessage,
  limits,
  ProtocolError,
  protocolVersion,
  readGatewayMessage,
  sha256Hex,
  subprotocol,
} from '../protocol.ts'
import { signChallenge } from '../wire/challenge.ts'
import { heartbeatTiming, watchHeartbeat } from '../wire/heartbeat.ts'
import { type AskStream, createAskStream } from './ask-stream.ts'

/** How long the gateway may take to answer a close. */
const closeMs = 1000

export interface ConnectionSettings {
  /** ws: or wss: address of the gateway. */
  url: string
  /** The name the gateway must have; it is what the box signs. */
  gateway: string
  identity: Identity
  heartbeat?: { everyMs: number; misses: number }
  /** From the dial to `welcome`. */
  handshakeMs?: number
}

export interface ConnectionEvents {
  ready(models: readonly string[]): void
  /** No new questions; the connection ends by itself. */
  leaving(jitterMs: number): void
  /** Called once. `code` is the WebSocket close code, 0 when the dial failed; `reason` is for the log. */
  closed(code: number, reason: string): void
}

export interface Connection {
  /** Sends the question. Throws AskError('not-connected') unless the connection is ready. */
  ask(rid: string, payload: Uint8Array, deadlineMs: number): AskStream
  cancel(rid: string): void
  close(): void
}

export function openConnection(settings: ConnectionSettings, events: ConnectionEvents): Connection {
  const streams = new Map<string, AskStream>()
  const socket = new WebSocket(settings.url, [subprotocol], {
    perMessageDeflate: false,
    maxPayload: limits.frameBytes,
    handshakeTimeout: 5000,
    followRedirects: false,
    maxFragments: 16,
  })
  let phase: 'hello' | 'welcome' | 'ready' | 'leaving' | 'closed' = 'hello'
  let dialFailure = ''
  const handshakeTimer = setTimeout(
    () => end(closeCodes.authentication, 'no welcome in time'),
    settings.handshakeMs ?? 10_000,
  )
  const stopHeartbeat = watchHeartbeat(
    socket,
    () => end(closeCodes.heartbeat, 'no sign of life'),
    settings.heartbeat ?? heartbeatTiming,
  )

  socket.on('message', (data, isBinary) => {
    try {
      if (isBinary) throw new ProtocolError('a binary frame')
      receive(readGatewayMessage(data.toString()))
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      end(closeCodes.malformed, error.message)
    }
  })
  socket.on('error', (error) => {
    dialFailure = error.message
  })
  socket.on('close', (code, reason) => finish(code, reason.toString()))

  function receive(message: GatewayMessage): void {
    if (message.type === 'hello') {
      if (phase !== 'hello') throw new ProtocolError('hello out of order')
      answerHello(message)
    } else if (message.type === 'welcome') {
      if (phase !== 'welcome') throw new ProtocolError('welcome out of order')
      phase = 'ready'
      clearTimeout(handshakeTimer)
      events.ready(message.models)
    } else if (phase !== 'ready' && phase !== 'leaving') {
      throw new ProtocolError(`${message.type} before welcome`)
    } else if (message.type === 'goaway') {
      phase = 'leaving'
      events.leaving(message.jitterMs)
    } else {
      // Late words about a question that is over are no mistake.
      const stream = streams.get(message.rid)
      stream?.receive(message)
      if (stream?.over) leave(message.rid, stream.seq)
    }
  }

  function answerHello(hello: Extract<GatewayMessage, { type: 'hello' }>): void {
    const { box, key, privateKey } = settings.identity
    if (hello.v !== protocolVersion) {
      end(closeCodes.version, `the gateway speaks version ${hello.v}`)
    } else if (hello.gateway !== settings.gateway) {
      // A signature is never given to another gateway than the configured one.
      end(closeCodes.authentication, 'this is another gateway')
    } else {
      const challenge = { nonce: hello.nonce, gateway: settings.gateway, box, key }
      const signature = signChallenge(challenge, privateKey)
      phase = 'welcome'
      send({ type: 'auth', v: protocolVersion, box, key, signature, capabilities: [] })
    }
  }

  function leave(rid: string, seq: number): void {
    streams.delete(rid)
    send({ type: 'ack', rid, seq })
  }

  function send(message: BoxMessage): void {
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message))
  }

  function end(code: number, reason: string): void {
    if (phase === 'closed') return
    if (socket.readyState === WebSocket.OPEN) socket.close(code, reason.slice(0, 100))
    else socket.terminate()
    // A dead peer never answers the close; what it owed is lost now.
    setTimeout(() => socket.terminate(), closeMs).unref()
    finish(code, reason)
  }

  function finish(code: number, reason: string): void {
    if (phase === 'closed') return
    phase = 'closed'
    clearTimeout(handshakeTimer)
    stopHeartbeat()
    for (const stream of streams.values()) stream.cut()
    streams.clear()
    events.closed(code, reason || dialFailure)
  }

  return {
    ask(rid, payload, deadlineMs) {
      if (phase !== 'ready') throw askError('not-connected')
      const message: BoxMessage = {
        type: 'ask',
        rid,
        digest: sha256Hex(payload),
        body: exactText(payload),
        deadlineMs,
      }
      const frame = JSON.stringify(message)
      // Escapes make the frame longer than the body.
      if (Buffer.byteLength(frame) > limits.frameBytes) throw askError('too-large')
      const stream = createAskStream()
      streams.set(rid, stream)
      socket.send(frame)
      return stream
    },
    cancel: (rid) => send({ type: 'cancel', rid }),
    close: () => end(1000, 'the box is going down'),
  }
}

/** The payload as text that encodes to exactly the same bytes again, or AskError. */
function exactText(payload: Uint8Array): string {
  if (payload.length > limits.bodyBytes) throw askError('too-large')
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(payload)
  } catch (cause) {
    throw askError('bad-body', 'not UTF-8', { cause })
  }
}

/** A box that can misbehave: a bare WebSocket with as much of the handshake as a test wants. */
import { WebSocket } from 'ws'
import type { Identity } from '../../src/identity.ts'
import {
  type AskBody,
  type GatewayMessage,
  type GatewayMessageOf,
  readGatewayMessage,
  sha256Hex,
  subprotocol,
} from '../../src/protocol.ts'
import { signChallenge } from '../../src/wire/challenge.ts'
import { newRid, question } from './questions.ts'

export interface RawBox {
  socket: WebSocket
  received: GatewayMessage[]
  hello: GatewayMessageOf<'hello'>
  send(message: unknown): void
  /** Sends `ask` and returns its rid. */
  ask(body?: AskBody, changes?: Record<string, unknown>): string
  /** The next message of a kind, also one that has come already. */
  next<T extends GatewayMessage['type']>(type: T, rid?: string): Promise<GatewayMessageOf<T>>
  closed: Promise<{ code: number; reason: string }>
}

/** Connects and waits for `hello`. */
export async function dial(url: string, headers: Record<string, string> = {}): Promise<RawBox> {
  const socket = new WebSocket(url, [subprotocol], { perMessageDeflate: false, headers })
  const received: GatewayMessage[] = []
  let wake = () => {}
  socket.on('message', (data) => {
    received.push(readGatewayMessage(data.toString()))
    wake()
  })
  let failure: Error | null = null
  socket.on('error', (error) => {
    failure = error
  })
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => {
      resolve({ code, reason: String(reason) })
      wake()
    })
  })
  const next: RawBox['next'] = async (type, rid) => {
    while (true) {
      const found = received.findIndex(
        (message) =>
          message.type === type && (rid === undefined || ('rid' in message && message.rid === rid)),
      )
      if (found >= 0) return received.splice(found, 1)[0] as never
      if (socket.readyState === WebSocket.CLOSED) throw failure ?? new Error(`closed before ${type}`)
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }
  const send = (message: unknown) => socket.send(JSON.stringify(message))
  return {
    socket,
    received,
    hello: await next('hello'),
    send,
    ask(body = question(), changes = {}) {
      const rid = newRid()
      const text = JSON.stringify(body)
      send({
        ...{ type: 'ask', rid, digest: sha256Hex(text), body: text, deadlineMs: 10_000, credit: 65_536 },
        ...changes,
      })
      return (changes.rid as string | undefined) ?? rid
    },
    next,
    closed,
  }
}

/** What a box has of an answer. */
export interface Place {
  rid: string
  epoch: number
  seq: number
}

/** A proper `auth` for what `hello` asked; changes make it improper. */
export function authFor(
  box: RawBox,
  identity: Identity,
  changes: { gateway?: string; nonce?: string; v?: number; resume?: Place[] } = {},
) {
  const challenge = {
    nonce: changes.nonce ?? box.hello.nonce,
    gateway: changes.gateway ?? box.hello.gateway,
    box: identity.box,
    key: identity.key,
  }
  return {
    type: 'auth',
    v: changes.v ?? 1,
    box: identity.box,
    key: identity.key,
    signature: signChallenge(challenge, identity.privateKey),
    capabilities: [],
    ...(changes.resume ? { resume: changes.resume } : {}),
  }
}

export async function dialAndAuthenticate(
  url: string,
  identity: Identity,
  resume?: Place[],
): Promise<RawBox> {
  const box = await dial(url)
  box.send(authFor(box, identity, resume ? { resume } : {}))
  await box.next('welcome')
  return box
}

/** A gateway played by the test, message by message: what a real one never does can be shown to the box. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import {
  type BoxMessage,
  type BoxMessageOf,
  type GatewayMessageOf,
  limits,
  readBoxMessage,
  sha256Hex,
  subprotocol,
} from '../../src/protocol.ts'

/** One connection of the box, seen from the gateway. */
export interface Link {
  socket: WebSocket
  /** Everything the box has sent over it, checked against the schema. */
  received: BoxMessage[]
  say(...messages: Record<string, unknown>[]): void
  /** The next message of a type that was not handed out yet. */
  next<T extends BoxMessage['type']>(type: T): Promise<BoxMessageOf<T>>
  /** Ends it without a word, as a router does. */
  cut(): void
  close(code: number, reason?: string): void
  closed: Promise<number>
}

export interface ScriptedGateway extends AsyncDisposable {
  url: string
  /** Connections so far. */
  readonly dialled: number
  /** The next connection, after `hello`. */
  dial(): Promise<Link>
  /** The next connection, after `welcome`. */
  link(): Promise<Link>
  /** What to answer an upgrade with instead of taking it. */
  refuse: { status: number; headers?: Record<string, string> } | null
}

export const hello = (changes: Record<string, unknown> = {}) => ({
  type: 'hello',
  v: 1,
  gateway: 'gateway.test',
  nonce: 'A'.repeat(43),
  authMs: 5000,
  limits: {
    frameBytes: limits.frameBytes,
    bodyBytes: limits.bodyBytes,
    passages: limits.passages,
    inFlight: limits.inFlight,
    deadlineMs: limits.deadlineMs,
    streamCreditBytes: limits.streamCreditBytes,
    boxHeldBytes: limits.boxHeldBytes,
    resumeMs: limits.resumeMs,
  },
  capabilities: ['rotate', 'quota'],
  ...changes,
})

export const quota = { tokensPerMinute: null, tokensPerDay: 1000, streams: 8 }
export const welcome = { type: 'welcome', session: 's', generation: 1, models: ['default'], quota }

/** `greeting`: null says no `hello`. */
export async function scriptedGateway(
  greeting: Record<string, unknown> | null = hello(),
): Promise<ScriptedGateway> {
  const http = createServer()
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => subprotocol })
  const links: Link[] = []
  let given = 0
  let wake = () => {}
  let dialled = 0
  let refuse: ScriptedGateway['refuse'] = null
  http.on('upgrade', (request, socket, head) => {
    dialled += 1
    if (!refuse) {
      sockets.handleUpgrade(request, socket, head, (each) => {
        links.push(linkOf(each))
        if (greeting) links.at(-1)!.say(greeting)
        wake()
      })
      return
    }
    const headers = Object.entries(refuse.headers ?? {}).map(([name, value]) => `${name}: ${value}\r\n`)
    socket.end(`HTTP/1.1 ${refuse.status} No\r\n${headers.join('')}Content-Length: 0\r\n\r\n`)
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))

  async function dial(): Promise<Link> {
    while (given === links.length) {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
    given += 1
    return links[given - 1]!
  }

  return {
    url: `ws://127.0.0.1:${(http.address() as AddressInfo).port}/`,
    get dialled() {
      return dialled
    },
    get refuse() {
      return refuse
    },
    set refuse(value) {
      refuse = value
    },
    dial,
    async link() {
      const link = await dial()
      await link.next('auth')
      link.say(welcome)
      return link
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets.clients) socket.terminate()
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
}

function linkOf(socket: WebSocket): Link {
  const received: BoxMessage[] = []
  const handedOut = new Set<BoxMessage>()
  let over = false
  const wake: (() => void)[] = []
  const woken = () => {
    for (const each of wake.splice(0)) each()
  }
  socket.on('message', (data) => {
    received.push(readBoxMessage(data.toString()))
    woken()
  })
  const closed = new Promise<number>((resolve) => {
    socket.on('close', (code) => {
      over = true
      resolve(code)
      woken()
    })
  })
  return {
    socket,
    received,
    say(...messages) {
      for (const message of messages) socket.send(JSON.stringify(message))
    },
    async next(type) {
      while (true) {
        const found = received.find((message) => message.type === type && !handedOut.has(message))
        if (found) {
          handedOut.add(found)
          return found as never
        }
        if (over) throw new Error(`closed before ${type}`)
        await new Promise<void>((resolve) => wake.push(resolve))
      }
    },
    cut: () => socket.terminate(),
    close: (code, reason = '') => socket.close(code, reason),
    closed,
  }
}

/** The messages of one answer, as a gateway that does everything right sends them. */
export function script(rid: string, texts: readonly string[], epoch = 1) {
  const delta = (seq: number, text = texts[seq - 1]!): GatewayMessageOf<'delta'> => ({
    ...{ type: 'delta', rid, epoch, seq, channel: 'answer', text },
  })
  return {
    accepted: (seq = 0, model = 'm') => ({ type: 'accepted', rid, epoch, seq, model }),
    progress: (state = 'prefill', position?: number) => ({
      ...{ type: 'progress', rid, epoch, state },
      ...(position !== undefined && { position }),
    }),
    restart: () => ({ type: 'restart', rid, epoch }),
    fallback: (model: string, code: string) => ({ type: 'fallback', rid, epoch, model, code }),
    delta,
    /** Deltas `from` to `to`, both included. */
    deltas: (from = 1, to = texts.length) =>
      Array.from({ length: to - from + 1 }, (_, index) => delta(from + index)),
    end: (changes: Record<string, unknown> = {}) => ({
      ...{ type: 'end', rid, epoch, seq: texts.length, finish: 'stop' },
      textSha256: sha256Hex(texts.join('')),
      usage,
      ...changes,
    }),
    error: (code: string, changes: Record<string, unknown> = {}) => ({
      ...{ type: 'error', rid, epoch, code, message: 'no', retryable: true },
      ...changes,
    }),
  }
}

export const usage = { promptTokens: 7, completionTokens: 3, exact: true }

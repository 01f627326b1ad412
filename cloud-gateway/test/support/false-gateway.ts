/** A gateway that says what a test tells it to. */
import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import type { BoxMessage } from '../../src/protocol.ts'

export interface FalseGateway extends AsyncDisposable {
  url: string
  /** Number of connections so far. */
  readonly dialled: number
  received: BoxMessage[]
}

type Say = (message: Record<string, unknown>) => void

/** `talk` is called for every connection, and for every message of the box. */
export async function falseGateway(
  talk: (event: 'dialled' | BoxMessage, say: Say, socket: WebSocket) => void,
): Promise<FalseGateway> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await new Promise((resolve) => server.once('listening', resolve))
  const received: BoxMessage[] = []
  let dialled = 0
  server.on('connection', (socket) => {
    dialled += 1
    const say: Say = (message) => socket.send(JSON.stringify(message))
    socket.on('message', (data) => {
      const message = JSON.parse(data.toString()) as BoxMessage
      received.push(message)
      talk(message, say, socket)
    })
    talk('dialled', say, socket)
  })
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    get dialled() {
      return dialled
    },
    received,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        for (const socket of server.clients) socket.terminate()
        server.close(() => resolve())
      }),
  }
}

export const hello = (changes: Record<string, unknown> = {}) => ({
  type: 'hello',
  v: 1,
  gateway: 'gateway.test',
  nonce: 'A'.repeat(43),
  authMs: 5000,
  limits: { frameBytes: 1, bodyBytes: 1, passages: 1, inFlight: 1, deadlineMs: 1 },
  capabilities: [],
  ...changes,
})

export const welcome = { type: 'welcome', session: 's', generation: 1, models: ['default'] }

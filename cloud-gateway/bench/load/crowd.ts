/** Thousands of bare boxes: each dials, authenticates as the protocol says, and then only keeps its connection. */
import { createPrivateKey, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { backoffDelay } from '../../src/box/backoff.ts'
import { readGatewayMessage, subprotocol } from '../../src/protocol.ts'
import { signChallenge } from '../../src/wire/challenge.ts'

export interface BenchBox {
  box: string
  key: string
  /** Raw Ed25519 key pair, base64url. */
  publicKey: string
  privateKey: string
}

export const readBoxes = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as BenchBox[]

export const privateKeyOf = ({ publicKey, privateKey }: BenchBox): KeyObject =>
  createPrivateKey({ key: { kty: 'OKP', crv: 'Ed25519', x: publicKey, d: privateKey }, format: 'jwk' })

export interface CrowdSettings {
  url: string
  gateway: string
  boxes: string
  from: number
  count: number
  /** Dials a second; 0: all at once. */
  perSecond: number
  /** 127.0.0.x: another source address has another set of ports. */
  localAddress: string
  /** No attempt begins after this. */
  patienceMs: number
}

const open: WebSocket[] = []

export async function openCrowd(settings: CrowdSettings) {
  const boxes = readBoxes(settings.boxes).slice(settings.from, settings.from + settings.count)
  const began = performance.now()
  const welcomedMs: number[] = []
  const closeCodes: Record<string, number> = {}
  let attempts = 0

  async function join(box: BenchBox, order: number): Promise<boolean> {
    if (settings.perSecond > 0) await pause((order / settings.perSecond) * 1000)
    const first = performance.now()
    while (performance.now() - began < settings.patienceMs) {
      attempts += 1
      const outcome = await dial(settings, box)
      if (outcome === 'welcome') {
        welcomedMs.push(performance.now() - began)
        return true
      }
      closeCodes[outcome] = (closeCodes[outcome] ?? 0) + 1
      await pause(backoffDelay(performance.now() - first, 0, Math.random()))
    }
    return false
  }

  const joined = await Promise.all(boxes.map(join))
  return {
    connected: joined.filter(Boolean).length,
    refusedForGood: joined.filter((welcome) => !welcome).length,
    seconds: Math.max(0, ...welcomedMs) / 1000,
    attempts,
    closeCodes,
    /** Connections that are still there. */
    open: open.filter(({ readyState }) => readyState === WebSocket.OPEN).length,
  }
}

function dial({ url, gateway, localAddress }: CrowdSettings, box: BenchBox): Promise<string> {
  return new Promise((resolve) => {
    const socket = new WebSocket(url, [subprotocol], {
      perMessageDeflate: false,
      // A certificate of the bench's own.
      rejectUnauthorized: false,
      localAddress,
      handshakeTimeout: 30_000,
    })
    socket.on('message', (data) => {
      const message = readGatewayMessage(data.toString())
      if (message.type === 'hello') {
        const challenge = { nonce: message.nonce, gateway, box: box.box, key: box.key }
        const signature = signChallenge(challenge, privateKeyOf(box))
        socket.send(
          JSON.stringify({ type: 'auth', v: 1, box: box.box, key: box.key, signature, capabilities: [] }),
        )
      } else if (message.type === 'welcome') {
        open.push(socket)
        resolve('welcome')
      }
    })
    socket.on('error', (error) => resolve(error.message.slice(0, 60)))
    socket.on('close', (code) => resolve(`closed ${code}`))
  })
}

export async function closeCrowd(): Promise<void> {
  const all = open.splice(0)
  await Promise.all(
    all.map(
      (socket) =>
        new Promise((resolve) => {
          if (socket.readyState === WebSocket.CLOSED) return resolve(null)
          socket.on('close', resolve)
          socket.terminate()
        }),
    ),
  )
}

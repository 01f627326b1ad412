/** Bare boxes that ask and then never read again, or vanish: what the gateway holds for them must stay bounded. */
import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { type BoxMessage, limits, readGatewayMessage, sha256Hex, subprotocol } from '../../src/protocol.ts'
import { signChallenge } from '../../src/wire/challenge.ts'
import { privateKeyOf, readBoxes } from './crowd.ts'
import { benchQuestion, newRid } from './questions.ts'

export interface StallSettings {
  url: string
  gateway: string
  boxes: string
  from: number
  count: number
  streams: number
  tokens: number
  /** `read-nothing`: keeps its connection; `vanish`: the socket is destroyed after a while. */
  afterwards: 'read-nothing' | 'vanish'
}

const stalled: { socket: WebSocket; raw: Socket }[] = []

export async function stallBoxes(settings: StallSettings): Promise<{ stalled: number }> {
  const boxes = readBoxes(settings.boxes).slice(settings.from, settings.from + settings.count)
  for (const box of boxes) {
    let raw: Socket | null = null
    const socket = new WebSocket(settings.url, [subprotocol], {
      perMessageDeflate: false,
      createConnection: () => {
        const { hostname, port } = new URL(settings.url)
        raw = connect(Number(port), hostname)
        return raw
      },
    })
    const send = (message: BoxMessage) => socket.send(JSON.stringify(message))
    await new Promise<void>((resolve, reject) => {
      socket.on('error', reject)
      socket.on('message', (data) => {
        const message = readGatewayMessage(data.toString())
        if (message.type === 'welcome') resolve()
        if (message.type !== 'hello') return
        const { box: id, key } = box
        const challenge = { nonce: message.nonce, gateway: settings.gateway, box: id, key }
        const signature = signChallenge(challenge, privateKeyOf(box))
        send({ type: 'auth', v: 1, box: id, key, signature, capabilities: [] })
      })
    })
    socket.removeAllListeners('error')
    socket.on('error', () => {})
    for (let made = 0; made < settings.streams; made += 1) {
      const body = JSON.stringify(benchQuestion(settings.tokens, 0))
      const digest = sha256Hex(body)
      send({
        type: 'ask',
        rid: newRid(),
        digest,
        body,
        deadlineMs: 300_000,
        credit: limits.streamCreditBytes,
      })
    }
    if (settings.afterwards === 'read-nothing') raw!.pause()
    stalled.push({ socket, raw: raw! })
  }
  if (settings.afterwards === 'vanish') {
    await pause(500)
    for (const { raw } of stalled.splice(0)) raw.destroy()
  }
  return { stalled: boxes.length }
}

export function releaseStalled(): void {
  for (const { socket } of stalled.splice(0)) socket.terminate()
}

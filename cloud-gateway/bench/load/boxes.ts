/** Boxes that ask as real ones do: the product's own client. */
import { channel } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { createGatewayClient, type GatewayClient } from '../../src/client.ts'
import { nowMicros } from '../tokens.ts'
import { type AnswerResult, followAnswer, summarise } from './answers.ts'
import { privateKeyOf, readBoxes } from './crowd.ts'
import { benchQuestion, newRid } from './questions.ts'

export interface ConnectSettings {
  url: string
  gateway: string
  boxes: string
  from: number
  count: number
}

export interface AskSettings {
  tokens: number
  rate: number
  /** Answers in work at a time, spread over the boxes; each followed by so many more. */
  streams: number
  rounds: number
  spreadMs: number
  /** Share of the sockets that is cut every second, while answers are in work. */
  cutShare: number
  mayRestart: boolean
}

const clients: GatewayClient[] = []
const sockets = new Set<Socket>()
let gatewayPort = 0

// Node tells of every socket that is made: those to the gateway can be cut as a bad line would.
channel('net.client.socket').subscribe((message) => {
  const { socket } = message as { socket: Socket }
  socket.once('connect', () => {
    if (socket.remotePort !== gatewayPort) return
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
})

export async function connectBoxes(settings: ConnectSettings): Promise<{ connected: number }> {
  gatewayPort = Number(new URL(settings.url).port)
  for (const box of readBoxes(settings.boxes).slice(settings.from, settings.from + settings.count)) {
    const identity = {
      box: box.box,
      key: box.key,
      publicKey: Buffer.from(box.publicKey, 'base64url'),
      privateKey: privateKeyOf(box),
    }
    clients.push(createGatewayClient({ url: settings.url, gateway: settings.gateway, identity }))
  }
  await connected(30_000)
  return { connected: clients.filter(({ state }) => state === 'connected').length }
}

async function connected(withinMs: number): Promise<number> {
  const began = performance.now()
  while (clients.some(({ state }) => state !== 'connected') && performance.now() - began < withinMs) {
    await pause(10)
  }
  return performance.now() - began
}

/** Milliseconds until all boxes are connected; NaN when that takes too long. */
export async function awaitBoxes({ withinMs }: { withinMs: number }) {
  const ms = await connected(withinMs)
  return { ms: clients.every(({ state }) => state === 'connected') ? Math.round(ms) : Number.NaN }
}

export async function askThroughBoxes(settings: AskSettings) {
  const began = performance.now()
  const results: AnswerResult[] = []
  const usage = { promptTokens: 0, completionTokens: 0, finished: 0 }
  let cuts = 0
  const cutting = setInterval(() => {
    for (const socket of [...sockets]) {
      if (Math.random() >= settings.cutShare / 10) continue
      socket.destroy()
      cuts += 1
    }
  }, 100)
  await Promise.all(
    Array.from({ length: settings.streams }, async (_, order) => {
      await pause((order / settings.streams) * settings.spreadMs)
      const client = clients[order % clients.length]!
      for (let round = 0; round < settings.rounds; round += 1) {
        results.push(await askOnce(client, settings, usage))
      }
    }),
  )
  clearInterval(cutting)
  const seconds = (performance.now() - began) / 1000
  return { ...summarise(results), usage, cuts, seconds, perSecond: results.length / seconds }
}

async function askOnce(
  client: GatewayClient,
  { tokens, rate, mayRestart }: AskSettings,
  usage: { promptTokens: number; completionTokens: number; finished: number },
): Promise<AnswerResult> {
  // A question without a connection fails at once, as it should; here it waits for the next one.
  while (client.state !== 'connected') await pause(5)
  const payload = new TextEncoder().encode(JSON.stringify(benchQuestion(tokens, rate)))
  const answer = followAnswer(tokens)
  const never = new AbortController().signal
  try {
    const options = { rid: newRid(), deadlineMs: 300_000, mayRestart }
    for await (const event of client.ask(payload, options, never)) {
      if (event.type === 'delta') answer.text(event.text, nowMicros())
      else if (event.type === 'restart') answer.restart()
      else if (event.type === 'end') {
        usage.promptTokens += event.usage.promptTokens
        usage.completionTokens += event.usage.completionTokens
        usage.finished += 1
        return answer.over(event.finish)
      }
    }
    return answer.over('no end')
  } catch (error) {
    return answer.over((error as { code?: string }).code ?? String(error))
  }
}

export function closeBoxes(): void {
  for (const client of clients.splice(0)) client.close()
}

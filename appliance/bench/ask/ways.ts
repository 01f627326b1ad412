/** The ways in which a question can reach a model, each timed from the question to the first and the last text. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createGatewayClient, type GatewayClient } from '@tanbox/cloud-gateway/client'
import { enrolBox } from '@tanbox/cloud-gateway/enrolment'
import { createIdentity } from '@tanbox/cloud-gateway/identity'
import type { AskBody } from '@tanbox/cloud-gateway/protocol'
import { createGatewayLlm } from '../../src/llm/gateway.ts'
import type { AnswerEvent } from '../../src/model.ts'
import { newId } from '../../src/store/ids.ts'
import type { RunningBox } from '../box/running-box.ts'

export interface Timing {
  firstMs: number
  lastMs: number
}

const root = join(import.meta.dirname, '../../..')

/** A process that tells its port once it listens. */
export interface Service extends AsyncDisposable {
  port: number
}

async function startService(
  file: string,
  argv: readonly string[],
  environment: Record<string, string>,
): Promise<Service> {
  const child: ChildProcess = fork(join(root, file), argv, {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const [message] = (await once(child, 'message')) as [{ port?: number; ready?: { port: number } }]
  return {
    port: message.port ?? message.ready!.port,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    },
  }
}

export interface Delays {
  firstMs: number
  betweenMs: number
  tokens: number
}

export function startStub({ firstMs, betweenMs, tokens }: Delays): Promise<Service> {
  return startService('appliance/bench/ask/model-stub.ts', [firstMs, betweenMs, tokens].map(String), {})
}

/** What makes a gateway ask the stub. */
export const towards = (stub: Service): Record<string, string> => ({
  TANBOX_GATEWAY_PROVIDER: 'openai',
  TANBOX_GATEWAY_MODEL_URL: `http://127.0.0.1:${stub.port}/v1`,
  TANBOX_GATEWAY_MODEL_NAME: 'stub',
})

export interface Bridge extends AsyncDisposable {
  ask(body: AskBody): Promise<Timing>
}

/** A gateway process and this process as its box, over the box's own port to language models. */
export async function openBridge(folder: string, environment: Record<string, string>): Promise<Bridge> {
  const identity = createIdentity(join(folder, 'key.json'))
  await enrolBox({ data: folder, database: '' }, identity, 'bench')
  const gateway = await startService('cloud-gateway/src/main.ts', [], {
    TANBOX_GATEWAY_DATA: folder,
    TANBOX_GATEWAY_PORT: '0',
    TANBOX_GATEWAY_NAME: 'bench',
    ...environment,
  })
  const url = `ws://127.0.0.1:${gateway.port}/`
  const client = await connected((onState) =>
    createGatewayClient({ url, gateway: 'bench', identity, onState }),
  )
  const llm = createGatewayLlm(client)
  return {
    async ask(body) {
      const payload = new TextEncoder().encode(JSON.stringify(body))
      const request = { rid: newId(new Date()), payload, deadlineMs: 60_000 }
      const clock = stopwatch()
      for await (const event of llm.ask(request, new AbortController().signal)) {
        if (event.type === 'delta') clock.text()
      }
      return clock.timing()
    },
    async [Symbol.asyncDispose]() {
      await llm.close()
      await gateway[Symbol.asyncDispose]()
    },
  }
}

function connected(open: (onState: (state: string) => void) => GatewayClient): Promise<GatewayClient> {
  return new Promise((resolve) => {
    const client = open((state) => {
      if (state === 'connected') resolve(client)
    })
  })
}

/** The stub without anything of ours in between. */
export async function askDirectly(stub: Service, body: AskBody): Promise<Timing> {
  const clock = stopwatch()
  const response = await fetch(`http://127.0.0.1:${stub.port}/v1/chat/completions`, {
    method: 'POST',
    body: JSON.stringify(body),
  })
  for await (const bytes of response.body!) if (Buffer.from(bytes).includes('碳')) clock.text()
  return clock.timing()
}

/** The whole box over HTTP, as the console asks it. */
export async function askBox({ box }: RunningBox, question: string): Promise<Timing & { searchMs: number }> {
  const clock = stopwatch()
  let searchMs = 0
  for await (const { data } of box.events('/api/ask', { question })) {
    const event = data as AnswerEvent
    if (event.type === 'delta') clock.text()
    if (event.type === 'searched') searchMs = event.ms
    if (event.type === 'failed') throw new Error(event.reason.en)
    if (event.type === 'done' && event.answer.outcome === 'not-in-documents') {
      throw new Error(`the box refused: ${question}`)
    }
  }
  return { ...clock.timing(), searchMs }
}

function stopwatch() {
  const began = performance.now()
  let firstMs: number | null = null
  return {
    text() {
      firstMs ??= performance.now() - began
    },
    /** Throws when no text came. */
    timing(): Timing {
      if (firstMs === null) throw new Error('an answer without text')
      return { firstMs, lastMs: performance.now() - began }
    },
  }
}

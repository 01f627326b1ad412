/** The processes of the bench: gateway, model stub, clients; each alone, so that each one's figures are its own. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { GatewayState } from '../src/operator/observer.ts'
import type { Commands } from './load/main.ts'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export interface Process extends AsyncDisposable {
  pid: number
  /** Resident bytes. */
  memory(): number
  /** Microseconds of CPU used so far, all threads, user and system. */
  cpuMicros(): number
  kill(): Promise<void>
}

async function start(path: string, env: NodeJS.ProcessEnv = {}, flags: readonly string[] = []) {
  const child = fork(here(path), {
    env: { ...process.env, NODE_ENV: 'production', ...env },
    execArgv: ['--disable-warning=ExperimentalWarning', ...flags],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const [message] = await Promise.race([once(child, 'message'), once(child, 'exit')])
  if (typeof message !== 'object' || message === null) throw new Error(`${path} ended with ${message}`)
  return { child, ready: (message as { ready: Record<string, number> }).ready, ...describe(child) }
}

export function describe(child: ChildProcess): Process {
  const pid = child.pid!
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
  }
  return {
    pid,
    memory: () =>
      Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024,
    cpuMicros() {
      // Fields 14 and 15 of proc(5) stat, in ticks of 10 ms; counted behind the name, which may hold blanks.
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return (Number(fields[11]) + Number(fields[12])) * 10_000
    },
    kill: () => end('SIGKILL'),
    [Symbol.asyncDispose]: () => end('SIGTERM'),
  }
}

export interface GatewayProcess extends Process {
  url: string
  state(): Promise<GatewayState>
}

export interface GatewayOptions {
  data: string
  /** Port of the model stub. */
  stub: number
  port?: number
  env?: NodeJS.ProcessEnv
}

export const gatewayName = 'bench'
/** As the unit, the image and the supervisor start it (docs/decisions/515). */
const gatewayFlags = ['--max-semi-space-size=8']

export async function startGateway({ data, port = 0, env = {} }: GatewayOptions): Promise<GatewayProcess> {
  const {
    ready,
    child: _child,
    ...running
  } = await start(
    '../src/main.ts',
    {
      TANBOX_GATEWAY_DATA: data,
      TANBOX_GATEWAY_NAME: gatewayName,
      TANBOX_GATEWAY_PORT: String(port),
      TANBOX_GATEWAY_ADMIN_PORT: 'off',
      ...env,
    },
    gatewayFlags,
  )
  return {
    ...running,
    url: `${env.TANBOX_GATEWAY_TLS_CERT ? 'wss' : 'ws'}://127.0.0.1:${ready.port}/`,
    state: async () =>
      (await fetch(`http://127.0.0.1:${ready.port}/healthz`)).json() as Promise<GatewayState>,
  }
}

export interface StubProcess extends Process {
  port: number
}

export async function startStub(): Promise<StubProcess> {
  const { ready, child: _child, ...running } = await start('stub.ts')
  return { ...running, port: ready.port! }
}

export interface LoadProcess extends Process {
  run<C extends keyof Commands>(
    command: C,
    ...settings: Parameters<Commands[C]>
  ): Promise<Awaited<ReturnType<Commands[C]>>>
}

export async function startLoad(): Promise<LoadProcess> {
  const { child, ready: _ready, ...running } = await start('load/main.ts')
  let asked = 0
  return {
    ...running,
    run(command, ...settings) {
      const id = ++asked
      return new Promise((resolve, reject) => {
        const hear = (message: { id: number; result?: unknown; error?: string }) => {
          if (message.id !== id) return
          child.off('message', hear)
          child.off('exit', gone)
          if (message.error) reject(new Error(message.error))
          else resolve(message.result as never)
        }
        const gone = (code: number) => reject(new Error(`the clients' process ended with ${code}`))
        child.on('message', hear)
        child.once('exit', gone)
        child.send({ id, command, settings: settings[0] })
      })
    },
  }
}

import { type ChildProcess, fork } from 'node:child_process'
import type { ServiceLog } from './service-log.ts'

/** What a service says over the channel to its parent once it listens. */
export interface Ready {
  port: number
  [more: string]: unknown
}

export interface ServiceSettings {
  /** As it is called in messages: `ledger`. */
  name: string
  /** Path of the main module. */
  entry: string
  /** For node itself. */
  flags?: readonly string[]
  /** Environment; asked for at each start, as a port that was free once is kept. */
  environment: (port: number | null) => NodeJS.ProcessEnv
  log: ServiceLog
  /** How long a start may take, and how long an orderly end. */
  readyMs: number
  stopMs: number
  /** Told what a person should know: an end, a new start. */
  notice: (event: ServiceEvent) => void
}

export type ServiceEvent =
  | { kind: 'ended'; name: string; how: string; againInMs: number }
  | { kind: 'back'; name: string }
  | { kind: 'killed'; name: string }

export interface Service {
  readonly pid: number | undefined
  /** Starts it and waits until it listens. A service that fails at its first start is not tried again. */
  start(): Promise<Ready>
  /** SIGTERM, and SIGKILL to its whole process group when that takes too long. */
  stop(): Promise<void>
}

const firstPauseMs = 500
const longestPauseMs = 30_000
/** A service that ran this long had started well: the next pause is a short one again. */
const steadyMs = 60_000

/** A process that is started again, with growing pauses, whenever it ends by itself. */
export function createService(settings: ServiceSettings): Service {
  const { name, notice } = settings
  let child: ChildProcess | null = null
  let port: number | null = null
  let stopping = false
  let quickEnds = 0
  let again: NodeJS.Timeout | undefined

  function launch(): Promise<Ready> {
    // A process group of its own: Ctrl-C in the terminal reaches the supervisor alone, which ends the services in
    // their order; and what a service has started ends with it.
    const started = fork(settings.entry, {
      env: settings.environment(port),
      execArgv: [...(settings.flags ?? [])],
      detached: true,
      stdio: ['ignore', settings.log.descriptor, settings.log.descriptor, 'ipc'],
    })
    child = started
    return untilReady(started)
  }

  function untilReady(started: ChildProcess): Promise<Ready> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        kill(started, 'SIGKILL')
        reject(new Error(`${name} was not ready within ${settings.readyMs / 1000} s.`))
      }, settings.readyMs)
      started.once('exit', (code, signal) => {
        clearTimeout(timer)
        reject(new Error(`${name} ended while it started (${howOf(code, signal)}).`))
      })
      started.on('message', (message) => {
        if (!isReady(message)) return
        clearTimeout(timer)
        resolve(message.ready)
      })
    })
  }

  function watch(running: ChildProcess): void {
    const since = Date.now()
    const onEnd = (code: number | null, signal: NodeJS.Signals | null) => {
      child = null
      // What it had started (parsers) goes with it.
      kill(running, 'SIGKILL')
      if (stopping) return
      quickEnds = Date.now() - since > steadyMs ? 0 : quickEnds + 1
      const pause = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.max(0, quickEnds - 1))
      notice({ kind: 'ended', name, how: howOf(code, signal), againInMs: pause })
      again = setTimeout(() => void restart(), pause)
    }
    if (running.exitCode !== null || running.signalCode !== null) onEnd(running.exitCode, running.signalCode)
    else running.once('exit', onEnd)
  }

  async function restart(): Promise<void> {
    const ready = launch()
    watch(child!)
    try {
      await ready
      notice({ kind: 'back', name })
    } catch {
      // Its end was seen by watch, which tries again.
    }
  }

  return {
    get pid() {
      return child?.pid
    },
    async start() {
      const ready = await launch()
      port = ready.port
      watch(child!)
      return ready
    },
    async stop() {
      stopping = true
      clearTimeout(again)
      const running = child
      if (!running || running.exitCode !== null || running.signalCode !== null) return
      const ended = new Promise((resolve) => running.once('exit', resolve))
      const timer = setTimeout(() => {
        kill(running, 'SIGKILL')
        notice({ kind: 'killed', name })
      }, settings.stopMs)
      running.kill('SIGTERM')
      await ended
      clearTimeout(timer)
    },
  }
}

/** Signals the whole group that the service leads. */
function kill(process_: ChildProcess, signal: NodeJS.Signals): void {
  if (process_.pid === undefined) return
  try {
    process.kill(-process_.pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

function howOf(code: number | null, signal: NodeJS.Signals | null): string {
  return signal ?? `status ${code}`
}

function isReady(message: unknown): message is { ready: Ready } {
  if (typeof message !== 'object' || message === null || !('ready' in message)) return false
  const { ready } = message
  return typeof ready === 'object' && ready !== null && 'port' in ready && typeof ready.port === 'number'
}

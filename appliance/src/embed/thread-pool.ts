import { Worker } from 'node:worker_threads'
import { TanboxError } from '../errors.ts'
import type { FromThread, Result, ThreadSettings, ToThread, Work } from './thread-messages.ts'

export interface ThreadPool {
  /** @throws TanboxError `embedder-broken`, `too-many`, `shutting-down`; the signal's reason once it is aborted */
  run(work: Work, signal?: AbortSignal): Promise<Result>
  close(): Promise<void>
}

export interface PoolSettings {
  /** The program of a thread; thread.ts unless a test wants one that misbehaves. */
  program?: URL
  threads: number
  /** Tasks handed to a thread at the same time: with two the next one is there when the first is done. */
  perThread: number
  /** Tasks that may wait; more are refused with `too-many`. */
  waiting: number
}

interface Task {
  id: number
  work: Work
  resolve(result: Result): void
  reject(error: unknown): void
}

interface Thread {
  worker: Worker
  ready: boolean
  running: Map<number, Task>
}

const firstPauseMs = 250
const longestPauseMs = 30_000
/** The heap of a thread holds a tokenizer and one text; the weights are not in it. */
const heap = { maxYoungGenerationSizeMb: 8, maxOldGenerationSizeMb: 512 }

/**
 * Embedding threads behind one bounded queue, first come, first served. A thread that dies fails the tasks it had
 * with `embedder-broken` (one of them may be the cause) and is started again, after a growing pause if it keeps dying.
 * @throws TanboxError `embedder-broken` with the cause if a thread cannot be started at first
 */
export async function openThreadPool(settings: ThreadSettings, pool: PoolSettings): Promise<ThreadPool> {
  const program = pool.program ?? new URL('./thread.ts', import.meta.url)
  const threads = new Set<Thread>()
  const waiting: Task[] = []
  const pauses = new Set<NodeJS.Timeout>()
  let lastId = 0
  let deaths = 0
  let closed = false

  const start = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(program, { workerData: settings, resourceLimits: heap })
      const thread: Thread = { worker, ready: false, running: new Map() }
      let cause: unknown
      threads.add(thread)
      worker.on('message', (message: FromThread) => {
        if (message.type === 'ready') {
          thread.ready = true
          resolve()
        } else settle(thread, message)
        dispatch()
      })
      worker.on('error', (error) => {
        cause = error
      })
      worker.on('exit', () => {
        threads.delete(thread)
        const error = new TanboxError(closed ? 'shutting-down' : 'embedder-broken', '', { cause })
        for (const task of thread.running.values()) task.reject(error)
        reject(error)
        if (thread.ready && !closed) revive()
      })
    })

  const revive = () => {
    const pause = Math.min(longestPauseMs, firstPauseMs * 2 ** deaths++)
    const timer = setTimeout(() => {
      pauses.delete(timer)
      start().catch(revive)
    }, pause)
    pauses.add(timer)
  }

  const settle = (thread: Thread, message: Exclude<FromThread, { type: 'ready' }>) => {
    const task = thread.running.get(message.task)
    thread.running.delete(message.task)
    deaths = 0
    if (message.type === 'result') task?.resolve(message.result)
    else task?.reject(new TanboxError('embedder-broken', '', { cause: new Error(message.message) }))
  }

  const dispatch = () => {
    while (waiting.length > 0) {
      const [thread] = [...threads].filter((t) => t.ready).sort((a, b) => a.running.size - b.running.size)
      if (!thread || thread.running.size >= pool.perThread) return
      const task = waiting.shift()!
      thread.running.set(task.id, task)
      thread.worker.postMessage({ task: task.id, work: task.work } satisfies ToThread)
    }
  }

  const close = async () => {
    closed = true
    for (const timer of pauses) clearTimeout(timer)
    for (const task of waiting.splice(0)) task.reject(new TanboxError('shutting-down'))
    const exits = [...threads].map(({ worker }) => new Promise((resolve) => worker.once('exit', resolve)))
    for (const { worker } of threads) worker.postMessage('close' satisfies ToThread)
    await Promise.all(exits)
  }

  try {
    await Promise.all(Array.from({ length: pool.threads }, start))
  } catch (error) {
    await close()
    throw error
  }
  return {
    async run(work, signal) {
      signal?.throwIfAborted()
      if (closed) throw new TanboxError('shutting-down')
      if (waiting.length >= pool.waiting) throw new TanboxError('too-many')
      const { promise, resolve, reject } = Promise.withResolvers<Result>()
      const task: Task = { id: ++lastId, work, resolve, reject }
      const stop = () => {
        const at = waiting.indexOf(task)
        if (at >= 0) waiting.splice(at, 1)
        reject(signal?.reason)
      }
      signal?.addEventListener('abort', stop)
      waiting.push(task)
      dispatch()
      return promise.finally(() => signal?.removeEventListener('abort', stop))
    },
    close,
  }
}

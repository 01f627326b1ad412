import { Worker } from 'node:worker_threads'
import { TanboxError } from '../errors.ts'
import type { FromIndex, IndexSettings, ToIndex } from './index-messages.ts'
import type { IndexAnswer, IndexRequest, IndexStatus, PassageIndex } from './passage-index.ts'

const firstPauseMs = 250
const longestPauseMs = 30_000
const mostWaiting = 1000
/** Vectors and words lie outside of the heap; what passes through it while reading should not make it grow. */
const heap = { maxYoungGenerationSizeMb: 8, maxOldGenerationSizeMb: 1024 }
const program = new URL('./index-worker.ts', import.meta.url)

interface Call {
  resolve(answer: IndexAnswer): void
  reject(error: unknown): void
}

/**
 * The passage index in a thread of its own. If the thread dies, the searches under way fail with `index-broken`, and
 * a new one reads the store anew; searches meanwhile wait for it.
 */
export function createPassageIndex(settings: IndexSettings): PassageIndex {
  const calls = new Map<number, Call>()
  let status: IndexStatus = {
    backend: 'exact',
    passages: 0,
    seq: 0,
    ready: false,
    building: null,
    note: null,
  }
  let lastCall = 0
  let deaths = 0
  let closed = false
  let closing: Promise<void> | undefined
  let worker = start()
  let waiting: ToIndex[] | null = null

  function start(): Worker {
    const fresh = new Worker(program, { workerData: settings, resourceLimits: heap })
    let cause: unknown
    fresh.on('message', (message: FromIndex) => receive(message))
    fresh.on('error', (error) => {
      cause = error
    })
    fresh.on('exit', () => died(cause))
    return fresh
  }

  function receive(message: FromIndex): void {
    deaths = 0
    if (message.type === 'status') {
      status = message.status
      return
    }
    const call = calls.get(message.call)
    calls.delete(message.call)
    if (message.type === 'answer') call?.resolve(message.answer)
    else call?.reject(new TanboxError(message.code, message.detail))
  }

  function died(cause: unknown): void {
    const error = new TanboxError(closed ? 'shutting-down' : 'index-broken', String(cause ?? ''), { cause })
    for (const call of calls.values()) call.reject(error)
    calls.clear()
    if (closed) return
    status = { ...status, ready: false }
    waiting = []
    const pause = Math.min(longestPauseMs, firstPauseMs * 2 ** deaths++)
    setTimeout(() => {
      if (closed) return
      worker = start()
      for (const message of waiting ?? []) worker.postMessage(message)
      waiting = null
    }, pause)
  }

  const close = () =>
    new Promise<void>((resolve) => {
      closed = true
      if (waiting) {
        died(null)
        return resolve()
      }
      worker.once('exit', () => resolve())
      worker.postMessage('close' satisfies ToIndex)
    })

  return {
    search: (request: IndexRequest) =>
      new Promise((resolve, reject) => {
        if (closed) throw new TanboxError('shutting-down')
        if (calls.size >= mostWaiting) throw new TanboxError('too-many')
        const message: ToIndex = { call: ++lastCall, request }
        calls.set(lastCall, { resolve, reject })
        if (waiting) waiting.push(message)
        else worker.postMessage(message)
      }),
    status: async () => status,
    close: () => {
      closing ??= close()
      return closing
    },
  }
}

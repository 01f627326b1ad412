/**
 * Choosing sentences from passages of the largest size takes seconds, in which nobody else would get a token: that is
 * done in a thread, the shortest first. What a box usually asks takes some milliseconds, and is done here.
 */
import { Worker } from 'node:worker_threads'
import { extractInDeltas } from '../../extractive.ts'
import type { AskBody } from '../../protocol.ts'

/** Characters of passages: some 10 ms. */
const mostHere = 4000
/** An idle thread is ended after so long. */
const idleMs = 60_000
const program = new URL('./quoting-thread.ts', import.meta.url)
const heap = { maxYoungGenerationSizeMb: 8, maxOldGenerationSizeMb: 128 }

interface Job {
  question: AskBody
  size: number
  done: PromiseWithResolvers<string[]>
}

export function createQuoting(): (question: AskBody, signal: AbortSignal) => Promise<string[]> {
  const waiting: Job[] = []
  let thread: Worker | null = null
  let inWork: Job | null = null
  let idle: NodeJS.Timeout | null = null

  function next(): void {
    if (inWork) return
    if (waiting.length === 0) {
      rest()
      return
    }
    waiting.sort((a, b) => a.size - b.size)
    inWork = waiting.shift()!
    if (idle) clearTimeout(idle)
    thread ??= start()
    // While it works it keeps the process; an idle one does not.
    thread.ref()
    thread.postMessage(inWork.question)
  }

  function rest(): void {
    if (!thread) return
    thread.unref()
    idle = setTimeout(() => void thread?.terminate(), idleMs).unref()
  }

  function start(): Worker {
    const worker = new Worker(program, { resourceLimits: heap, execArgv: [] })
    let failure: unknown = null
    worker.on('message', (pieces: string[]) => end((job) => job.done.resolve(pieces)))
    worker.on('error', (error) => {
      failure = error
    })
    worker.on('exit', () => {
      thread = null
      end((job) => job.done.reject(failure ?? new Error('the thread has ended')))
    })
    return worker
  }

  function end(tell: (job: Job) => void): void {
    const job = inWork
    inWork = null
    if (job) tell(job)
    next()
  }

  return async (question, signal) => {
    const size = question.passages.reduce((sum, { text }) => sum + text.length, 0)
    if (size <= mostHere) return [...extractInDeltas(question)]
    signal.throwIfAborted()
    const job = { question, size, done: Promise.withResolvers<string[]>() }
    const leave = () => {
      const at = waiting.indexOf(job)
      if (at >= 0) waiting.splice(at, 1)
      job.done.reject(signal.reason)
    }
    signal.addEventListener('abort', leave, { once: true })
    waiting.push(job)
    next()
    try {
      return await job.done.promise
    } finally {
      signal.removeEventListener('abort', leave)
    }
  }
}

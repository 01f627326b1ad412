import { Worker } from 'node:worker_threads'
import { checkRange, type RangeJob, type RangeResult } from './check-range.ts'
import { openSource, type SourceSettings } from './source.ts'

export interface RangePool extends AsyncDisposable {
  /** How many ranges are looked through at a time. */
  readonly width: number
  /**
   * Looks through a range as soon as a thread is free.
   * @throws Error when the thread ended
   */
  run(job: RangeJob): Promise<RangeResult>
}

const memory = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 16 }

/** @param workers threads; with 0 the work is done in this one */
export function createRangePool(location: string, settings: SourceSettings, workers: number): RangePool {
  if (workers === 0) {
    const source = openSource(location, settings)
    return { width: 1, run: (job) => checkRange(source, job), [Symbol.asyncDispose]: async () => {} }
  }
  const { timeoutMs } = settings
  const threads = Array.from({ length: workers }, () => startThread({ location, timeoutMs }))
  const free = [...threads]
  const waiting: ((thread: Thread) => void)[] = []
  return {
    width: workers,
    async run(job) {
      const thread = free.pop() ?? (await new Promise<Thread>((resolve) => waiting.push(resolve)))
      try {
        return await thread.run(job)
      } finally {
        const next = waiting.shift()
        if (next) next(thread)
        else free.push(thread)
      }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(threads.map((thread) => thread.end()))
    },
  }
}

interface Thread {
  run(job: RangeJob): Promise<RangeResult>
  end(): Promise<void>
}

function startThread(workerData: { location: string; timeoutMs: number | undefined }): Thread {
  const worker = new Worker(new URL('./range-worker.ts', import.meta.url), {
    workerData,
    resourceLimits: memory,
  })
  let ended: Error | null = null
  let settle: { resolve: (result: RangeResult) => void; reject: (error: Error) => void } | null = null
  const fail = (error: Error) => {
    ended ??= error
    settle?.reject(ended)
  }
  worker.on('message', (result: RangeResult) => settle?.resolve(result))
  worker.on('messageerror', fail)
  worker.on('error', fail)
  worker.on('exit', (code) => fail(new Error(`a thread ended with ${code}`)))
  return {
    async run(job) {
      if (ended) throw ended
      const answered = new Promise<RangeResult>((resolve, reject) => {
        settle = { resolve, reject }
      })
      worker.postMessage(job)
      return answered
    },
    async end() {
      await worker.terminate()
    },
  }
}

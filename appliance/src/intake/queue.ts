import type { Job, Jobs } from '../store/jobs.ts'
import type { Results } from '../store/results.ts'
import { type DiskProblem, diskProblem } from './disk.ts'
import type { WorkObserver, WorkResult } from './work.ts'

export interface QueueObserver {
  onBegin(job: Job): WorkObserver
  onEnd(job: Job, result: WorkResult): void
  /** The disk keeps everything waiting, or (null) no longer does. */
  onDisk(problem: DiskProblem | null): void
}

/** Works off the durable queue, several jobs side by side: while one is embedded the next is parsed. */
export interface Queue {
  /** Until the signal is aborted; jobs under way are then given up and stay in the queue. */
  run(signal: AbortSignal): Promise<void>
  /** Something was queued. */
  wake(): void
  /** Gives up what is under way for a source that has gone. */
  cancel(source: string): void
}

/** A look at the queue even when nobody called: never needed, and cheap. */
const longestRestMs = 30_000

export function createQueue(
  house: {
    jobs: Pick<Jobs, 'next' | 'nextDue'>
    results: Pick<Results, 'defer'>
    work: (job: Job, signal: AbortSignal, observer: WorkObserver) => Promise<WorkResult>
    observer: QueueObserver
    now: () => Date
    onUnexpected: (cause: unknown, job: Job) => void
  },
  settings: { sideBySide: number; diskRestMs: number },
): Queue {
  const { jobs, results, work, observer } = house
  const active = new Map<string, AbortController>()
  let sleepers: (() => void)[] = []
  const now = () => house.now().getTime()

  function wake(): void {
    const woken = sleepers
    sleepers = []
    for (const each of woken) each()
  }

  function sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', end)
        resolve()
      }
      const timer = setTimeout(end, ms)
      signal.addEventListener('abort', end, { once: true })
      sleepers.push(end)
    })
  }

  /** The next job nobody works on. A source is never read twice at the same time. */
  function next(): Job | undefined {
    return jobs.next(now(), active.size + 1).find((job) => !active.has(job.source))
  }

  async function workOn(job: Job, signal: AbortSignal): Promise<WorkResult> {
    const cancel = new AbortController()
    active.set(job.source, cancel)
    const progress = observer.onBegin(job)
    let result: WorkResult = { kind: 'superseded' }
    try {
      result = await work(job, AbortSignal.any([signal, cancel.signal]), progress)
      if (result.kind === 'later') results.defer(job, now() + result.ms)
    } catch (cause) {
      if (!signal.aborted && !cancel.signal.aborted) result = afterFault(cause, job)
    } finally {
      active.delete(job.source)
      observer.onEnd(job, result)
    }
    return result
  }

  /** Not even the result could be written down: the job is as it was and will be begun again. */
  function afterFault(cause: unknown, job: Job): WorkResult {
    const problem = diskProblem(cause) ?? { code: 'disk-failing', detail: String(cause) }
    house.onUnexpected(cause, job)
    return { kind: 'stopped', problem }
  }

  async function loop(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const job = next()
      if (job === undefined) {
        const due = jobs.nextDue(now()) ?? Number.POSITIVE_INFINITY
        await sleep(Math.min(Math.max(due - now(), 50), longestRestMs), signal)
        continue
      }
      const result = await workOn(job, signal)
      if (result.kind === 'stopped') {
        observer.onDisk(result.problem)
        await rest(settings.diskRestMs, signal)
      } else if (result.kind !== 'superseded') observer.onDisk(null)
    }
  }

  return {
    wake,
    cancel: (source) => active.get(source)?.abort(),
    run: async (signal) => {
      await Promise.all(Array.from({ length: settings.sideBySide }, () => loop(signal)))
    },
  }
}

/** Unlike sleep, not ended by newly queued files: they would meet the same full disk. */
function rest(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', end, { once: true })
  })
}

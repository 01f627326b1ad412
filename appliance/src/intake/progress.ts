import { type ErrorCode, reasonOf } from '../errors.ts'
import type { Progress, Reason } from '../model.ts'
import type { Jobs } from '../store/jobs.ts'
import type { Results } from '../store/results.ts'
import type { Settings } from '../store/settings.ts'
import type { DiskProblem } from './disk.ts'
import type { QueueObserver } from './queue.ts'

/** What is told while files are read; observes the queue. */
export interface ProgressBoard extends QueueObserver {
  now(): Progress
  subscribe(listener: (progress: Progress) => void): () => void
  /** Something changed that the queue does not know of. */
  touch(): void
  /** The disk kept what lies in the drop folder from being written down, or (null) no longer does. */
  setFolderDisk(problem: DiskProblem | null): void
  setPause(reason: { code: ErrorCode; detail: string } | null): void
}

/** Pages and passages are counted over this long, milliseconds. */
const windowMs = 20_000
/** Listeners hear at most this often, milliseconds. */
const quietMs = 250
const mostFailures = 100

export function createProgress(
  store: { jobs: Pick<Jobs, 'counts'>; results: Pick<Results, 'failures'>; settings: Settings },
  clock: () => Date,
): ProgressBoard {
  const listeners = new Set<(progress: Progress) => void>()
  const current = new Map<string, string>()
  let events: { at: number; pages: number; passages: number }[] = []
  let done = 0
  let failed = 0
  let began = 0
  let batchOver = true
  let pause: Reason | null = null
  const disk: Record<'queue' | 'folder', Reason | null> = { queue: null, folder: null }
  let timer: NodeJS.Timeout | null = null

  function count(pages: number, passages: number): void {
    const at = clock().getTime()
    events = [...events.filter((event) => event.at > at - windowMs), { at, pages, passages }]
    touch()
  }

  /** Per second, over the window or since the batch began. */
  function rate(of: 'pages' | 'passages'): number {
    const at = clock().getTime()
    const recent = events.filter((event) => event.at > at - windowMs)
    const seconds = Math.max(Math.min(at - began, windowMs), 1000) / 1000
    return Math.round((recent.reduce((sum, event) => sum + event[of], 0) / seconds) * 10) / 10
  }

  function remaking(waiting: number): Progress['remaking'] {
    const total = store.settings.get<number>('remaking') ?? 0
    return waiting === 0 || total === 0 ? null : { done: Math.max(total - waiting, 0), total }
  }

  function now(): Progress {
    const counts = store.jobs.counts()
    return {
      done,
      total: done + counts.waiting,
      failed,
      current: [...current.values()],
      pagesPerSecond: rate('pages'),
      passagesPerSecond: rate('passages'),
      paused: disk.queue ?? disk.folder ?? pause,
      remaking: remaking(counts.remaking),
      failures: store.results.failures(mostFailures),
    }
  }

  function setDisk(whose: keyof typeof disk, problem: DiskProblem | null): void {
    disk[whose] = problem && reasonOf(problem.code, problem.detail)
    touch()
  }

  function touch(): void {
    if (listeners.size === 0) return
    timer ??= setTimeout(() => {
      timer = null
      const progress = now()
      for (const listener of listeners) listener(progress)
    }, quietMs)
  }

  return {
    now,
    touch,
    subscribe(listener) {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
        if (listeners.size > 0 || timer === null) return
        clearTimeout(timer)
        timer = null
      }
    },
    setPause(reason) {
      pause = reason && reasonOf(reason.code, reason.detail)
      touch()
    },
    onDisk: (problem) => setDisk('queue', problem),
    setFolderDisk: (problem) => setDisk('folder', problem),
    onBegin(job) {
      // A batch lasts until the queue is empty; its figures stay to be seen until the next one begins.
      if (batchOver) {
        done = 0
        failed = 0
        began = clock().getTime()
        batchOver = false
      }
      current.set(job.source, job.path)
      touch()
      return { onPages: (pages) => count(pages, 0), onPassages: (passages) => count(0, passages) }
    },
    onEnd(job, result) {
      current.delete(job.source)
      if (result.kind === 'ready' || result.kind === 'unchanged') done += 1
      if (result.kind === 'failed') {
        done += 1
        failed += 1
      }
      if (current.size === 0 && store.jobs.counts().waiting === 0) batchOver = true
      touch()
    },
  }
}

import { TanboxError } from '../errors.ts'
import type { Progress, Scope, SourceState } from '../model.ts'
import type { Blobs } from '../store/blobs.ts'
import type { Store } from '../store/store.ts'
import { diskProblem } from './disk.ts'
import { createDropFolder } from './drop-folder.ts'
import { createFollow, defaultFollowSettings, type FollowSettings } from './follow.ts'
import { nameOf, uploadPath } from './names.ts'
import { createProgress } from './progress.ts'
import { createQueue } from './queue.ts'
import { createRest } from './rest.ts'
import type { Steps } from './steps.ts'
import { createSweeper } from './sweeper.ts'
import { createTake } from './take.ts'
import { createWork } from './work.ts'

/** Everything by which files come to the box: drop folder and upload, through one queue. */
export interface Intake {
  /** Clears up after a crash, then reads until closed. To be awaited before anything is uploaded. */
  start(): Promise<void>
  /**
   * Resolves when the bytes would survive a power cut. Known bytes under a known name are a no-op; other bytes
   * under a known name replace those there, once they have been read.
   * @throws TanboxError `upload-name`, `too-large`, `disk-full`, `disk-failing`; errors of the stream as they come
   */
  upload(bytes: AsyncIterable<Uint8Array>, name: string): Promise<UploadReceipt>
  /** @throws TanboxError `not-found`; `folder-owns-file` while the file lies in the drop folder */
  remove(scope: Scope, id: string): Promise<void>
  /** @throws TanboxError `not-found` */
  retry(scope: Scope, id: string): Promise<void>
  /** A person says that what is missing from the drop folder is meant to be gone. */
  confirmEmptied(): Promise<{ removed: number }>
  now(): Progress
  subscribe(listener: (progress: Progress) => void): () => void
  /** Gives up what is under way; it stays in the queue. */
  close(): Promise<void>
}

export interface UploadReceipt {
  id: string
  name: string
  state: SourceState
}

export interface IntakeSettings {
  folder: string
  space: string
  maxFileBytes: number
  /** Jobs worked on side by side. */
  sideBySide: number
  /** A file that was changed is left alone for this long, milliseconds. */
  quietMs: number
  /** How long the queue rests while the disk is full or fails, milliseconds. */
  diskRestMs: number
  /** What was removed is cleared away after this long: a folder of edited files drops many documents, milliseconds. */
  sweepMs: number
  follow: FollowSettings
}

export const defaultIntakeSettings = {
  space: 'home',
  maxFileBytes: 200 * 1024 * 1024,
  sideBySide: 3,
  quietMs: 1500,
  diskRestMs: 5000,
  sweepMs: 1000,
  follow: defaultFollowSettings,
} satisfies Omit<IntakeSettings, 'folder'>

export interface Log {
  info(message: string): void
  warn(message: string, cause?: unknown): void
}

export function createIntake(
  house: {
    store: Store
    blobs: Blobs
    steps: Steps
    /** As `adoptPipeline` returned it. */
    pipeline: string
    log: Log
    now?: () => Date
  },
  given: Partial<IntakeSettings> & Pick<IntakeSettings, 'folder'>,
): Intake {
  const settings: IntakeSettings = { ...defaultIntakeSettings, ...given }
  const { store, blobs, steps, pipeline, log, now = () => new Date() } = house
  const { register, sources } = store
  const closing = new AbortController()
  const progress = createProgress(store, now)
  const sweeper = createSweeper({
    ...{ waste: store.waste, blobs, delayMs: settings.sweepMs },
    onProblem: (cause) => log.warn('clearing away removed documents', cause),
  })
  const work = createWork({
    ...{ blobs, drafts: store.drafts, results: store.results, steps, pipeline },
    take: createTake(settings.folder, {
      blobs,
      fileTypeOf: steps.fileTypeOf,
      maxFileBytes: settings.maxFileBytes,
    }),
    onUnexpected: (cause, job) => log.warn(`reading ${job.path}`, cause),
  })
  const queue = createQueue(
    {
      ...{ jobs: store.jobs, results: store.results, work, now },
      observer: {
        ...progress,
        onEnd(job, result) {
          progress.onEnd(job, result)
          sweeper.call()
        },
      },
      onUnexpected: (cause, job) => log.warn(`the result of ${job.path} could not be written`, cause),
    },
    settings,
  )
  const dropFolder = createDropFolder(
    {
      ...{ register, settings: store.settings, rest: createRest(settings.quietMs) },
      monotonic: () => performance.now(),
      events: {
        onQueued,
        onGone: forget,
        onPause: (pause) => progress.setPause(pause && { code: pause.code, detail: pause.folder }),
      },
    },
    settings,
  )
  const follow = createFollow(dropFolder, onLook, settings.follow)
  let lastProblem = ''
  let running: Promise<unknown> = Promise.resolve()

  function onLook(cause: unknown): void {
    progress.setFolderDisk(diskProblem(cause))
    const problem = cause === null ? '' : String(cause)
    // The same trouble every few seconds is one line.
    if (problem !== '' && problem !== lastProblem) log.warn('looking at the drop folder', cause)
    lastProblem = problem
  }

  /** What is under way for them concerns bytes that nobody asks for any more. */
  function onQueued(queued: readonly string[]): void {
    for (const source of queued) queue.cancel(source)
    queue.wake()
    progress.touch()
  }

  function forget(gone: readonly string[]): void {
    for (const source of gone) queue.cancel(source)
    sweeper.call()
    progress.touch()
  }

  function known(scope: Scope, id: string) {
    const row = sources.get(scope, id)
    if (row === null) throw new TanboxError('not-found', id)
    return row
  }

  return {
    now: progress.now,
    subscribe: progress.subscribe,

    async start() {
      store.results.resetReading()
      for (const sha256 of await sweeper.begin()) log.warn(`the stored original ${sha256} is missing`)
      running = Promise.all([queue.run(closing.signal), follow.run(closing.signal)])
    },

    async upload(bytes, given) {
      const path = uploadPath(given)
      const name = nameOf(path)
      try {
        using blob = await blobs.put(bytes, settings.maxFileBytes, closing.signal)
        const { id, state, queued } = register.uploaded({
          ...{ space: settings.space, path, name, modifiedAt: now().toISOString() },
          ...{ sha256: blob.sha256, bytes: blob.bytes, type: 'unknown' },
        })
        if (queued) onQueued([id])
        return { id, name, state }
      } catch (cause) {
        const problem = diskProblem(cause)
        if (problem) throw new TanboxError(problem.code, problem.detail, { cause })
        throw cause
      }
    },

    async remove(scope, id) {
      const { kind, state, path } = known(scope, id)
      if (kind === 'folder' && state !== 'offline') throw new TanboxError('folder-owns-file', path)
      register.remove([id])
      forget([id])
    },

    async retry(scope, id) {
      known(scope, id)
      register.requeue(id)
      queue.wake()
      progress.touch()
    },

    confirmEmptied: async () => ({ removed: await follow.confirm(closing.signal) }),

    async close() {
      closing.abort(new TanboxError('shutting-down'))
      await running
      await sweeper.close()
    },
  }
}

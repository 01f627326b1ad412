import { open } from 'node:fs/promises'
import { TanboxError } from '../errors.ts'
import type { FileType } from '../model.ts'
import type { Blobs } from '../store/blobs.ts'
import type { Drafts } from '../store/drafts.ts'
import type { Job, JobContent } from '../store/jobs.ts'
import type { Results } from '../store/results.ts'
import type { TakenFile } from '../store/standing.ts'
import { createExclusively } from './exclusively.ts'
import { keyOf, titleOf } from './names.ts'
import type { Steps } from './steps.ts'
import type { Take } from './take.ts'
import { judge, type Verdict } from './verdict.ts'
import { writeDraft } from './write-draft.ts'

/** What became of a job. `superseded`: the source changed again or went; a newer job or nobody wants it. */
export type WorkResult = { kind: 'ready' | 'unchanged' | 'superseded' } | Verdict

export interface WorkObserver {
  onPages(count: number): void
  onPassages(count: number): void
}

interface Known extends TakenFile {
  type: FileType
}

/**
 * Brings one job from file to passages and ends it. Rejects only when the signal was aborted (the job stays) and
 * when not even the failure could be written down.
 */
export function createWork(house: {
  blobs: Pick<Blobs, 'path'>
  drafts: Drafts
  results: Results
  steps: Steps
  take: Take
  pipeline: string
  onUnexpected: (cause: unknown, job: Job) => void
}): (job: Job, signal: AbortSignal, observer: WorkObserver) => Promise<WorkResult> {
  const { blobs, drafts, results, steps, take, pipeline } = house
  const oneAtATime = createExclusively()

  /** The bytes of the job, among the blobs and named by the job from then on. */
  async function obtain(job: Job, signal: AbortSignal): Promise<Known | null> {
    if (job.content !== null) {
      const found = await fromBlob(job.name, job.content)
      if (found) return results.took(job, found) ? found : null
      if (job.kind === 'upload') throw new TanboxError('original-missing', job.name)
    }
    const taken = await take(keyOf(job.key), job.name, signal)
    using blob = taken.blob
    const { sha256, bytes } = blob
    const known = { sha256, bytes, type: taken.type, modifiedAt: taken.modifiedAt }
    return results.took(job, known) ? known : null
  }

  async function fromBlob(name: string, content: JobContent): Promise<Known | null> {
    try {
      await using file = await open(blobs.path(content.sha256))
      const head = Buffer.alloc(64 * 1024)
      const { bytesRead } = await file.read(head, 0, head.length, 0)
      const type = steps.fileTypeOf(name, head.subarray(0, bytesRead))
      if (type === null) throw new TanboxError('file-type-unknown')
      return { ...content, type }
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null
      throw cause
    }
  }

  async function make(
    job: Job,
    known: Known,
    signal: AbortSignal,
    observer: WorkObserver,
  ): Promise<WorkResult> {
    const { sha256: content, type } = known
    const fileTitle = titleOf(job.name)
    const finished = drafts.finished({ content, type, contextTitle: fileTitle, pipeline })
    if (finished !== undefined && finished === job.present.document && content === job.present.content) {
      results.unchanged(job, known)
      return { kind: 'unchanged' }
    }
    const document = finished ?? (await read(job, known, fileTitle, signal, observer))
    if (results.publish(job, known, document)) return { kind: 'ready' }
    drafts.abandon(document)
    return { kind: 'superseded' }
  }

  /** Parses, cuts and embeds; returns the draft. */
  async function read(
    job: Job,
    known: Known,
    fileTitle: string,
    signal: AbortSignal,
    observer: WorkObserver,
  ) {
    const { sha256: content, type } = known
    const document = await steps.parse({ path: blobs.path(content), name: job.name, type }, { signal })
    observer.onPages(document.pages)
    const found = document.title?.trim()
    const title = found || fileTitle
    const passages = await steps.chunk(document, { title, content })
    if (passages.length === 0) throw new TanboxError('file-no-text')
    const { pages, warnings } = document
    const head = { content, type, contextTitle: title, titleFound: Boolean(found), pipeline, pages, warnings }
    return writeDraft(
      { drafts, steps },
      { head, document, passages },
      { signal, onPassages: observer.onPassages },
    )
  }

  return async (job, signal, observer) => {
    let known: Known | null = null
    try {
      known = await obtain(job, signal)
      if (known === null) return { kind: 'superseded' }
      const bytes = known
      return await oneAtATime(bytes.sha256, () => make(job, bytes, signal, observer))
    } catch (cause) {
      signal.throwIfAborted()
      const verdict = judge(cause, job.attempts)
      if (!(cause instanceof TanboxError) && verdict.kind !== 'stopped') house.onUnexpected(cause, job)
      if (verdict.kind === 'failed') results.fail(job, known ?? bytesAtHand(job), verdict.reason)
      return verdict
    }
  }
}

/** An upload keeps its bytes whatever is wrong with them: they exist nowhere else. */
function bytesAtHand({ kind, content }: Job): TakenFile | null {
  return kind === 'upload' && content !== null ? { ...content, type: 'unknown' } : null
}

import type { Database } from 'better-sqlite3'
import type { Reason } from '../model.ts'
import { atomic } from './atomic.ts'
import { reasonFrom } from './document-row.ts'
import { type Job, type Jobs, rank } from './jobs.ts'
import type { Standing, TakenFile } from './standing.ts'

type JobRef = Pick<Job, 'source' | 'revision'>

/** What came of a job: the result and the end of the job are one transaction. */
export interface Results {
  /**
   * The bytes lie among the blobs: after a crash the job goes on from there. False when the source has gone or
   * changed again: what was begun is of no use.
   */
  took(job: JobRef, taken: TakenFile): boolean
  /** The file has the bytes that it had; only its times may differ. */
  unchanged(job: JobRef, taken: TakenFile): void
  /** Points the source at a finished draft or at a document that exists. False when the source has gone. */
  publish(job: JobRef, taken: TakenFile, document: number): boolean
  /** What stood there before is no longer cited: the file does not say it any more. */
  fail(job: JobRef, taken: TakenFile | null, reason: { code: string; detail: string }): void
  /** The work could not be done for now; the source shows what it showed before. */
  defer(job: JobRef, dueAt: number): void
  /** Whether anything has been read and can be searched. */
  holdsDocuments(): boolean
  /** Of everything that can be searched. */
  totals(): { documents: number; pages: number; passages: number }
  /** The sources that could not be read, newest first. */
  failures(limit: number): { id: string; name: string; reason: Reason }[]
  /** At start: nobody reads anything yet. */
  resetReading(): void
  /**
   * Takes what another pipeline made out of the search and queues it, and with it what that one could not read.
   * Returns how many sources wait.
   */
  remake(pipeline: string): number
}

export function createResults(database: Database, jobs: Jobs, standing: Standing): Results {
  const current = database.prepare<[string], { revision: number }>(
    'SELECT revision FROM job WHERE source = ?',
  )
  const taken = database.prepare(
    'UPDATE job SET content = @sha256, modified_at = @modifiedAt WHERE source = @source',
  )
  const done = database.prepare('DELETE FROM job WHERE source = ? AND revision = ?')
  const reading = database.prepare(`UPDATE source SET state = 'reading' WHERE id = ?`)
  const notReading = database.prepare(
    `UPDATE source SET state = iif(document IS NULL, 'queued', 'ready') WHERE id = ? AND state = 'reading'`,
  )
  const touched = database.prepare(
    `UPDATE source SET modified_at = ?, state = iif(document IS NULL, state, 'ready') WHERE id = ?`,
  )
  const nobodyReads = database.prepare(
    `UPDATE source SET state = iif(document IS NULL, 'queued', 'ready') WHERE state = 'reading'`,
  )
  const any = database.prepare<[], object>(`SELECT 1 FROM document WHERE state = 'live' LIMIT 1`)
  const totals = database.prepare<[], { documents: number; pages: number; passages: number }>(
    `SELECT count(*) AS documents, coalesce(sum(pages), 0) AS pages, coalesce(sum(passages), 0) AS passages
     FROM document WHERE state = 'live'`,
  )
  const failures = database.prepare<[number], { id: string; name: string; code: string; detail: string }>(
    `SELECT id, name, reason_code AS code, reason_detail AS detail FROM source
     WHERE state = 'failed' ORDER BY id DESC LIMIT ?`,
  )
  const foreign = database.prepare<[string], { id: string }>(
    `SELECT s.id FROM source s LEFT JOIN document d ON d.id = s.document
     WHERE d.pipeline <> ? OR s.state = 'failed'`,
  )

  return {
    took: atomic(database, (job: JobRef, file: TakenFile) => {
      const row = standing.get(job.source)
      if (row === undefined || current.get(job.source)?.revision !== job.revision) return false
      if (row.document === null) standing.adopt(row, file)
      else standing.keep(file)
      taken.run({ ...file, source: job.source })
      reading.run(job.source)
      return true
    }),

    unchanged: atomic(database, (job: JobRef, file: TakenFile) => {
      touched.run(file.modifiedAt, job.source)
      done.run(job.source, job.revision)
    }),

    publish: atomic(database, (job: JobRef, file: TakenFile, document: number) => {
      const row = standing.get(job.source)
      if (row === undefined) return false
      standing.change(row, { taken: file, document, state: 'ready', reason: null })
      done.run(job.source, job.revision)
      return true
    }),

    fail: atomic(
      database,
      (job: JobRef, file: TakenFile | null, reason: { code: string; detail: string }) => {
        const row = standing.get(job.source)
        if (row === undefined) return
        standing.change(row, { taken: file, document: null, state: 'failed', reason })
        done.run(job.source, job.revision)
      },
    ),

    defer: atomic(database, (job: JobRef, dueAt: number) => {
      notReading.run(job.source)
      jobs.defer(job, dueAt)
    }),

    holdsDocuments: () => any.get() !== undefined,

    totals: () => totals.get() ?? { documents: 0, pages: 0, passages: 0 },

    failures: (limit) =>
      failures.all(limit).flatMap(({ id, name, code, detail }) => {
        const reason = reasonFrom(code, detail)
        return reason ? [{ id, name, reason }] : []
      }),

    resetReading: () => void nobodyReads.run(),

    remake: atomic(database, (pipeline: string) => {
      const rows = foreign.all(pipeline)
      for (const { id } of rows) {
        const row = standing.get(id)!
        standing.detach(row)
        if (current.get(id) !== undefined) continue
        const { content, modifiedAt } = row
        const bytes = content === null ? null : { sha256: content, modifiedAt }
        jobs.put(id, { content: bytes, rank: rank.remake })
      }
      return rows.length
    }),
  }
}

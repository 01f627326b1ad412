import type { Database } from 'better-sqlite3'
import type { SourceKind } from '../model.ts'

/** A source that is to be read, as the queue hands it out. */
export interface Job {
  source: string
  /** Raised when the source changes meanwhile: what was begun for an older one must not end the newer job. */
  revision: number
  /** Bytes already taken in (uploads, and files whose copy survived a crash); null: read the file first. */
  content: JobContent | null
  attempts: number
  kind: SourceKind
  /** Path inside the drop folder as the bytes of the file system. */
  key: Buffer
  path: string
  name: string
  /** What the source stands for at present. */
  present: { content: string | null; document: number | null }
}

export interface JobContent {
  sha256: string
  bytes: number
  modifiedAt: string
}

/** Ranks of the queue: an upload, for which someone waits, comes before a folder of thousands. */
export const rank = { upload: 0, folder: 1, remake: 2 } as const
export type Rank = (typeof rank)[keyof typeof rank]

/** The one durable queue: at most one job per source, gone only in the transaction that has its result. */
export interface Jobs {
  /** Adds a job, or raises the revision of the one that waits. Called inside a transaction. */
  put(source: string, job: { content: Omit<JobContent, 'bytes'> | null; rank: Rank }): void
  /** The next jobs that are due at `now` (ms) and can be worked on: a file of an offline folder cannot be read. */
  next(now: number, limit: number): Job[]
  /** Puts it off until `dueAt` (ms) and counts the attempt. */
  defer(job: Pick<Job, 'source' | 'revision'>, dueAt: number): void
  counts(): { waiting: number; remaking: number }
  /** When the earliest job that is put off falls due; undefined when none is. */
  nextDue(now: number): number | undefined
}

type StoredJob = Omit<Job, 'present' | 'content'> & {
  sha256: string | null
  bytes: number
  modifiedAt: string
  presentContent: string | null
  document: number | null
}

const workable = '(j.content IS NOT NULL OR s.offline = 0)'

export function createJobs(database: Database, now: () => Date): Jobs {
  const put = database.prepare(
    `INSERT INTO job (source, revision, content, modified_at, rank, queued_at)
     VALUES (@source, 1, @sha256, @modifiedAt, @rank, @queuedAt)
     ON CONFLICT (source) DO UPDATE SET revision = revision + 1, content = excluded.content,
       modified_at = excluded.modified_at, rank = min(rank, excluded.rank), attempts = 0, due_at = 0`,
  )
  const next = database.prepare<[number, number], StoredJob>(
    `SELECT j.source, j.revision, j.attempts, s.kind, s.key, s.path, s.name, c.sha256, c.bytes,
            coalesce(j.modified_at, s.modified_at) AS modifiedAt, s.content AS presentContent, s.document
     FROM job j JOIN source s ON s.id = j.source LEFT JOIN content c ON c.sha256 = j.content
     WHERE j.due_at <= ? AND ${workable} ORDER BY j.rank, j.queued_at LIMIT ?`,
  )
  const defer = database.prepare(
    'UPDATE job SET due_at = ?, attempts = attempts + 1 WHERE source = ? AND revision = ?',
  )
  const counts = database.prepare<[], { waiting: number; remaking: number }>(
    `SELECT count(*) AS waiting, count(*) FILTER (WHERE rank = ${rank.remake}) AS remaking
     FROM job j JOIN source s ON s.id = j.source WHERE ${workable}`,
  )
  const nextDue = database.prepare<[number], { at: number | null }>(
    `SELECT min(j.due_at) AS at FROM job j JOIN source s ON s.id = j.source WHERE j.due_at > ? AND ${workable}`,
  )
  return {
    put(source, { content, rank }) {
      const { sha256 = null, modifiedAt = null } = content ?? {}
      put.run({ source, sha256, modifiedAt, rank, queuedAt: now().toISOString() })
    },
    next: (at, limit) => next.all(at, limit).map(toJob),
    defer: ({ source, revision }, dueAt) => void defer.run(dueAt, source, revision),
    counts: () => counts.get() ?? { waiting: 0, remaking: 0 },
    nextDue: (at) => nextDue.get(at)?.at ?? undefined,
  }
}

function toJob({ sha256, bytes, modifiedAt, presentContent, document, ...job }: StoredJob): Job {
  const content = sha256 === null ? null : { sha256, bytes, modifiedAt }
  return { ...job, content, present: { content: presentContent, document } }
}

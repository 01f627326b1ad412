import type { Database } from 'better-sqlite3'
import { atomic } from './atomic.ts'
import { newId } from './ids.ts'
import { type Jobs, rank } from './jobs.ts'
import type { SourceRow, Standing, TakenFile } from './standing.ts'

/** A file of the drop folder as the scan sees it. */
export interface FoundFile {
  space: string
  key: Buffer
  path: string
  name: string
  size: number
  modifiedAt: string
  fingerprint: string
}

/** An upload; its bytes lie among the blobs. */
export interface UploadedFile extends TakenFile {
  space: string
  path: string
  name: string
}

/** What the scan compares the folder with. */
export interface KnownFile {
  id: string
  key: Buffer
  path: string
  fingerprint: string
  offline: number
}

/**
 * Sources coming, changing and going, each together with its job, what the index catches up from and what the
 * ledger is told, in one transaction that is durable on return. For the write side only: it takes no scope and
 * tells nothing of what files contain.
 */
export interface Register {
  known(space: string): KnownFile[]
  /** New and changed files: known from now on, and queued. Returns the ids of their sources. */
  found(files: readonly FoundFile[]): string[]
  /** The file lies elsewhere now; queued, because its new name may be its title and only its bytes tell for sure. */
  moved(source: string, file: FoundFile): void
  /** Bytes already known under this path are a no-op; others replace them once they have been read. */
  uploaded(file: UploadedFile): { id: string; state: SourceRow['state']; queued: boolean }
  /** Reads it once more from the start. */
  requeue(source: string): void
  /** Returns how many there were. */
  remove(sources: readonly string[]): number
  /** Their folder has gone as a whole, or is back. */
  setOffline(sources: readonly string[], offline: boolean): void
}

export function createRegister(
  database: Database,
  jobs: Jobs,
  standing: Standing,
  now: () => Date,
): Register {
  const known = database.prepare<[string], KnownFile>(
    `SELECT id, key, path, fingerprint, offline FROM source WHERE kind = 'folder' AND space = ?`,
  )
  const byKey = database.prepare<[string, string, Buffer], { id: string }>(
    'SELECT id FROM source WHERE kind = ? AND space = ? AND key = ?',
  )
  const insert = database.prepare(
    `INSERT INTO source (id, space, kind, key, path, name, type, size, modified_at, added_at, fingerprint, state)
     VALUES (@id, @space, @kind, @key, @path, @name, 'unknown', @size, @modifiedAt, @addedAt, @fingerprint, 'queued')`,
  )
  // Until the new bytes have been read, the row goes on telling about those that can be searched.
  const changed = database.prepare(
    `UPDATE source SET fingerprint = @fingerprint, offline = 0, size = iif(document IS NULL, @size, size),
       modified_at = iif(document IS NULL, @modifiedAt, modified_at) WHERE id = @id`,
  )
  const rename = database.prepare('UPDATE source SET key = @key, path = @path, name = @name WHERE id = @id')
  const wait = database.prepare(
    `UPDATE source SET state = iif(document IS NULL, 'queued', state), reason_code = NULL, reason_detail = ''
     WHERE id = ?`,
  )
  const awaited = database.prepare<[string], { content: string | null }>(
    'SELECT content FROM job WHERE source = ?',
  )
  const setOffline = database.prepare('UPDATE source SET offline = ? WHERE id = ?')

  /** The row of a source, made unless it exists. */
  function ensure(
    file: Omit<FoundFile, 'fingerprint'> & { kind: SourceRow['kind']; fingerprint: string },
  ): SourceRow {
    const id = byKey.get(file.kind, file.space, file.key)?.id ?? newId(now())
    if (standing.get(id) === undefined) insert.run({ ...file, id, addedAt: now().toISOString() })
    return standing.get(id)!
  }

  function queueFile(id: string, file: FoundFile): void {
    changed.run({ ...file, id })
    wait.run(id)
    jobs.put(id, { content: null, rank: rank.folder })
  }

  return {
    known: (space) => known.all(space),

    found: atomic(database, (files: readonly FoundFile[]) =>
      files.map((file) => {
        const { id } = ensure({ ...file, kind: 'folder' })
        queueFile(id, file)
        return id
      }),
    ),

    moved: atomic(database, (source: string, file: FoundFile) => {
      rename.run({ ...file, id: source })
      queueFile(source, file)
    }),

    uploaded: atomic(database, (file: UploadedFile) => {
      const key = Buffer.from(file.path)
      const row = ensure({ ...file, kind: 'upload', key, size: file.bytes, fingerprint: '' })
      const job = awaited.get(row.id)
      const known = (job ? job.content : row.content) === file.sha256
      if (known && (job !== undefined || row.state !== 'failed'))
        return { id: row.id, state: row.state, queued: false }
      standing.keep(file)
      if (row.content === null) standing.adopt(row, file)
      wait.run(row.id)
      jobs.put(row.id, { content: file, rank: rank.upload })
      return { id: row.id, state: 'queued' as const, queued: true }
    }),

    requeue: atomic(database, (source: string) => {
      const row = standing.get(source)
      if (row === undefined) return
      wait.run(source)
      const { kind, content, modifiedAt } = row
      const sha256 = awaited.get(source)?.content ?? content
      const bytes = kind === 'upload' && sha256 !== null ? { sha256, modifiedAt } : null
      jobs.put(source, { content: bytes, rank: rank[kind] })
    }),

    remove: atomic(database, (sources: readonly string[]) => {
      const rows = sources.flatMap((source) => standing.get(source) ?? [])
      for (const row of rows) standing.erase(row)
      return rows.length
    }),

    setOffline: atomic(database, (sources: readonly string[], offline: boolean) => {
      for (const source of sources) setOffline.run(Number(offline), source)
    }),
  }
}

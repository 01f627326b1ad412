import type { Database } from 'better-sqlite3'
import type { FileType, SourceKind } from '../model.ts'
import type { Outbox } from './outbox.ts'

/** A source as the write side sees it. */
export interface SourceRow {
  id: string
  space: string
  kind: SourceKind
  path: string
  modifiedAt: string
  content: string | null
  document: number | null
  state: 'queued' | 'reading' | 'ready' | 'failed'
}

/** Bytes that lie among the blobs. */
export interface TakenFile {
  sha256: string
  bytes: number
  type: FileType | 'unknown'
  modifiedAt: string
}

/** What a source stands for from now on. */
export interface NextStanding {
  /** Null where the bytes were not taken in (too large, unreadable). */
  taken: TakenFile | null
  document: number | null
  state: 'ready' | 'failed'
  reason: { code: string; detail: string } | null
}

/**
 * Which content and document a source stands for, and what must be true along with it: a document that no source
 * stands for any more is dropped and the index told, the ledger hears of bytes that came and went.
 * All of it is called inside a transaction.
 */
export interface Standing {
  get(source: string): SourceRow | undefined
  keep(taken: Pick<TakenFile, 'sha256' | 'bytes'>): void
  /** First bytes of a source that has no document yet. */
  adopt(row: SourceRow, taken: TakenFile): void
  change(row: SourceRow, next: NextStanding): void
  /** Back to standing for nothing, to be read again. */
  detach(row: SourceRow): void
  erase(row: SourceRow): void
}

export function createStanding(database: Database, outbox: Outbox, now: () => Date): Standing {
  const byId = database.prepare<[string], SourceRow>(
    'SELECT id, space, kind, path, modified_at AS modifiedAt, content, document, state FROM source WHERE id = ?',
  )
  const keep = database.prepare(
    'INSERT INTO content (sha256, bytes, created_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
  )
  const adopt = database.prepare(
    'UPDATE source SET content = @sha256, type = @type, size = @bytes, modified_at = @modifiedAt WHERE id = @id',
  )
  const settle = database.prepare(
    `UPDATE source SET content = @sha256, document = @document, type = coalesce(@type, type),
       size = coalesce(@bytes, size), modified_at = coalesce(@modifiedAt, modified_at), state = @state,
       reason_code = @code, reason_detail = @detail WHERE id = @id`,
  )
  const detach = database.prepare(
    `UPDATE source SET document = NULL, state = 'queued', reason_code = NULL, reason_detail = '' WHERE id = ?`,
  )
  const erase = database.prepare('DELETE FROM source WHERE id = ?')
  const used = database.prepare<[number], object>('SELECT 1 FROM source WHERE document = ? LIMIT 1')
  const drop = database.prepare(`UPDATE document SET state = 'dropped' WHERE id = ? AND state = 'live'`)
  const enliven = database.prepare(`UPDATE document SET state = 'live' WHERE id = ? AND state = 'staged'`)
  const tellIndex = database.prepare('INSERT INTO change (op, document) VALUES (?, ?)')

  function release(document: number | null): void {
    if (document === null || used.get(document)) return
    if (drop.run(document).changes > 0) tellIndex.run('remove', document)
  }

  function replaceContent(row: SourceRow, taken: TakenFile | null): void {
    if (row.content === (taken?.sha256 ?? null)) return
    const { id: source, space, content } = row
    const name = row.path.slice(0, longestName).toWellFormed()
    const at = now().toISOString()
    if (content !== null) outbox.add('source-removed', source, { source, space, content, name, at })
    if (taken !== null)
      outbox.add('source-added', source, {
        source,
        space,
        content: taken.sha256,
        name,
        size: taken.bytes,
        at,
      })
  }

  const keepBytes = (taken: Pick<TakenFile, 'sha256' | 'bytes'>) =>
    void keep.run(taken.sha256, taken.bytes, now().toISOString())

  return {
    get: (source) => byId.get(source),
    keep: keepBytes,
    adopt(row, taken) {
      keepBytes(taken)
      replaceContent(row, taken)
      adopt.run({ ...taken, id: row.id })
    },
    change(row, { taken, document, state, reason }) {
      if (taken) keepBytes(taken)
      replaceContent(row, taken)
      const { sha256 = null, type = null, bytes = null, modifiedAt = null } = taken ?? {}
      const { code = null, detail = '' } = reason ?? {}
      settle.run({ id: row.id, sha256, type, bytes, modifiedAt, document, state, code, detail })
      if (document !== null && enliven.run(document).changes > 0) tellIndex.run('add', document)
      if (row.document !== document) release(row.document)
    },
    detach(row) {
      detach.run(row.id)
      release(row.document)
    },
    erase(row) {
      erase.run(row.id)
      replaceContent(row, null)
      release(row.document)
    },
  }
}

/** As long as a name in the ledger's contents may be. */
const longestName = 4096

import type { Database } from 'better-sqlite3'
import { atomic } from './atomic.ts'

/**
 * What no source stands for any more. It cannot be found or read from the moment it was dropped; the rows go in
 * small slices, so that removing a book does not hold up the event loop.
 */
export interface Waste {
  /** At start: drafts that a crash left behind are nobody's. */
  dropDrafts(): void
  /** Deletes about `rows` rows of dropped documents; false when there is nothing left to delete. */
  sweepDocuments(rows: number): boolean
  /** Deletes contents that nothing names, and returns them: their blobs may go now. */
  sweepContents(): string[]
  /** Whether a content has a row: someone may have brought the same bytes again since it was forgotten. */
  isKept(sha256: string): boolean
  /** Every content that has a row. */
  contents(): Set<string>
}

const unnamed = `NOT EXISTS (SELECT 1 FROM source s WHERE s.content = c.sha256)
  AND NOT EXISTS (SELECT 1 FROM job j WHERE j.content = c.sha256)
  AND NOT EXISTS (SELECT 1 FROM document d WHERE d.content = c.sha256)`

export function createWaste(database: Database): Waste {
  const drafts = database.prepare(`UPDATE document SET state = 'dropped' WHERE state = 'staged'`)
  const dropped = database.prepare<[], { id: number }>(
    `SELECT id FROM document WHERE state = 'dropped' LIMIT 1`,
  )
  const passages = database.prepare('DELETE FROM passage WHERE document = ? LIMIT ?')
  const units = database.prepare('DELETE FROM unit WHERE document = ? LIMIT ?')
  const document = database.prepare('DELETE FROM document WHERE id = ?')
  const contents = database.prepare<[], { sha256: string }>('SELECT sha256 FROM content')
  const kept = database.prepare<[string], object>('SELECT 1 FROM content WHERE sha256 = ?')
  const forget = database.prepare<[], { sha256: string }>(
    `DELETE FROM content AS c WHERE ${unnamed} RETURNING sha256`,
  )
  return {
    dropDrafts: () => void drafts.run(),
    sweepDocuments: atomic(database, (rows: number) => {
      const next = dropped.get()
      if (next === undefined) return false
      if (passages.run(next.id, rows).changes > 0) return true
      if (units.run(next.id, rows).changes > 0) return true
      document.run(next.id)
      return true
    }),
    sweepContents: atomic(database, () => forget.all().map(({ sha256 }) => sha256)),
    isKept: (sha256) => kept.get(sha256) !== undefined,
    contents: () => new Set(contents.all().map(({ sha256 }) => sha256)),
  }
}

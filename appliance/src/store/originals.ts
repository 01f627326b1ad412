import type { Database } from 'better-sqlite3'
import type { FileType, Scope } from '../model.ts'
import type { Blobs } from './blobs.ts'
import type { Reader } from './reader.ts'

export interface Original {
  /** Where the bytes lie; content-addressed, so they never change. */
  path: string
  sha256: string
  bytes: number
  name: string
  type: FileType | 'unknown'
}

/** The files themselves, byte for byte as they were read. */
export interface Originals {
  get(scope: Scope, source: string): Original | null
}

export function createOriginals(database: Database, reader: Reader, blobs: Pick<Blobs, 'path'>): Originals {
  const one = database.prepare<[string, string], Omit<Original, 'path'>>(
    `SELECT c.sha256, c.bytes, s.name, s.type FROM source s JOIN content c ON c.sha256 = s.content
     WHERE s.id = ? AND s.space IN (SELECT value FROM json_each(?))`,
  )
  return {
    get(scope, source) {
      const row = one.get(source, reader.spaces(scope))
      return row ? { ...row, path: blobs.path(row.sha256) } : null
    },
  }
}

import type { Database } from 'better-sqlite3'
import type { DocumentRow, Scope, SourceState } from '../model.ts'
import { documentColumns, type StoredDocumentRow, toDocumentRow } from './document-row.ts'
import type { Reader } from './reader.ts'

export interface SourceQuery {
  state?: SourceState
  /** Words to look for in name, path or title. */
  text?: string
  /** 1 to 500; 100 unless told. */
  limit?: number
  /** `next` of the page before. */
  after?: string
}

export interface SourcePage {
  items: DocumentRow[]
  /** How many match, whatever the page. */
  total: number
  next: string | null
}

/** Numbers of sources by state, of distinct searchable documents and of their passages. */
export interface SourceCounts {
  documents: number
  ready: number
  failed: number
  queued: number
  offline: number
  passages: number
}

/** What a scope may know of the files on the box: newest first. */
export interface Sources {
  /** Null when there is none, or none that this scope may know of. */
  get(scope: Scope, id: string): DocumentRow | null
  list(scope: Scope, query?: SourceQuery): SourcePage
  counts(scope: Scope): SourceCounts
}

const inScope = 's.space IN (SELECT value FROM json_each(@spaces))'
const from = 'FROM source s LEFT JOIN document d ON d.id = s.document'
const matches = `${inScope}
  AND (@state IS NULL OR CASE WHEN s.offline = 1 THEN 'offline' ELSE s.state END = @state)
  AND (@text IS NULL OR s.path LIKE @text ESCAPE '\\' OR s.name LIKE @text ESCAPE '\\' OR d.context_title LIKE @text ESCAPE '\\')`

export function createSources(database: Database, reader: Reader): Sources {
  const one = database.prepare<[object], StoredDocumentRow>(
    `SELECT ${documentColumns} ${from} WHERE ${inScope} AND s.id = @id`,
  )
  const page = database.prepare<[object], StoredDocumentRow>(
    `SELECT ${documentColumns} ${from} WHERE ${matches} AND (@after IS NULL OR s.id < @after)
     ORDER BY s.id DESC LIMIT @limit`,
  )
  const total = database.prepare<[object], { n: number }>(`SELECT count(*) AS n ${from} WHERE ${matches}`)
  const counts = database.prepare<[object], SourceCounts>(
    `SELECT count(*) AS documents,
            count(*) FILTER (WHERE s.offline = 0 AND s.state = 'ready') AS ready,
            count(*) FILTER (WHERE s.offline = 0 AND s.state = 'failed') AS failed,
            count(*) FILTER (WHERE s.offline = 0 AND s.state IN ('queued', 'reading')) AS queued,
            count(*) FILTER (WHERE s.offline = 1) AS offline,
            (SELECT coalesce(sum(passages), 0) FROM document WHERE id IN
              (SELECT s.document FROM source s WHERE ${inScope})) AS passages
     FROM source s WHERE ${inScope}`,
  )
  return {
    get(scope, id) {
      const row = one.get({ spaces: reader.spaces(scope), id })
      return row ? toDocumentRow(row) : null
    },
    list(scope, query = {}) {
      const limit = Math.min(Math.max(query.limit ?? 100, 1), 500)
      const parameters = {
        spaces: reader.spaces(scope),
        state: query.state ?? null,
        text: query.text ? `%${query.text.replace(/[\\%_]/g, '\\$&')}%` : null,
        after: query.after ?? null,
        limit: limit + 1,
      }
      const rows = page.all(parameters)
      const items = rows.slice(0, limit).map(toDocumentRow)
      return {
        items,
        total: total.get(parameters)?.n ?? 0,
        next: rows.length > limit ? (items.at(-1)?.id ?? null) : null,
      }
    },
    counts(scope) {
      return counts.get({ spaces: reader.spaces(scope) }) as SourceCounts
    },
  }
}

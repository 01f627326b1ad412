import type { Database } from 'better-sqlite3'
import type { Filters, Passage, Scope, SourceRef } from '../model.ts'
import { type StoredSourceRef, sourceRefColumns, toSourceRef } from './document-row.ts'
import { unpackRuns } from './layout.ts'
import type { Reader } from './reader.ts'
import { sourceCondition } from './source-filter.ts'

export interface PassageWithSource {
  rowid: number
  passage: Passage
  source: SourceRef
}

/** Passages as far as a scope may read them. */
export interface Passages {
  /**
   * The passages of these rows, in the order given; those that are gone or not in the scope are left out. Where
   * several sources hold the same content, the oldest one that the filters admit is named.
   */
  load(scope: Scope, rowids: readonly number[], filters?: Filters): PassageWithSource[]
  find(scope: Scope, id: string): PassageWithSource | null
  /** All passages of a source in reading order; none when the scope does not know the source. */
  ofSource(scope: Scope, source: string): Passage[]
}

interface StoredPassage {
  rowid: number
  id: string
  ordinal: number
  text: string
  kind: Passage['kind']
  title: string
  headings: string
  locator: string
  runs: Buffer
  tokens: number
}

const columns = `p.rowid, p.id, p.ordinal, p.text, p.kind, p.title, p.headings, p.locator, p.runs, p.tokens`

export function createPassages(database: Database, reader: Reader): Passages {
  const ofSource = database.prepare<[string, string], StoredPassage>(
    `SELECT ${columns} FROM source s JOIN passage p ON p.document = s.document
     WHERE s.id = ? AND s.space IN (SELECT value FROM json_each(?)) ORDER BY p.ordinal`,
  )

  /** `which` picks passages by one JSON parameter. */
  function select(scope: Scope, filters: Filters | undefined, which: string, parameter: string) {
    const { sql, parameters } = sourceCondition(reader.spaces(scope), filters)
    return database
      .prepare<unknown[], StoredPassage & StoredSourceRef>(
        `SELECT ${columns}, ${sourceRefColumns}
         FROM passage p JOIN document d ON d.id = p.document AND d.state = 'live'
         JOIN source s ON s.id = (SELECT min(s.id) FROM source s WHERE s.document = d.id AND ${sql})
         WHERE ${which}`,
      )
      .all(...parameters, parameter)
      .map((row) => ({ rowid: row.rowid, passage: toPassage(row), source: toSourceRef(row) }))
  }

  return {
    load(scope, rowids, filters) {
      const rows = select(
        scope,
        filters,
        'p.rowid IN (SELECT value FROM json_each(?))',
        JSON.stringify(rowids),
      )
      const byRow = new Map(rows.map((row) => [row.rowid, row]))
      return rowids.flatMap((rowid) => byRow.get(rowid) ?? [])
    },
    find: (scope, id) => select(scope, undefined, 'p.id = ?', id)[0] ?? null,
    ofSource: (scope, source) => ofSource.all(source, reader.spaces(scope)).map(toPassage),
  }
}

function toPassage(row: StoredPassage): Passage {
  return {
    id: row.id,
    ordinal: row.ordinal,
    text: row.text,
    kind: row.kind,
    title: row.title,
    headings: JSON.parse(row.headings),
    locator: JSON.parse(row.locator),
    runs: unpackRuns(row.runs),
    tokens: row.tokens,
  }
}

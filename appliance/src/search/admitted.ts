import type { Database } from 'better-sqlite3'
import { TanboxError } from '../errors.ts'
import type { Filters } from '../model.ts'

/**
 * Which documents a request may see: those with at least one source in its spaces that its filters admit. The rules
 * are those of `store/source-filter.ts`, by which the passages are read afterwards: a bound without a time means
 * the whole day in UTC, a folder means everything below it.
 */
export function createAdmitted(database: Database) {
  const statement = database.prepare(`
    SELECT DISTINCT document FROM source
    WHERE document IS NOT NULL
      AND space IN (SELECT value FROM json_each(:spaces))
      AND (:types IS NULL OR type IN (SELECT value FROM json_each(:types)))
      AND (:sources IS NULL OR id IN (SELECT value FROM json_each(:sources)))
      AND (:folder = '' OR substr(path, 1, length(:folder) + 1) = :folder || '/')
      AND (:from IS NULL OR modified_at >= :from)
      AND (:to IS NULL OR substr(modified_at, 1, length(:to)) <= :to)
  `)
  return (spaces: readonly string[], filters: Filters = {}): number[] =>
    statement.pluck().all({
      spaces: JSON.stringify(spaces),
      types: listOf(filters.types),
      sources: listOf(filters.sources),
      folder: (filters.folder ?? '').replace(/^\/+|\/+$/g, ''),
      from: bound(filters.from),
      to: bound(filters.to),
    }) as number[]
}

function listOf(values: readonly string[] | undefined): string | null {
  return values === undefined ? null : JSON.stringify(values)
}

/** Bounds are compared as text with what is stored: UTC with milliseconds. */
function bound(time: string | undefined): string | null {
  if (time === undefined || time === '') return null
  const date = new Date(time)
  if (Number.isNaN(date.getTime())) throw new TanboxError('bad-request', time)
  return time.length === 10 ? time : date.toISOString()
}

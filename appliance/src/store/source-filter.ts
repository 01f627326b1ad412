import { TanboxError } from '../errors.ts'
import type { Filters } from '../model.ts'

/** A condition on the table `source` (under the alias `s`) with its parameters, in order. */
export interface Condition {
  sql: string
  parameters: (string | number)[]
}

/** Which sources the spaces (a JSON list) and filters admit. A date without a time bounds the whole day, in UTC. */
export function sourceCondition(spaces: string, filters: Filters = {}): Condition {
  const parts = ['s.space IN (SELECT value FROM json_each(?))']
  const parameters: (string | number)[] = [spaces]
  const add = (sql: string, ...values: (string | number)[]) => {
    parts.push(sql)
    parameters.push(...values)
  }
  if (filters.types) add('s.type IN (SELECT value FROM json_each(?))', JSON.stringify(filters.types))
  if (filters.sources) add('s.id IN (SELECT value FROM json_each(?))', JSON.stringify(filters.sources))
  const folder = filters.folder?.replace(/^\/+|\/+$/g, '')
  if (folder) add("(substr(s.path, 1, length(?) + 1) = ? || '/')", folder, folder)
  if (filters.from) add('s.modified_at >= ?', dateOrTime(filters.from))
  if (filters.to)
    add(
      filters.to.length === 10 ? 'substr(s.modified_at, 1, 10) <= ?' : 's.modified_at <= ?',
      dateOrTime(filters.to),
    )
  return { sql: parts.join(' AND '), parameters }
}

/** Bounds are compared as text with what is stored: UTC with milliseconds. @throws TanboxError `bad-request` */
function dateOrTime(bound: string): string {
  const date = new Date(bound)
  if (Number.isNaN(date.getTime())) throw new TanboxError('bad-request', bound)
  return bound.length === 10 ? bound : date.toISOString()
}

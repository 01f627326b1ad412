import type { FileType, Filters } from '../../../src/model.ts'

/** A search as it stands in the address, so that Back, reload and a sent link find it again. */
export interface SearchAddress {
  q?: string
  types?: FileType[]
  folder?: string
  from?: string
  to?: string
}

export const fileTypes: readonly FileType[] = ['pdf', 'docx', 'pptx', 'xlsx', 'csv', 'md', 'txt', 'html']

const day = /^\d{4}-\d{2}-\d{2}$/

/** Reads an address; what is not of the right form is left out. */
export function readSearch(raw: Record<string, unknown>): SearchAddress {
  const types = Array.isArray(raw.types)
    ? fileTypes.filter((type) => (raw.types as unknown[]).includes(type))
    : []
  const text = (value: unknown) =>
    typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : null
  const q = text(raw.q)
  const folder = text(raw.folder)
  const from = text(raw.from)
  const to = text(raw.to)
  return {
    ...(q ? { q } : {}),
    ...(types.length > 0 ? { types } : {}),
    ...(folder ? { folder } : {}),
    ...(from && day.test(from) ? { from } : {}),
    ...(to && day.test(to) ? { to } : {}),
  }
}

/** The filters of a search for the box; undefined when there is none. */
export function filtersOf({ types, folder, from, to }: SearchAddress): Filters | undefined {
  const filters: Filters = {
    ...(types ? { types } : {}),
    ...(folder ? { folder } : {}),
    ...(from ? { from } : {}),
    ...(to ? { to } : {}),
  }
  return Object.keys(filters).length > 0 ? filters : undefined
}

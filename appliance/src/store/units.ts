import type { Database } from 'better-sqlite3'
import type { Block, Scope, TextItem, UnitKind } from '../model.ts'
import { unpackItems } from './layout.ts'
import type { Reader } from './reader.ts'

export interface UnitRow {
  ordinal: number
  kind: UnitKind
  label: string
  /** Of its text, in UTF-16 code units. */
  length: number
}

export interface UnitView {
  ordinal: number
  kind: UnitKind
  label: string
  text: string
  items?: TextItem[]
  /** Blocks that start in this unit. */
  blocks: Block[]
}

/** Pages, sheets, slides and flowing texts as they were read: for previews. */
export interface Units {
  /** Empty while nothing has been read, or where the scope does not know the source. */
  list(scope: Scope, source: string): UnitRow[]
  get(scope: Scope, source: string, ordinal: number): UnitView | null
}

const inScope = 's.id = ? AND s.space IN (SELECT value FROM json_each(?))'

export function createUnits(database: Database, reader: Reader): Units {
  const list = database.prepare<[string, string], UnitRow>(
    `SELECT u.ordinal, u.kind, u.label, u.length FROM source s JOIN unit u ON u.document = s.document
     WHERE ${inScope} ORDER BY u.ordinal`,
  )
  const one = database.prepare<
    [string, string, number],
    Omit<UnitView, 'blocks' | 'items'> & { layout: Buffer | null; blocks: string }
  >(
    `SELECT u.ordinal, u.kind, u.label, u.text, u.layout, u.blocks
     FROM source s JOIN unit u ON u.document = s.document WHERE ${inScope} AND u.ordinal = ?`,
  )
  return {
    list: (scope, source) => list.all(source, reader.spaces(scope)),
    get(scope, source, ordinal) {
      const row = one.get(source, reader.spaces(scope), ordinal)
      if (row === undefined) return null
      const { layout, blocks, ...unit } = row
      return { ...unit, ...(layout && { items: unpackItems(layout) }), blocks: JSON.parse(blocks) }
    },
  }
}

import type { TableCell, Unit } from '../model.ts'
import { countCharacters, type Draft, locateRows, type Measure } from './draft.ts'
import { emptyText, join, type MappedText, slice, trim } from './mapped-text.ts'
import { normalise } from './normalise.ts'
import type { Part } from './outline.ts'
import { type Atom, pack } from './pack.ts'
import { clauses } from './sentences.ts'
import { mapInTurns } from './turns.ts'

/** A header longer than this share of a passage is not repeated. */
const longestHeader = 0.4

interface Row extends Atom {
  cells: TableCell[]
  text: MappedText
}

/**
 * Passages of a table: rows on lines of their own, cells divided by tabs, the header row first in each of them.
 * A row too long for one passage goes on in the next, under the same header.
 */
export async function tablePassages(
  part: Extract<Part, { kind: 'table' }>,
  units: readonly Unit[],
  measure: Measure,
): Promise<Draft[]> {
  const { table } = part
  const isFull = (row: { text: MappedText }) => row.text.text !== ''
  const rows = await mapInTurns(table.rows, (cells) => ({ cells, text: readRow(cells, units) }))
  const full = rows.filter(isFull)
  const headerCount = Math.min(rows.slice(0, table.headerRows).filter(isFull).length, full.length - 1)
  const header = await measured(full.slice(0, headerCount), measure)
  const repeats =
    total(header, 'tokens') <= measure.targetTokens * longestHeader &&
    total(header, 'characters') <= measure.maxCharacters * longestHeader
  const headerText = repeats && header.length > 0 ? joinRows(header) : emptyText
  const room = withoutHeader(measure, repeats ? header : [])
  const body = await cutLongRows(await measured(repeats ? full.slice(headerCount) : full, measure), room)
  const headings = part.caption === '' ? part.path : [...part.path, part.caption]
  return mapInTurns(await pack(body, room), ([start, end]) => {
    const taken = body.slice(start, end)
    const text = headerText === emptyText ? joinRows(taken) : join([headerText, joinRows(taken)], '\n')
    // Parts of one long row share its cells.
    const rowsOf = [...new Set(taken.map((row) => row.cells))]
    return { kind: 'table', text, headings, locator: locateRows(rowsOf, text, units) }
  })
}

function withoutHeader(measure: Measure, header: readonly Row[]): Measure {
  const tokens = total(header, 'tokens')
  return {
    countTokens: measure.countTokens,
    targetTokens: measure.targetTokens - tokens,
    maxTokens: measure.maxTokens - tokens,
    maxCharacters: measure.maxCharacters - total(header, 'characters'),
  }
}

function total(rows: readonly Row[], of: 'tokens' | 'characters'): number {
  return rows.reduce((sum, row) => sum + row[of], 0)
}

function readRow(cells: readonly TableCell[], units: readonly Unit[]): MappedText {
  return trim(
    join(
      cells.map((cell) => trim(normalise([cell], units))),
      '\t',
    ),
  )
}

function joinRows(rows: readonly { text: MappedText }[]): MappedText {
  return join(
    rows.map((row) => row.text),
    '\n',
  )
}

async function measured(
  rows: readonly { cells: TableCell[]; text: MappedText }[],
  measure: Measure,
): Promise<Row[]> {
  const [overhead, ...counts] = await measure.countTokens(['', ...rows.map((row) => row.text.text)])
  return mapInTurns(rows, (row, index) => ({
    ...row,
    border: 'block' as const,
    heading: 0,
    // One more for the line break.
    tokens: Math.max(1, counts[index]! - overhead! + 1),
    characters: countCharacters(row.text.text),
  }))
}

async function cutLongRows(rows: readonly Row[], room: Measure): Promise<Row[]> {
  const parts: Row[] = []
  for (const row of rows) {
    if (row.tokens <= room.maxTokens && row.characters <= room.maxCharacters) {
      parts.push(row)
      continue
    }
    const whole = { start: 0, end: row.text.text.length }
    const stretches = clauses(row.text.text, whole, Math.floor(room.targetTokens / 2))
    const texts = stretches.map(({ start, end }) => ({
      cells: row.cells,
      text: trim(slice(row.text, start, end)),
    }))
    parts.push(...(await measured(texts, room)).map((part): Row => ({ ...part, border: 'cut' })))
  }
  return parts
}

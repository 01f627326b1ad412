import type { Locator, Passage, TableCell, Unit } from '../model.ts'
import type { MappedText } from './mapped-text.ts'
import type { Limits } from './pack.ts'

/** A passage before it has a number, an id and a title. */
export interface Draft {
  kind: Passage['kind']
  text: MappedText
  headings: string[]
  locator: Locator
}

/** Lengths that passages keep to, and how the model counts. */
export interface Measure extends Limits {
  countTokens(texts: string[]): Promise<number[]>
}

/** Characters without white space, as people (and the bench) count a Chinese text. */
export function countCharacters(text: string): number {
  return text.replace(/\s+/g, '').length
}

/** Where a text stands, in the terms of its reader: pages, a slide, a section. */
export function locate(text: MappedText, units: readonly Unit[]): Locator {
  const first = units[text.runs[0]?.[2] ?? 0]
  const last = units[text.runs.at(-1)?.[2] ?? 0]
  if (first === undefined || last === undefined || first.kind === 'text') return { kind: 'section' }
  if (first.kind === 'sheet') return { kind: 'sheet', name: first.label, range: '' }
  return { kind: first.kind, from: unitNumber(units, first), to: unitNumber(units, last) }
}

/** As `locate`, with the range of cells for a sheet. */
export function locateRows(rows: readonly TableCell[][], text: MappedText, units: readonly Unit[]): Locator {
  const place = locate(text, units)
  // Only sheets have addresses; a table of a text may be thousands of cells wide.
  if (place.kind !== 'sheet') return place
  const cells = rows.flat().flatMap((cell) => /^([A-Z]+)(\d+)$/.exec(cell.ref ?? '') ?? [])
  if (cells.length === 0) return place
  const columns: string[] = []
  const numbers: number[] = []
  for (let i = 0; i < cells.length; i += 3) {
    columns.push(cells[i + 1]!)
    numbers.push(Number(cells[i + 2]))
  }
  columns.sort((a, b) => a.length - b.length || (a < b ? -1 : 1))
  const bounds = numbers.reduce(
    ([low, high], n) => [Math.min(low!, n), Math.max(high!, n)],
    [numbers[0]!, numbers[0]!],
  )
  return { ...place, range: `${columns[0]}${bounds[0]}:${columns.at(-1)}${bounds[1]}` }
}

function unitNumber(units: readonly Unit[], unit: Unit): number {
  const number = Number.parseInt(unit.label, 10)
  return Number.isNaN(number) ? units.indexOf(unit) + 1 : number
}

import type { Span, Table, TableCell } from '../../model.ts'
import type { Grid } from './grid.ts'
import type { Page, Run } from './page.ts'

/** A table on one page with the runs it took. */
export interface PageTable {
  unit: number
  runs: Set<Run>
  /** Where its text begins in the unit. */
  start: number
  top: number
  bottom: number
  columns: number[]
  table: Table
}

/** Coloured grounds of single lines of text form grids, too; in a table this share of rows has two filled cells. */
const leastWideRows = 0.4

/** Fills the grids of a page with its text. A grid that holds hardly any is a drawing and no table. */
export function tablesOf(page: Page, grids: readonly Grid[]): PageTable[] {
  return grids.flatMap((grid) => {
    const filled = new Map<number, Run[]>()
    for (const run of page.runs) {
      const cell = cellAt(grid, (run.u0 + run.u1) / 2, run.v - run.size * 0.4)
      if (cell === null) continue
      filled.set(cell, [...(filled.get(cell) ?? []), run])
    }
    const all = new Set(grid.cells.flat())
    if (filled.size < 2 || filled.size < all.size * 0.2) return []
    const runs = new Set([...filled.values()].flat())
    const rows = rowsOf(page, grid, filled)
    const wide = rows.filter((row) => row.filter((cell) => cell.end > cell.start).length > 1)
    if (wide.length < rows.length * leastWideRows) return []
    return [
      {
        unit: page.unit,
        runs,
        start: Math.min(...[...runs].map((run) => run.start)),
        top: grid.rows[0]!,
        bottom: grid.rows.at(-1)!,
        columns: grid.columns,
        table: { headerRows: headerRowsOf(page, grid, rows), rows },
      },
    ]
  })
}

function cellAt(grid: Grid, u: number, v: number): number | null {
  const row = grid.rows.findLastIndex((at) => at <= v)
  const column = grid.columns.findLastIndex((at) => at <= u)
  return grid.cells[row]?.[column] ?? null
}

/**
 * Rows as the grid has them. A cell over several rows is repeated in each, so that every row can be understood by
 * itself; one over several columns stands in the first, and the others are empty.
 */
function rowsOf(page: Page, grid: Grid, filled: ReadonlyMap<number, readonly Run[]>): TableCell[][] {
  const spans = new Map([...filled].map(([cell, runs]) => [cell, stretchesOf(page, runs)]))
  return grid.cells.flatMap((row) => {
    const cells = row.map((cell, column) => (row.indexOf(cell) === column ? (spans.get(cell) ?? []) : []))
    // Mostly one. A file that writes line by line across the cells yields several: each makes a row of its own.
    const height = Math.max(...cells.map((stretches) => stretches.length))
    return Array.from({ length: height }, (_, i) =>
      cells.map((stretches) => stretches[i] ?? { unit: page.unit, start: 0, end: 0 }),
    )
  })
}

/** The text of a cell, in as many spans as the file interrupts it with that of others. */
function stretchesOf(page: Page, runs: readonly Run[]): Span[] {
  const own = new Set(runs)
  const spans: Span[] = []
  let open = false
  for (const run of page.runs) {
    if (!own.has(run)) open = false
    else if (open) spans.at(-1)!.end = run.end
    else {
      spans.push({ unit: page.unit, start: run.start, end: run.end })
      open = true
    }
  }
  return spans
}

const numeric = /^[\s\d.,，%％+\-—–~～至/:：()（）]*$/

/**
 * Leading rows that name the columns: a first row over the whole width (the table's title), then a row whose cells
 * are short and not numbers, with the rows below that a cell of it reaches into.
 */
function headerRowsOf(page: Page, grid: Grid, rows: readonly TableCell[][]): number {
  const text = (cell: TableCell) => page.text.slice(cell.start, cell.end).trim()
  let header = 0
  if (rows[0]!.filter((cell) => text(cell) !== '').length === 1 && new Set(grid.cells[0]).size === 1) header++
  const row = rows[header]
  if (!row || rows.length <= header + 1) return 0
  const texts = row.map(text)
  const named = texts.filter((one) => one !== '')
  const isHeader = named.length >= 2 && named.every((one) => one.length <= 40 && !numeric.test(one))
  if (!isHeader) return header
  header++
  // A header cell that reaches into the next row makes that row a header, too.
  while (header < rows.length - 1 && header < 3 && reachesDown(grid, header - 1)) header++
  return header
}

function reachesDown(grid: Grid, row: number): boolean {
  const here = grid.cells[row] ?? []
  const below = grid.cells[row + 1] ?? []
  const reaching = here.filter((cell, column) => below[column] === cell).length
  return reaching > 0 && reaching < here.length
}

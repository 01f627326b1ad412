import type { Ruling, Rulings } from './rulings.ts'

/** A ruled table: its lines, and which of the areas between them belong to one cell. */
export interface Grid {
  /** u of the column borders and v of the row borders, ascending. */
  columns: number[]
  rows: number[]
  /** Number of the cell that the area in row i, column j belongs to: [i][j]. */
  cells: number[][]
}

/** Points within which two lines meet. */
const touch = 4
/** Share of an area's side that a line must cover to divide it from its neighbour. */
const cover = 0.6
/** Finer grids are drawings. */
const mostLines = 400

/** The tables among the ruled lines of a page: lines that meet make one table, of two columns at least. */
export function gridsOf({ rows, columns }: Rulings): Grid[] {
  if (rows.length > mostLines || columns.length > mostLines) return []
  return connected(rows, columns).flatMap((lines) => {
    const grid = gridOf(lines.rows, lines.columns)
    return grid.columns.length > 2 && grid.rows.length > 1 ? [grid] : []
  })
}

function connected(rows: readonly Ruling[], columns: readonly Ruling[]): Rulings[] {
  const groups = new Groups(rows.length + columns.length)
  for (const [i, row] of rows.entries()) {
    for (const [j, column] of columns.entries()) {
      if (meet(row, column)) groups.join(i, rows.length + j)
    }
  }
  const tables = new Map<number, Rulings>()
  for (const [i, row] of rows.entries()) tableOf(groups.of(i)).rows.push(row)
  for (const [j, column] of columns.entries()) tableOf(groups.of(rows.length + j)).columns.push(column)
  return [...tables.values()].filter((table) => table.rows.length >= 2 && table.columns.length >= 1)

  function tableOf(group: number): Rulings {
    const table = tables.get(group) ?? { rows: [], columns: [] }
    tables.set(group, table)
    return table
  }
}

function meet(row: Ruling, column: Ruling): boolean {
  return (
    column.at >= row.from - touch &&
    column.at <= row.to + touch &&
    row.at >= column.from - touch &&
    row.at <= column.to + touch
  )
}

function gridOf(rulingRows: Ruling[], rulingColumns: Ruling[]): Grid {
  // A table may be open at its sides or at top and bottom: its lines then reach beyond the last crossing one.
  const rows = [...rulingRows, ...openSides(rulingRows, rulingColumns)]
  const columns = [...rulingColumns, ...openSides(rulingColumns, rulingRows)]
  const us = places(columns)
  const vs = places(rows)
  const width = us.length - 1
  const height = vs.length - 1
  const groups = new Groups(Math.max(0, width * height))
  for (let i = 0; i < height; i++) {
    for (let j = 0; j < width; j++) {
      const here = i * width + j
      if (j + 1 < width && !divides(columns, us[j + 1]!, vs[i]!, vs[i + 1]!)) groups.join(here, here + 1)
      if (i + 1 < height && !divides(rows, vs[i + 1]!, us[j]!, us[j + 1]!)) groups.join(here, here + width)
    }
  }
  const cells = Array.from({ length: Math.max(0, height) }, (_, i) =>
    Array.from({ length: Math.max(0, width) }, (_, j) => groups.of(i * width + j)),
  )
  return { columns: us, rows: vs, cells }
}

/** Lines where others end, beyond the outermost that are drawn. */
function openSides(along: readonly Ruling[], across: readonly Ruling[]): Ruling[] {
  const first = Math.min(...along.map((line) => line.from))
  const last = Math.max(...along.map((line) => line.to))
  const from = Math.min(...along.map((line) => line.at))
  const to = Math.max(...along.map((line) => line.at))
  const at = across.map((line) => line.at)
  return [first, last]
    .filter((end) => at.every((place) => Math.abs(place - end) > 10))
    .map((end) => ({ at: end, from, to }))
}

/** The distinct places of lines, those within a few points taken as one. */
function places(lines: readonly Ruling[]): number[] {
  const distinct: number[] = []
  for (const { at } of lines.toSorted((a, b) => a.at - b.at)) {
    if (distinct.length === 0 || at - distinct.at(-1)! > touch) distinct.push(at)
  }
  return distinct
}

function divides(lines: readonly Ruling[], at: number, from: number, to: number): boolean {
  let covered = 0
  for (const line of lines) {
    if (Math.abs(line.at - at) > touch) continue
    covered = Math.max(covered, Math.min(line.to, to) - Math.max(line.from, from))
  }
  return covered >= (to - from) * cover
}

/** Disjoint sets over 0..size-1. */
class Groups {
  readonly #parent: Int32Array

  constructor(size: number) {
    this.#parent = Int32Array.from({ length: size }, (_, i) => i)
  }

  of(i: number): number {
    let root = i
    while (this.#parent[root] !== root) root = this.#parent[root]!
    this.#parent[i] = root
    return root
  }

  join(a: number, b: number): void {
    this.#parent[this.of(a)] = this.of(b)
  }
}

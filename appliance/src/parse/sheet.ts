import type { Block, Table, TableCell, Unit } from '../model.ts'
import { cellAddress } from './cell-address.ts'
import { Flow } from './flow.ts'
import { headerRowsOf } from './table-header.ts'

/** A sheet's displayed texts by row and column; rows and cells may be missing. */
export interface Grid {
  name: string
  rows: readonly (readonly (string | undefined)[] | undefined)[]
  /** Areas shown as one cell, all bounds inclusive. */
  merges: readonly Merge[]
}

export interface Merge {
  top: number
  left: number
  bottom: number
  right: number
}

const longestHeading = 80

interface Area {
  /** Row numbers, empty rows left out. */
  rows: number[]
  left: number
  right: number
}

/** Names that programs give. */
const defaultName = /^(?:sheet|工作表|表)\s*\d*$/i

/**
 * A sheet as blocks: its name as a heading, lines that stand alone as text, and the areas between empty rows as
 * tables with addresses. Returns the line that looks like the sheet's title, too.
 */
export function readSheet(
  grid: Grid,
  unit: number,
  maxText: number,
): { unit: Unit; blocks: Block[]; title: string | null } {
  const flow = new Flow(unit, maxText)
  const blocks: Block[] = []
  if (grid.name !== '' && !defaultName.test(grid.name)) {
    blocks.push({ kind: 'heading', level: 1, spans: flow.lines(grid.name) })
  }
  let title: string | null = null
  const below = coveredFromAbove(grid.merges)
  const areas = areasOf(grid)
  for (const [i, area] of areas.entries()) {
    const lone = leadingLines(grid, area)
    const more = area.rows.length > lone.length || i + 1 < areas.length
    for (const row of lone) {
      const text = rowTexts(grid, row, area).find((one) => one !== '') ?? ''
      const isHeading = more && text.length <= longestHeading
      if (isHeading) title ??= text
      const spans = flow.lines(text)
      blocks.push(isHeading ? { kind: 'heading', level: 2, spans } : { kind: 'paragraph', spans })
    }
    const rows = area.rows.slice(lone.length)
    if (rows.length > 0) blocks.push(tableOf(grid, { ...area, rows }, flow, below))
  }
  return { unit: { kind: 'sheet', label: grid.name, text: flow.text }, blocks, title }
}

/** Stretches of rows between empty ones. A stretch goes on behind an empty row when it fills the same columns. */
function areasOf(grid: Grid): Area[] {
  const areas: Area[] = []
  let open = false
  for (const [number, row] of grid.rows.entries()) {
    const filled = (row ?? []).flatMap((text, column) => (text?.trim() ? [column] : []))
    if (filled.length === 0) {
      open = false
      continue
    }
    const left = filled[0]!
    const right = filled.at(-1)!
    const last = areas.at(-1)
    if (last && (open || (filled.length > 1 && last.left === left && last.right === right))) {
      last.rows.push(number)
      last.left = Math.min(last.left, left)
      last.right = Math.max(last.right, right)
    } else {
      areas.push({ rows: [number], left, right })
    }
    open = true
  }
  return areas
}

/** Rows at the top of an area that hold one text only: titles, units of measurement, notes. */
function leadingLines(grid: Grid, area: Area): number[] {
  if (area.left === area.right && area.rows.length > 1) return []
  const lines: number[] = []
  for (const row of area.rows) {
    if (rowTexts(grid, row, area).filter((text) => text !== '').length > 1) break
    lines.push(row)
  }
  return lines
}

function rowTexts(grid: Grid, row: number, area: Area): string[] {
  return Array.from(
    { length: area.right - area.left + 1 },
    (_, i) => grid.rows[row]?.[area.left + i]?.trim() ?? '',
  )
}

function tableOf(grid: Grid, area: Area, flow: Flow, below: ReadonlyMap<string, string>): Block {
  const placed = new Map<string, TableCell>()
  const rows = area.rows.map((row) => {
    const cells = rowTexts(grid, row, area).map((text, i): TableCell => {
      const ref = cellAddress(row, area.left + i)
      const above = placed.get(below.get(ref) ?? '')
      if (text === '' && above) return { ...above, ref }
      const cell = { ...flow.cell(text), ref }
      placed.set(ref, cell)
      return cell
    })
    flow.add('\n')
    return cells
  })
  const texts = area.rows.map((row) => rowTexts(grid, row, area))
  const table: Table = { headerRows: headerRowsOf(texts), rows }
  return { kind: 'table', spans: [], table }
}

/** Most cells that one merged area may repeat its text in. */
const longestMerge = 5000

/** For each cell of a merged area below its top row, in its first column, the address that holds the text. */
function coveredFromAbove(merges: readonly Merge[]): Map<string, string> {
  const covered = new Map<string, string>()
  for (const { top, left, bottom } of merges) {
    for (let row = top + 1; row <= Math.min(bottom, top + longestMerge); row++) {
      covered.set(cellAddress(row, left), cellAddress(top, left))
    }
  }
  return covered
}

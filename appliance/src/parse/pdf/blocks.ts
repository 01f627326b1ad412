import type { Block, Span } from '../../model.ts'
import { bullet } from '../numbering.ts'
import { headingLevels } from '../outline.ts'
import { columnsOf, frameOf } from './columns.ts'
import { furnitureOf } from './furniture.ts'
import { isBlank, type Line, linesOf, type Segment, segmentsOf } from './line.ts'
import type { Page } from './page.ts'
import { bodyOf, type Paragraph, paragraphsOf, rankOf } from './paragraphs.ts'
import type { PageTable } from './tables.ts'
import { withoutTightSpaces } from './tight-spaces.ts'
import { titleOnPage, titleText } from './title.ts'

/** Blocks and title of the pages of one document. `isBold` says so of a font by its name in the pages' runs. */
export function blocksOf(
  pages: readonly Page[],
  tables: readonly (readonly PageTable[])[],
  isBold: (font: string) => boolean,
): { blocks: Block[]; title: string | null } {
  const segments = pages.map((page, i) => {
    const taken = tables[i] ?? []
    return segmentsOf({
      ...page,
      runs: page.runs.filter((run) => !taken.some((table) => table.runs.has(run))),
    })
  })
  const kept = withoutFurniture(pages, segments)
  const frame = frameOf(kept.flat())
  const lines = kept.map((all) =>
    columnsOf(all, frame).flatMap((column) => linesOf(column.segments, column.frame)),
  )
  const body = bodyOf(lines.flat())
  const parts = pages.flatMap((_, i) => withTables(lines[i] ?? [], tables[i] ?? []))
  const pieces = stretchesOf(parts).flatMap((part): (Paragraph | PageTable)[] =>
    Array.isArray(part) ? paragraphsOf(part, body) : [part],
  )
  const title = titleOnPage(
    pieces.filter((piece): piece is Paragraph => !('table' in piece)),
    body.size,
  )
  const levels = headingLevels(
    pieces.map((piece) => {
      if ('table' in piece) return { rank: null }
      return { rank: piece === title ? 0 : rankOf(piece, body, isBold) }
    }),
  )
  return {
    blocks: pieces.map((piece, i) =>
      'table' in piece
        ? { kind: 'table', spans: [], table: piece.table }
        : blockOf(piece, levels[i] ?? null, pages),
    ),
    title: title && titleText(title.text),
  }
}

function withoutFurniture(pages: readonly Page[], segments: readonly Segment[][]): Segment[][] {
  const lines = pages.map((page, i) => linesOf(segments[i] ?? [], { left: 0, right: page.width }))
  const furniture = furnitureOf(pages, lines)
  return lines.map((all) => all.filter((line) => !furniture.has(line)).flatMap((line) => line.segments))
}

/** Lines and tables of a page, a table before the first line that the file writes after it. */
function withTables(lines: readonly Line[], tables: readonly PageTable[]): (Line | PageTable)[] {
  const waiting = tables.toSorted((a, b) => a.start - b.start)
  const parts: (Line | PageTable)[] = []
  for (const line of lines) {
    while (waiting[0] && waiting[0].start < line.start) parts.push(waiting.shift()!)
    parts.push(line)
  }
  return [...parts, ...waiting]
}

/** Lines between two tables taken together; a table that goes on over the page break becomes one. */
function stretchesOf(parts: readonly (Line | PageTable)[]): (Line[] | PageTable)[] {
  const stretches: (Line[] | PageTable)[] = []
  for (const part of parts) {
    const last = stretches.at(-1)
    if (!('table' in part)) {
      if (Array.isArray(last)) last.push(part)
      else stretches.push([part])
    } else if (last && !Array.isArray(last) && continuesTable(last, part)) {
      last.table.rows.push(...part.table.rows)
      last.unit = part.unit
    } else {
      stretches.push({ ...part, table: { ...part.table, rows: [...part.table.rows] } })
    }
  }
  return stretches
}

function continuesTable(before: PageTable, table: PageTable): boolean {
  return (
    table.unit === before.unit + 1 &&
    table.columns.length === before.columns.length &&
    table.columns.every((at, i) => Math.abs(at - before.columns[i]!) < 6)
  )
}

function blockOf(paragraph: Paragraph, level: number | null, pages: readonly Page[]): Block {
  const spans = paragraph.lines.flatMap((line) => spansOf(line, pages[line.unit]!))
  if (level !== null) return { kind: 'heading', level, spans }
  if (bullet.test(paragraph.text)) return { kind: 'list-item', level: 1, spans }
  return { kind: 'paragraph', spans }
}

/**
 * One span for a line; several where the file writes something else in between, or a space that is none on the page.
 * Such a space is left out, so that passages put the spans of a line together as they stand.
 */
function spansOf(line: Line, { text, tight }: Page): Span[] {
  const spans: Span[] = []
  for (const { unit, start, end } of line.segments) {
    const last = spans.at(-1)
    if (last && start >= last.end && isBlank(text, last.end, start)) {
      last.end = end
      continue
    }
    // The space before what was left out is a gap of this line.
    if (last && isBlank(text, last.end, last.end + 1)) last.end++
    spans.push({ unit, start, end })
  }
  return spans.flatMap((span) => withoutTightSpaces(span, tight))
}

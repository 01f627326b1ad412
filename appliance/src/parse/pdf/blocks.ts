import type { Block } from '../../model.ts'
import { bullet } from '../numbering.ts'
import { headingLevels } from '../outline.ts'
import { furnitureOf } from './furniture.ts'
import { type Line, linesOf, segmentsOf } from './line.ts'
import type { Page } from './page.ts'
import { bodyOf, type Paragraph, paragraphsOf, rankOf } from './paragraphs.ts'
import type { PageTable } from './tables.ts'
import { titleOnPage, titleText } from './title.ts'

/** Blocks and title of the pages of one document. `isBold` says so of a font by its name in the pages' runs. */
export function blocksOf(
  pages: readonly Page[],
  tables: readonly (readonly PageTable[])[],
  isBold: (font: string) => boolean,
): { blocks: Block[]; title: string | null } {
  const linesOfPage = pages.map((page, i) => {
    const taken = tables[i] ?? []
    return linesOf(
      segmentsOf({ ...page, runs: page.runs.filter((run) => !taken.some((table) => table.runs.has(run))) }),
    )
  })
  const furniture = furnitureOf(pages, linesOfPage)
  const lines = linesOfPage.map((all) => all.filter((line) => !furniture.has(line)))
  const body = bodyOf(lines.flat())
  const parts = pages.flatMap((_, i) => inOrder(lines[i] ?? [], tables[i] ?? []))
  const pieces = stretchesOf(parts).flatMap((part): (Paragraph | PageTable)[] =>
    Array.isArray(part) ? paragraphsOf(part, body, pages) : [part],
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
      'table' in piece ? { kind: 'table', spans: [], table: piece.table } : blockOf(piece, levels[i] ?? null),
    ),
    title: title && titleText(title.text),
  }
}

/** Lines and tables of a page, a table where its first text stands in the file. */
function inOrder(lines: readonly Line[], tables: readonly PageTable[]): (Line | PageTable)[] {
  return [...lines, ...tables].toSorted((a, b) => a.start - b.start)
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

function blockOf(paragraph: Paragraph, level: number | null): Block {
  const spans = paragraph.lines.map(({ unit, start, end }) => ({ unit, start, end }))
  if (level !== null) return { kind: 'heading', level, spans }
  if (bullet.test(paragraph.text)) return { kind: 'list-item', level: 1, spans }
  return { kind: 'paragraph', spans }
}

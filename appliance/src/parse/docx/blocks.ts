import type { Block, Table, TableCell } from '../../model.ts'
import { Flow } from '../flow.ts'
import { bullet, canBeHeading, isArticle, numberingOf } from '../numbering.ts'
import { headingLevels } from '../outline.ts'
import { titleText } from '../pdf/title.ts'
import { headerRowsOf } from '../table-header.ts'
import { type Element, elementsOf, find } from '../xml.ts'
import { readParagraph } from './content.ts'
import type { Numbers } from './numbers.ts'
import { isOn, number, type ParagraphFormat, type Styles, value } from './styles.ts'

interface Source {
  body: Element
  styles: Styles
  numbers: Numbers
  notes: Element[]
  maxText: number
}

/** A block whose heading level is decided when the whole document is known. */
interface Draft {
  block: Block
  format: ParagraphFormat | null
  text: string
  /** Half points; null where only the defaults say it. */
  size: number | null
  bold: boolean
}

export function blocksOf({ body, styles, numbers, notes, maxText }: Source): {
  text: string
  blocks: Block[]
  title: string | null
} {
  const flow = new Flow(0, maxText)
  const drafts: Draft[] = []
  for (const container of [body, ...notes]) addAll(container)
  const title = levelHeadings(drafts)
  return { text: flow.text, blocks: drafts.map((draft) => draft.block), title }

  function addAll(container: Element): void {
    for (const child of elementsOf(container)) {
      switch (child.name) {
        case 'p':
          addParagraph(child)
          break
        case 'tbl':
          addTable(child)
          break
        case 'del':
        case 'moveFrom':
        case 'sectPr':
          break
        default:
          addAll(child) // content controls, custom XML, insertions
      }
    }
  }

  function addParagraph(paragraph: Element): void {
    const properties = find(paragraph, 'pPr')
    const format = styles.format(properties)
    const content = readParagraph(paragraph)
    const text = labelled(format, content.text)
    const spans = flow.lines(text)
    if (spans.length > 0 && !format.isContents) {
      const face = styles.face(properties)
      const { numbering } = format
      drafts.push({
        block: numbering
          ? { kind: 'list-item', level: numbering.level + 1, spans }
          : { kind: bullet.test(content.text.trim()) ? 'list-item' : 'paragraph', spans },
        format,
        text,
        size: content.size ?? face.size,
        bold: content.bold || face.bold,
      })
    }
    for (const box of content.boxes) addAll(box)
  }

  /** The paragraph's text behind the number that Word shows before it. */
  function labelled(format: ParagraphFormat, text: string): string {
    if (!format.numbering || text.trim() === '') return text
    const label = numbers.next(format.numbering.id, format.numbering.level)
    return label === '' ? text : `${label}${/[、）)]$/.test(label) ? '' : ' '}${text}`
  }

  function addTable(element: Element): void {
    const rows: TableCell[][] = []
    const merged = new Map<number, TableCell>()
    let stated = 0
    for (const row of rowsOf(element)) {
      if (isOn(find(row, 'trPr', 'tblHeader')) && stated === rows.length) stated++
      const cells: TableCell[] = []
      for (const cell of cellsOf(row)) addCell(cell, cells, merged)
      flow.add('\n')
      if (cells.some((cell) => cell.end > cell.start)) rows.push(cells)
    }
    if (rows.length === 0) return
    const table: Table = { headerRows: 0, rows }
    const text = flow.text
    table.headerRows =
      Math.min(stated, rows.length - 1) ||
      headerRowsOf(rows.map((row) => row.map((cell) => text.slice(cell.start, cell.end))))
    drafts.push({
      block: { kind: 'table', spans: [], table },
      format: null,
      text: '',
      size: null,
      bold: false,
    })
  }

  /** A cell merged with the one above repeats its text's place; one over several columns is followed by empty ones. */
  function addCell(cell: Element, cells: TableCell[], merged: Map<number, TableCell>): void {
    const properties = find(cell, 'tcPr')
    const merge = find(properties, 'vMerge')
    const above = merged.get(cells.length)
    const goesOn = merge !== undefined && value(merge) !== 'restart' && above !== undefined
    const span = goesOn ? above : flow.cell(cellText(cell))
    if (merge) merged.set(cells.length, span)
    else merged.delete(cells.length)
    cells.push(span)
    const width = Math.min(number(value(find(properties, 'gridSpan'))) ?? 1, 100)
    for (let i = 1; i < width; i++) cells.push({ unit: 0, start: flow.length, end: flow.length })
  }

  /** All paragraphs of a cell, those of tables inside it included. */
  function cellText(container: Element): string {
    const lines: string[] = []
    for (const child of elementsOf(container)) {
      if (child.name === 'p') {
        const content = readParagraph(child)
        lines.push(labelled(styles.format(find(child, 'pPr')), content.text), ...content.boxes.map(cellText))
      } else if (!['tcPr', 'tblPr', 'tblGrid', 'trPr', 'del'].includes(child.name)) {
        lines.push(cellText(child))
      }
    }
    return lines.filter((line) => line.trim() !== '').join('\n')
  }
}

function* rowsOf(table: Element): Generator<Element> {
  for (const child of elementsOf(table)) {
    if (child.name === 'tr' && !find(child, 'trPr', 'del')) yield child
    else if (child.name === 'sdt' || child.name === 'sdtContent' || child.name === 'ins') yield* rowsOf(child)
  }
}

function* cellsOf(row: Element): Generator<Element> {
  for (const child of elementsOf(row)) {
    if (child.name === 'tc') yield child
    else if (child.name === 'sdt' || child.name === 'sdtContent') yield* cellsOf(child)
  }
}

/**
 * Turns drafts into headings: by outline levels where the author used them, else by numbering and by type that is
 * larger or bolder than the body's. Returns the title.
 */
function levelHeadings(drafts: Draft[]): string | null {
  const outlined = drafts.filter((draft) => draft.format?.outline != null).length
  const sizes = drafts.filter((draft) => draft.text.length > 30).map((draft) => draft.size ?? 21)
  const body = sizes.toSorted((a, b) => a - b)[Math.floor(sizes.length / 2)] ?? 21
  const title = drafts.find((draft) => draft.format?.isTitle) ?? titleAmong(drafts.slice(0, 12), body)
  const ranks = drafts.map((draft) => ({
    rank: draft === title ? -1 : outlined > 0 ? (draft.format?.outline ?? null) : rankOf(draft, body),
  }))
  // Stated levels are taken as they are, a level under the title where there is one that has none itself.
  const stated = title && title.format?.outline == null ? 2 : 1
  const levels =
    outlined > 0
      ? ranks.map(({ rank }) => (rank === null ? null : rank < 0 ? 1 : Math.min(6, rank + stated)))
      : headingLevels(ranks)
  for (const [i, draft] of drafts.entries()) {
    const level = levels[i]
    if (level != null) draft.block = { kind: 'heading', level, spans: draft.block.spans }
  }
  return title ? titleText(title.text) : null
}

function titleAmong(drafts: readonly Draft[], body: number): Draft | undefined {
  return drafts.find(
    ({ text, size, bold, format }) =>
      text.trim().length >= 4 &&
      text.trim().length <= 120 &&
      !/[。；]$/.test(text.trim()) &&
      !/文件$/.test(text.trim()) &&
      ((size ?? body) > body * 1.15 || (format?.centred === true && bold)),
  )
}

function rankOf(draft: Draft, body: number): number | null {
  const text = draft.text.trim()
  if (draft.block.kind === 'table' || !canBeHeading(text) || isArticle(text)) return null
  const larger = (draft.size ?? body) > body * 1.12
  const numbering = numberingOf(text)
  if (numbering) return numbering.rank < 6 || larger || draft.bold ? numbering.rank : null
  if (draft.block.kind === 'list-item') return null
  return larger ? 0.5 : draft.bold ? 5.5 : null
}

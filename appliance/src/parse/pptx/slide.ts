import type { Block, TableCell } from '../../model.ts'
import { Flow } from '../flow.ts'
import { headerRowsOf } from '../table-header.ts'
import { type Element, elementsOf, find } from '../xml.ts'

interface Parts {
  root: Element | undefined
  notes: Element | undefined
  /** Data of SmartArt diagrams, whose text stands in parts of their own. */
  diagrams: (Element | undefined)[]
}

/** What a shape is on its slide. */
type Role = 'title' | 'body' | 'other' | 'furniture'

/** Text and blocks of a slide: the title first, then the shapes as they lie on it, tables, diagrams, notes. */
export function readSlide(
  parts: Parts,
  unit: number,
  maxText: number,
): { text: string; blocks: Block[]; title: string | null } {
  const flow = new Flow(unit, maxText)
  const blocks: Block[] = []
  let title: string | null = null
  const shapes = [...shapesOf(find(parts.root, 'cSld', 'spTree'))]
  for (const shape of shapes.toSorted(
    (a, b) => Number(roleOf(b) === 'title') - Number(roleOf(a) === 'title'),
  )) {
    if (shape.name === 'graphicFrame') addTable(shape)
    else addShape(shape)
  }
  for (const diagram of parts.diagrams) {
    for (const point of elementsOf(find(diagram, 'ptLst'), 'pt')) addParagraphs(find(point, 't'), 'other')
  }
  for (const shape of shapesOf(find(parts.notes, 'cSld', 'spTree'))) {
    if (roleOf(shape) === 'body') addParagraphs(find(shape, 'txBody'), 'other')
  }
  return { text: flow.text, blocks, title }

  function addShape(shape: Element): void {
    const role = roleOf(shape)
    const body = find(shape, 'txBody')
    if (role === 'furniture') return
    if (role !== 'title') {
      addParagraphs(body, role)
      return
    }
    // A title over several lines is one title.
    const lines = [...elementsOf(body, 'p')].map(paragraphText).filter((line) => line.trim() !== '')
    const spans = flow.lines(lines.join('\n'))
    if (spans.length === 0) return
    title ??= lines.join(' ').replace(/\s+/g, ' ').trim()
    blocks.push({ kind: 'heading', level: 1, spans })
  }

  function addParagraphs(body: Element | undefined, role: Role): void {
    for (const paragraph of elementsOf(body, 'p')) {
      const spans = flow.lines(paragraphText(paragraph))
      if (spans.length === 0) continue
      const properties = find(paragraph, 'pPr')
      const level = Number(properties?.attributes.lvl ?? 0) + 1
      const isItem =
        role === 'body' || level > 1 || find(properties, 'buChar') || find(properties, 'buAutoNum')
      blocks.push(isItem ? { kind: 'list-item', level, spans } : { kind: 'paragraph', spans })
    }
  }

  function addTable(frame: Element): void {
    const rows: TableCell[][] = []
    const merged = new Map<number, TableCell>()
    for (const row of elementsOf(find(frame, 'graphic', 'graphicData', 'tbl'), 'tr')) {
      const cells = [...elementsOf(row, 'tc')].map((cell, column): TableCell => {
        const { vMerge, hMerge, rowSpan } = cell.attributes
        const above = merged.get(column)
        if (vMerge === '1' && above) return above
        const text =
          hMerge === '1' ? '' : [...elementsOf(find(cell, 'txBody'), 'p')].map(paragraphText).join('\n')
        const span = flow.cell(text)
        if (rowSpan) merged.set(column, span)
        return span
      })
      flow.add('\n')
      if (cells.some((cell) => cell.end > cell.start)) rows.push(cells)
    }
    if (rows.length === 0) return
    const text = flow.text
    const headerRows = headerRowsOf(rows.map((row) => row.map((cell) => text.slice(cell.start, cell.end))))
    blocks.push({ kind: 'table', spans: [], table: { headerRows, rows } })
  }
}

/** Shapes with text and frames with tables, groups opened. */
function* shapesOf(tree: Element | undefined): Generator<Element> {
  for (const child of elementsOf(tree)) {
    if (child.name === 'sp' || child.name === 'graphicFrame') yield child
    else if (child.name === 'grpSp') yield* shapesOf(child)
    else if (child.name === 'AlternateContent')
      yield* shapesOf(find(child, 'Choice') ?? find(child, 'Fallback'))
  }
}

function roleOf(shape: Element): Role {
  const placeholder = find(shape, 'nvSpPr', 'nvPr', 'ph')
  if (!placeholder) return 'other'
  switch (placeholder.attributes.type) {
    case 'title':
    case 'ctrTitle':
      return 'title'
    case 'dt':
    case 'ftr':
    case 'hdr':
    case 'sldNum':
    case 'sldImg':
      return 'furniture'
    case 'subTitle':
      return 'other'
    default:
      return 'body'
  }
}

function paragraphText(paragraph: Element): string {
  let text = ''
  for (const child of elementsOf(paragraph)) {
    if (child.name === 'r' || child.name === 'fld') text += textIn(find(child, 't'))
    else if (child.name === 'br') text += '\n'
  }
  return text
}

const textIn = (element: Element | undefined): string =>
  (element?.children ?? []).filter((child) => typeof child === 'string').join('')

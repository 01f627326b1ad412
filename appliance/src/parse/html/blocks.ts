import type { DefaultTreeAdapterTypes } from 'parse5'
import type { Block, Table, TableCell } from '../../model.ts'
import { Flow } from '../flow.ts'
import { headerRowsOf } from '../table-header.ts'
import { attribute, type Element, isBlock, isElement, isHidden, type Node, visibleText } from './tree.ts'

/** What is open around the text at hand. */
interface Context {
  kind: Block['kind']
  level: number
}

/** Walks the page once, with a stack of its own: pages may be nested deeper than the call stack reaches. */
export function blocksOf(root: Node, maxText: number): { text: string; blocks: Block[] } {
  const flow = new Flow(0, maxText)
  const blocks: Block[] = []
  let inline = ''
  let context: Context = { kind: 'paragraph', level: 0 }

  const flush = () => {
    const text = inline.replace(/[ \t\r\f]+/g, ' ')
    inline = ''
    if (text.trim() === '') return
    const spans = flow.lines(text.trim())
    const { kind, level } = context
    if (spans.length > 0) blocks.push(level > 0 ? { kind, level, spans } : { kind, spans })
  }

  const stack: (Node | (() => void))[] = [root]
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (typeof node === 'function') {
      node()
      continue
    }
    if (node.nodeName === '#text') {
      inline += (node as DefaultTreeAdapterTypes.TextNode).value.replace(/\s+/g, ' ')
      continue
    }
    if (isElement(node)) {
      if (isHidden(node)) continue
      if (node.tagName === 'br') inline += '\n'
      if (isBlock(node)) flush()
      if (node.tagName === 'pre') {
        addCode(node)
        continue
      }
      if (node.tagName === 'table' && isData(node)) {
        addTable(node)
        continue
      }
      if (isBlock(node)) {
        const outer = context
        stack.push(() => {
          flush()
          context = outer
        })
        context = inside(node.tagName, outer)
      }
    }
    if ('childNodes' in node) for (const child of node.childNodes.toReversed()) stack.push(child)
  }
  flush()
  return { text: flow.text, blocks }

  function addCode(element: Element): void {
    let text = ''
    const nodes: Node[] = [element]
    for (let node = nodes.pop(); node; node = nodes.pop()) {
      if (node.nodeName === '#text') text += (node as DefaultTreeAdapterTypes.TextNode).value
      if (isElement(node) && node.tagName === 'br') text += '\n'
      if ('childNodes' in node) for (const child of node.childNodes.toReversed()) nodes.push(child)
    }
    const spans = text.split('\n').flatMap((line) => {
      const { unit, start } = flow.add(`${line}\n`)
      return line.trim() === '' ? [] : [{ unit, start, end: start + line.trimEnd().length }]
    })
    if (spans.length > 0) blocks.push({ kind: 'code', spans })
  }

  function addTable(element: Element): void {
    const caption = childrenOf(element, 'caption')[0]
    if (caption) {
      const spans = flow.lines(visibleText(caption))
      if (spans.length > 0) blocks.push({ kind: 'paragraph', spans })
    }
    const rows: TableCell[][] = []
    const reaching = new Map<number, { cell: TableCell; rows: number }>()
    let header = 0
    for (const row of rowsOf(element)) {
      const cells = cellsOf(row, reaching)
      flow.add('\n')
      if (!cells.some((cell) => cell.end > cell.start)) continue
      if (header === rows.length && isHeaderRow(row)) header++
      rows.push(cells)
    }
    if (rows.length === 0) return
    const text = flow.text
    const guess = () => headerRowsOf(rows.map((row) => row.map((cell) => text.slice(cell.start, cell.end))))
    const table: Table = { headerRows: Math.min(header, rows.length - 1) || guess(), rows }
    blocks.push({ kind: 'table', spans: [], table })
  }

  /** A cell over several rows is repeated in each; one over several columns is followed by empty ones. */
  function cellsOf(row: Element, reaching: Map<number, { cell: TableCell; rows: number }>): TableCell[] {
    const cells: TableCell[] = []
    const fill = () => {
      for (let above = reaching.get(cells.length); above; above = reaching.get(cells.length)) {
        if (--above.rows === 0) reaching.delete(cells.length)
        cells.push(above.cell)
      }
    }
    for (const element of [...childrenOf(row, 'td'), ...childrenOf(row, 'th')].toSorted(byPlace(row))) {
      if (isHidden(element)) continue
      fill()
      const cell = flow.cell(visibleText(element, true))
      const rows = size(attribute(element, 'rowspan'), 1000)
      if (rows > 1) reaching.set(cells.length, { cell, rows: rows - 1 })
      cells.push(cell)
      for (let i = size(attribute(element, 'colspan'), 100); i > 1; i--) {
        cells.push({ unit: 0, start: flow.length, end: flow.length })
      }
    }
    fill()
    return cells
  }
}

function inside(tag: string, outer: Context): Context {
  const heading = /^h([1-6])$/.exec(tag)?.[1]
  if (heading) return { kind: 'heading', level: Number(heading) }
  if (tag === 'ul' || tag === 'ol' || tag === 'menu' || tag === 'dl') {
    return { kind: 'list-item', level: outer.kind === 'list-item' ? Math.min(6, outer.level + 1) : 1 }
  }
  return outer
}

/** A table that holds other tables, headings or lists is there for the layout; so is one of a single column. */
function isData(table: Element): boolean {
  const stack: Node[] = [...table.childNodes]
  let widest = 0
  for (let node = stack.pop(); node; node = stack.pop()) {
    if (!isElement(node)) continue
    if (/^(?:table|h[1-6]|ul|ol|article|section)$/.test(node.tagName)) return false
    if (node.tagName === 'tr')
      widest = Math.max(widest, childrenOf(node, 'td').length + childrenOf(node, 'th').length)
    for (const child of node.childNodes) stack.push(child)
  }
  return widest > 1
}

function rowsOf(table: Element): Element[] {
  return table.childNodes.flatMap((child) => {
    if (!isElement(child) || isHidden(child)) return []
    return child.tagName === 'tr' ? [child] : childrenOf(child, 'tr')
  })
}

function isHeaderRow(row: Element): boolean {
  const inHead = row.parentNode?.nodeName === 'thead'
  return inHead || (childrenOf(row, 'th').length > 0 && childrenOf(row, 'td').length === 0)
}

function childrenOf(element: Element, tag: string): Element[] {
  return element.childNodes.filter((child): child is Element => isElement(child) && child.tagName === tag)
}

const byPlace = (row: Element) => (a: Element, b: Element) =>
  row.childNodes.indexOf(a) - row.childNodes.indexOf(b)

function size(text: string | undefined, most: number): number {
  const number = Number.parseInt(text ?? '1', 10)
  return Number.isFinite(number) ? Math.min(most, Math.max(1, number)) : 1
}

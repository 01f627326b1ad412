import type { Line } from './line.ts'
import type { Page } from './page.ts'

/** Running headers and footers stand in the outer part of the page, a share of its height. */
const margin = 0.12
/** A line must return on this many pages, and on this share of them, to be a running header or footer. */
const leastPages = 3
const leastShare = 0.3

const pageNumber =
  /^(?:[-—–·•.\s]*\d{1,4}[-—–·•.\s]*|第\s*[\d〇零一二三四五六七八九十百]+\s*页(?:[\s,，/]*共\s*[\d〇零一二三四五六七八九十百]+\s*页)?|(?:page|p\.)\s*\d+(?:\s*(?:of|\/)\s*\d+)?|\d+\s*\/\s*\d+|[ivxlc]{1,6}|[-—–\s]+)$/iu

/**
 * The lines that are not part of the text: page numbers, and what returns at the same height on many pages (with
 * digits ignored). They stay in the unit's text, but in no block.
 */
export function furnitureOf(pages: readonly Page[], linesOfPage: readonly (readonly Line[])[]): Set<Line> {
  const furniture = new Set<Line>()
  const returning = new Map<string, { pages: Set<number>; lines: Line[] }>()
  for (const [i, page] of pages.entries()) {
    const lines = linesOfPage[i] ?? []
    for (const line of lines) {
      const atTop = line.v < page.height * margin
      const atBottom = line.v - line.size > page.height * (1 - margin)
      if (line.aligned && !atTop && !atBottom) continue
      if (line.aligned && pageNumber.test(line.text.trim()) && isOutermost(line, lines, atTop))
        furniture.add(line)
      const key = keyOf(line, page)
      if (key === null) continue
      const entry = returning.get(key) ?? { pages: new Set(), lines: [] }
      entry.pages.add(i)
      entry.lines.push(line)
      returning.set(key, entry)
    }
  }
  for (const { pages: on, lines } of returning.values()) {
    if (on.size < Math.max(leastPages, pages.length * leastShare)) continue
    for (const line of lines) furniture.add(line)
  }
  return furniture
}

/** Nothing but other page numbers stands further out. */
function isOutermost(line: Line, lines: readonly Line[], atTop: boolean): boolean {
  return lines.every((other) => {
    const further = atTop ? other.v < line.v - line.size : other.v > line.v + line.size
    return !further || pageNumber.test(other.text.trim())
  })
}

/** Text with numbers levelled and the height on the page in fiftieths, so that pages of other sizes agree. */
function keyOf(line: Line, page: Page): string | null {
  const text = line.text.replace(/\d+/g, '#').replace(/\s+/g, '')
  if (text === '' || text.length > 120) return null
  return line.aligned ? `${text}@${Math.round((line.v / page.height) * 50)}` : text
}

import type { Span, TextItem } from '../../model.ts'
import { tightSpaces } from './tight-spaces.ts'

/**
 * A stretch of text as pdf.js gives it, placed for layout: u runs along the page's main text direction, v
 * downwards from line to line, both in points. For an upright page u is x and v is y from the top.
 */
export interface Run {
  start: number
  end: number
  text: string
  u0: number
  u1: number
  /** Baseline. */
  v: number
  size: number
  font: string
  /** False for text at another angle than most of the page: watermarks, labels of axes. */
  aligned: boolean
}

/** One page, read. */
export interface Page {
  unit: number
  text: string
  items: TextItem[]
  runs: Run[]
  /** White space in the text that is no gap on the page. */
  tight: Span[]
  /** Extent along u and v. */
  width: number
  height: number
  /** Which way u runs, in quarter turns counter-clockwise from the x axis of the unrotated page. */
  quarter: Quarter
}

export type Quarter = 0 | 1 | 2 | 3

/** What is used of pdf.js' text content. The viewer calls getTextContent() without options as well. */
export interface TextContent {
  items: readonly (PdfItem | { type: string })[]
  styles: Record<string, { ascent: number; descent: number; vertical: boolean }>
}

interface PdfItem {
  str: string
  transform: number[]
  width: number
  height: number
  fontName: string
  hasEOL: boolean
}

/** A box in points, origin top left of the unrotated page. */
interface Box {
  x0: number
  y0: number
  x1: number
  y1: number
}

/** Places the text of a page; `view` is the page's box [x0, y0, x1, y1] in PDF units. */
export function readPage(unit: number, content: TextContent, view: readonly number[]): Page {
  const [left = 0, bottom = 0, right = 612, top = 792] = view
  const size = { width: right - left || 1, height: top - bottom || 1 }
  const placed: { item: PdfItem; start: number; box: Box; quarter: Quarter | null }[] = []
  let text = ''
  for (const item of content.items) {
    if (!('str' in item)) continue
    if (item.str.trim() !== '') {
      const style = content.styles[item.fontName]
      const { box, quarter } = place(item, style, left, top)
      placed.push({ item, start: text.length, box, quarter })
    }
    text += item.str
    if (item.hasEOL) text += '\n'
  }
  const quarter = mostCommonQuarter(placed)
  const turned = quarter % 2 === 1
  const runs = placed.map(({ item, start, box, quarter: own }): Run => {
    const [u0, u1, v] = along(box, quarter, size)
    return {
      start,
      end: start + item.str.length,
      text: item.str,
      u0,
      u1,
      v,
      size: fontSize(item),
      font: item.fontName,
      aligned: own === quarter,
    }
  })
  return {
    unit,
    text,
    quarter,
    width: turned ? size.height : size.width,
    height: turned ? size.width : size.height,
    items: placed.map(({ item, start, box }) => ({
      start,
      end: start + item.str.length,
      rect: [
        share(box.x0, size.width),
        share(box.y0, size.height),
        share(box.x1, size.width),
        share(box.y1, size.height),
      ],
    })),
    runs,
    tight: tightSpaces(unit, text, runs),
  }
}

/** Where a point stands along the text direction, for boxes that come from elsewhere on the page (ruled lines). */
export function turn(
  x: number,
  y: number,
  quarter: Quarter,
  size: { width: number; height: number },
): [u: number, v: number] {
  switch (quarter) {
    case 0:
      return [x, y]
    case 1:
      return [size.height - y, x]
    case 2:
      return [size.width - x, size.height - y]
    case 3:
      return [y, size.width - x]
  }
}

function along(
  box: Box,
  quarter: Quarter,
  size: { width: number; height: number },
): [u0: number, u1: number, v: number] {
  const [ua, va] = turn(box.x0, box.y0, quarter, size)
  const [ub, vb] = turn(box.x1, box.y1, quarter, size)
  return [Math.min(ua, ub), Math.max(ua, ub), Math.max(va, vb)]
}

const fontSize = (item: PdfItem): number =>
  Math.hypot(item.transform[2] ?? 0, item.transform[3] ?? 0) || item.height || 1

function place(
  item: PdfItem,
  style: { ascent: number; descent: number; vertical: boolean } | undefined,
  left: number,
  top: number,
): { box: Box; quarter: Quarter | null } {
  const [a = 1, b = 0, c = 0, d = 1, e = 0, f = 0] = item.transform
  const x = e - left
  const y = top - f
  const size = Math.hypot(c, d) || item.height || 1
  if (style?.vertical) {
    // Vertical writing: pdf.js puts the advance into `height`; the origin is the top centre of the first character.
    const half = size / 2
    return { box: { x0: x - half, x1: x + half, y0: y, y1: y + Math.abs(item.height) }, quarter: 3 }
  }
  const length = Math.hypot(a, b) || 1
  const along = { x: (a / length) * item.width, y: (-b / length) * item.width }
  // Up is the direction of the second column of the matrix; ascent and descent are shares of the size.
  const up = { x: (c / size) * size, y: (-d / size) * size }
  const ascent = bounded(style?.ascent, 0.5, 1.2, 0.85)
  const descent = bounded(style?.descent, -0.5, 0, -0.2)
  const xs = [x + up.x * ascent, x + up.x * descent].flatMap((v) => [v, v + along.x])
  const ys = [y + up.y * ascent, y + up.y * descent].flatMap((v) => [v, v + along.y])
  const turns = Math.atan2(b, a) / (Math.PI / 2)
  const quarter =
    Math.abs(turns - Math.round(turns)) < 0.06 ? (((Math.round(turns) + 4) % 4) as Quarter) : null
  return {
    box: { x0: Math.min(...xs), x1: Math.max(...xs), y0: Math.min(...ys), y1: Math.max(...ys) },
    quarter,
  }
}

/** Broken fonts state 0 or huge figures here. */
function bounded(value: number | undefined, low: number, high: number, fallback: number): number {
  return value !== undefined && value >= low && value <= high && value !== 0 ? value : fallback
}

function mostCommonQuarter(placed: readonly { item: PdfItem; quarter: Quarter | null }[]): Quarter {
  const votes = [0, 0, 0, 0]
  for (const { item, quarter } of placed) if (quarter !== null) votes[quarter]! += item.str.length
  return votes.indexOf(Math.max(...votes)) as Quarter
}

/** Rounded to a ten-thousandth of the page: a tenth of a pixel on screen. */
function share(value: number, of: number): number {
  return Math.round(Math.min(1, Math.max(0, value / of)) * 10_000) / 10_000
}

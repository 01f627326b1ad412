import { bullet, canBeHeading, isArticle, numberingOf } from '../numbering.ts'
import type { Line } from './line.ts'
import type { Page } from './page.ts'
import { standsAlone } from './title.ts'

/** Lines that belong together, in reading order. */
export interface Paragraph {
  lines: Line[]
  text: string
  size: number
  font: string
  centred: boolean
  /** Whether its last line ends well before the right margin. */
  short: boolean
}

/** Where the body of the text stands, as most lines say. */
export interface Body {
  left: number
  right: number
  size: number
  font: string
  /** Distance between the baselines of two lines. */
  leading: number
}

const sentenceEnd = /[。！？；!?;:：.][”’」』）)\]】》"']*$/u

export function bodyOf(lines: readonly Line[]): Body {
  const weight = (line: Line) => line.end - line.start
  const size = mode(lines, (line) => line.size, weight) ?? 10
  const ofBody = lines.filter((line) => Math.abs(line.size - size) <= size * 0.1)
  const left = low(ofBody.map((line) => line.u0))
  return {
    left,
    right: -low(ofBody.map((line) => -line.u1)),
    size,
    font: mode(ofBody, (line) => line.font, weight) ?? '',
    leading:
      mode(
        gaps(ofBody),
        (gap) => Math.round(gap * 2) / 2,
        () => 1,
      ) ?? size * 1.5,
  }
}

/** A margin that a tenth of the lines reach: single lines that stick out do not move it. */
function low(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length * 0.1)] ?? 0
}

function gaps(lines: readonly Line[]): number[] {
  return lines.flatMap((line, i) => {
    const next = lines[i + 1]
    const gap = next && next.unit === line.unit ? next.v - line.v : 0
    return gap > line.size * 0.8 && gap < line.size * 4 ? [gap] : []
  })
}

function mode<T, K>(all: readonly T[], key: (one: T) => K, weight: (one: T) => number): K | undefined {
  const weights = new Map<K, number>()
  for (const one of all) weights.set(key(one), (weights.get(key(one)) ?? 0) + weight(one))
  let best: K | undefined
  let most = 0
  for (const [value, sum] of weights) {
    if (sum > most) {
      most = sum
      best = value
    }
  }
  return best
}

/** Puts lines together to paragraphs, across page breaks too. Lines come in reading order. */
export function paragraphsOf(lines: readonly Line[], body: Body, pages: readonly Page[]): Paragraph[] {
  const paragraphs: Paragraph[] = []
  let current: Line[] = []
  const flush = () => {
    if (current.length > 0) paragraphs.push(paragraphOf(current, body, pages))
    current = []
  }
  for (const line of lines) {
    const last = current.at(-1)
    if (last && !goesOn(last, line, current, body)) flush()
    current.push(line)
  }
  flush()
  return paragraphs
}

/** Whether a line continues the paragraph `before`, whose last line is `last`. */
function goesOn(last: Line, line: Line, before: readonly Line[], body: Body): boolean {
  if (line.aligned !== last.aligned) return false
  const em = Math.max(line.size, last.size)
  if (Math.abs(line.size - last.size) > em * 0.15) return false
  const samePage = line.unit === last.unit
  const gap = line.v - last.v
  const newColumn = samePage && gap < 0 && line.u0 > last.u1
  const widest = isLarger(last, body) ? em * 2.7 : Math.max(body.leading * 1.45, em * 1.3)
  if (samePage && !newColumn && (gap < em * 0.4 || gap > widest)) return false
  const text = line.text.trim()
  const previous = last.text.trim()
  const startsItem = numberingOf(text) !== null || isArticle(text) || bullet.test(text)
  if (standsAlone(text) || standsAlone(previous)) return false
  if (isLarger(last, body) && samePage) {
    const alike = Math.abs(line.size - last.size) <= em * 0.05
    return alike && !startsItem && !sentenceEnd.test(previous) && before.length < 6
  }
  const left = newColumn || !samePage ? line.u0 : Math.min(body.left, before[0]!.u0)
  const indent = line.u0 - left
  const lastIsShort = last.u1 < body.right - em * 1.6
  if (isCentred(line, body)) {
    // A centred title whose first line fills the width nearly; a continued paragraph never starts so far in.
    return !startsItem && (isSymmetric(last, body) || !lastIsShort) && !sentenceEnd.test(previous)
  }
  if (lastIsShort && (sentenceEnd.test(previous) || startsItem || last.u1 < body.right - em * 4)) return false
  if (startsItem && (indent > em * 0.8 || sentenceEnd.test(previous))) return false
  const hanging = before.length > 1 || before[0]!.u0 > body.left + em * 0.8
  if (indent > em * 0.8 && indent < em * 8) {
    // Lines that all keep the same indent go on; one that steps in starts a paragraph.
    return (
      hanging &&
      Math.abs(line.u0 - last.u0) < em * 0.5 &&
      last.u0 - body.left > em * 0.8 &&
      !sentenceEnd.test(previous)
    )
  }
  if (!samePage && sentenceEnd.test(previous) && lastIsShort) return false
  return true
}

/** Equal space at both sides, or none. */
function isSymmetric(line: Line, body: Body): boolean {
  return Math.abs(line.u0 - body.left - (body.right - line.u1)) < line.size * 1.5
}

export function isCentred(line: { u0: number; u1: number; size: number }, body: Body): boolean {
  const leftGap = line.u0 - body.left
  const rightGap = body.right - line.u1
  return (
    leftGap > line.size * 2.5 &&
    Math.abs(leftGap - rightGap) < Math.max(line.size * 2, (body.right - body.left) * 0.04)
  )
}

/** Headings are set larger than the body, and their lines go on wherever they stand. */
const isLarger = (line: { size: number }, body: Body): boolean => line.size > body.size * 1.12

function paragraphOf(lines: Line[], body: Body, _pages: readonly Page[]): Paragraph {
  const last = lines.at(-1)!
  return {
    lines,
    text: lines.map((line) => line.text.trim()).join(''),
    size: lines[0]!.size,
    font: lines[0]!.font,
    centred: lines.every((line) => isCentred(line, body)),
    short: last.u1 < body.right - last.size * 1.6,
  }
}

/**
 * Rank of a paragraph as a heading (see outline.ts), or null. Numbering decides first; then larger type; then a
 * heading face (黑体 and other bold ones) of a short line that ends in no sentence.
 */
export function rankOf(paragraph: Paragraph, body: Body, isBold: (font: string) => boolean): number | null {
  const { text } = paragraph
  if (paragraph.lines.length > 4 || !paragraph.lines[0]!.aligned) return null
  const numbering = numberingOf(text)
  const larger = paragraph.size > body.size * 1.12
  const bold = isBold(paragraph.font) && !isBold(body.font)
  if (numbering) {
    const rest = text.slice(numbering.length).trim()
    return canBeHeading(text) &&
      /\p{L}/u.test(rest || text) &&
      (numbering.rank < 6 || larger || bold || paragraph.short)
      ? numbering.rank
      : null
  }
  if (isArticle(text) || bullet.test(text) || !/\p{L}{2}/u.test(text)) return null
  if (larger && text.length <= 120 && !/[。；]$/u.test(text))
    return paragraph.size > body.size * 1.3 ? 0 : 0.5
  return bold && canBeHeading(text) ? 5.5 : null
}

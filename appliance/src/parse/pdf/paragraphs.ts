import { bullet, canBeHeading, isArticle, isCaption, numberingOf } from '../numbering.ts'
import type { Line } from './line.ts'
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

/** How the body of the text is set, as most lines say. */
export interface Body {
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
  return {
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
export function paragraphsOf(lines: readonly Line[], body: Body): Paragraph[] {
  const paragraphs: Paragraph[] = []
  let current: Line[] = []
  const flush = () => {
    if (current.length > 0) paragraphs.push(paragraphOf(current))
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

/** Whether a line continues the paragraph `before`, whose last line is `last`. Lengths are judged in ems. */
function goesOn(last: Line, line: Line, before: readonly Line[], body: Body): boolean {
  if (line.aligned !== last.aligned) return false
  const em = Math.max(line.size, last.size)
  if (Math.abs(line.size - last.size) > em * 0.15) return false
  const follows = line.unit === last.unit && line.frame === last.frame
  const gap = line.v - last.v
  const widest = isLarger(last, body) ? em * 2.7 : Math.max(body.leading * 1.45, em * 1.3)
  if (follows && (gap < em * 0.4 || gap > widest)) return false
  const text = line.text.trim()
  const previous = last.text.trim()
  if (standsAlone(text) || standsAlone(previous)) return false
  const startsItem = isItem(text)
  const ended = sentenceEnd.test(previous)
  if (isLarger(last, body) && follows) {
    const alike = Math.abs(line.size - last.size) <= em * 0.05
    return alike && !startsItem && !ended && before.length < 6
  }
  // Room that the last line left unused although the first word of this one would have gone in.
  const unused = (last.frame.right - last.u1 - firstWordWidth(line)) / em
  if (isCentred(line)) {
    // A centred title whose first line fills the width nearly; a continued paragraph never starts so far in.
    return !startsItem && (isSymmetric(last) || unused < 0.6) && !ended
  }
  if (unused > 0.6 && (ended || startsItem || unused > 3)) return false
  const left = follows ? Math.min(line.frame.left, before[0]!.u0) : line.frame.left
  const indent = (line.u0 - left) / em
  if (startsItem && (indent > 0.8 || ended)) return false
  // The lines of a list item stand under its text, to the right of its bullet or number.
  const hangs = !startsItem && indent > 0.3 && indent < 4 && line.u0 > before[0]!.u0
  if (hangs && unused < 0.6 && isItem(before[0]!.text.trim())) return true
  if (indent > 0.8 && indent < 8) {
    // Lines that all keep the same indent go on; one that steps in starts a paragraph.
    const isHanging = Math.abs(line.u0 - last.u0) < em * 0.5 && last.u0 - last.frame.left > em * 0.8
    return isHanging && !ended
  }
  return true
}

const isItem = (text: string): boolean => numberingOf(text) !== null || isArticle(text) || bullet.test(text)

/** In points, from the mean width of the line's characters. A Chinese character is a word. */
function firstWordWidth(line: Line): number {
  const word = /^\s*(?:\p{Script=Han}|[^\s\p{Script=Han}]+)/u.exec(line.text)?.[0].trim() ?? ''
  return ((line.u1 - line.u0) / Math.max(1, line.text.length)) * word.length
}

/** Equal space at both sides, or none. */
function isSymmetric(line: Line): boolean {
  return Math.abs(line.u0 - line.frame.left - (line.frame.right - line.u1)) < line.size * 1.5
}

function isCentred(line: Line): boolean {
  const leftGap = line.u0 - line.frame.left
  const rightGap = line.frame.right - line.u1
  return (
    leftGap > line.size * 2.5 &&
    Math.abs(leftGap - rightGap) < Math.max(line.size * 2, (line.frame.right - line.frame.left) * 0.04)
  )
}

/** Headings are set larger than the body, and their lines go on wherever they stand. */
const isLarger = (line: { size: number }, body: Body): boolean => line.size > body.size * 1.12

function paragraphOf(lines: Line[]): Paragraph {
  const last = lines.at(-1)!
  return {
    lines,
    text: lines.map((line) => line.text.trim()).join(''),
    size: lines[0]!.size,
    font: lines[0]!.font,
    centred: lines.every((line) => isCentred(line)),
    short: last.u1 < last.frame.right - last.size * 1.6,
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
  if (larger && text.length <= 120 && !/[。；]$/u.test(text) && !isCaption(text))
    return paragraph.size > body.size * 1.3 ? 0 : 0.5
  return bold && canBeHeading(text) ? 5.5 : null
}

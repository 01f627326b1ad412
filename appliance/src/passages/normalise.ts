import type { OffsetRun, Span, Unit } from '../model.ts'
import { append, join, type MappedText, slice, trim } from './mapped-text.ts'
import { radicals } from './radicals.ts'

const cjk =
  /[\u2e80-\u303f\u3040-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\uff01-\uff60\u{20000}-\u{323af}]/u
// In order: white space; what is invisible (controls, soft hyphen, zero width, byte order mark); a stretch that
// NFKC leaves alone; a character with its combining marks; Hangul letters, which compose across characters.
const pieces =
  /(\s+)|((?:\p{Cc}|\p{Cf}|\p{Variation_Selector}|\u115f|\u1160)+)|([!-~\u3001-\u3003\u3008-\u3011\u4e00-\u9fff‘’“”—]+(?!\p{M}))|[\u1100-\u11ff]+|\P{M}\p{M}*|\p{M}+/gu

/**
 * The text of some spans as it is read: NFKC, radicals turned into characters, white space folded, lines joined
 * (between CJK characters without a space, elsewhere with one, a hyphenated word or a broken number put together
 * again), letters set apart (总 则) closed up, with runs that lead every stretch back to its unit. A line break is a
 * line feed in a unit's text, or the border of two spans with one between them; where none lies between two spans
 * of a unit, what the parser left out was no text (a mark, a space that is no gap), and nothing is put in its place.
 */
export function normalise(spans: readonly Span[], units: readonly Unit[]): MappedText {
  const lines = readLines(spans, units, false).map((line) => closeUp(trim(line)))
  return join(withBorders(lines.filter((line) => line.text !== '')), '')
}

/** As `normalise`, with line breaks and indentation kept: for code and other preformatted text. */
export function normalisePreformatted(spans: readonly Span[], units: readonly Unit[]): MappedText {
  const lines = readLines(spans, units, true).map((line) => slice(line, 0, line.text.trimEnd().length))
  return join(
    lines.filter((line) => line.text !== ''),
    '\n',
  )
}

function readLines(spans: readonly Span[], units: readonly Unit[], preformatted: boolean): MappedText[] {
  const lines: MappedText[] = []
  for (const [index, span] of spans.entries()) {
    let goesOn = isOnOneLine(spans[index - 1], span, units)
    let offset = span.start
    const original = units[span.unit]!.text.slice(span.start, span.end)
    for (const line of original.split(/(?<=\n|\r(?!\n))/)) {
      const folded = foldLine(line, span.unit, offset, preformatted)
      if (goesOn) lines.push(putTogether(lines.pop()!, folded, preformatted))
      else lines.push(folded)
      goesOn = false
      offset += line.length
    }
  }
  return lines
}

function isOnOneLine(before: Span | undefined, span: Span, units: readonly Unit[]): boolean {
  if (before === undefined || before.unit !== span.unit || before.end > span.start) return false
  return !/[\n\r]|<br\b/i.test(units[span.unit]!.text.slice(before.end, span.start))
}

function putTogether(before: MappedText, after: MappedText, preformatted: boolean): MappedText {
  const twice = !preformatted && before.text.endsWith(' ') && after.text.startsWith(' ')
  return join([before, twice ? slice(after, 1, after.text.length) : after], '')
}

/** The lines with what stands between two of them: nothing, a space, or a hyphen less. */
function withBorders(lines: readonly MappedText[]): MappedText[] {
  return lines.map((line, index) => {
    const next = lines[index + 1]
    if (next === undefined) return line
    if (isHyphenated(line.text, next.text)) return slice(line, 0, line.text.length - 1)
    if (!wantsSpace(line.text, next.text) || isBrokenNumber(line.text, next.text)) return line
    return { text: `${line.text} `, runs: line.runs }
  })
}

/** One line, NFKC, with white space folded to single spaces. */
function foldLine(line: string, unit: number, offset: number, preformatted: boolean): MappedText {
  const runs: OffsetRun[] = []
  let text = ''
  for (const match of line.matchAll(pieces)) {
    const [piece, space, invisible, plain] = match
    if (invisible !== undefined) continue
    const folded = plain ?? (space === undefined ? fold(piece) : preformatted ? piece : ' ')
    // What is invisible may have stood between two spaces.
    if (folded === '' || (folded === ' ' && !preformatted && text.endsWith(' '))) continue
    append(runs, [text.length, folded.length, unit, offset + match.index, piece.length])
    text += folded
  }
  return { text, runs }
}

// Three characters or more that each stand by themselves, or two that end a line: 管 理 办 法, 第一章 总 则.
const setApart =
  /(?<!\p{Script=Han})\p{Script=Han}(?:(?: \p{Script=Han}){2,}(?!\p{Script=Han})| \p{Script=Han}$)/gu

/** Chinese words whose characters the layout sets apart, without the spaces between them. */
function closeUp(line: MappedText): MappedText {
  const spaces = [...line.text.matchAll(setApart)].flatMap(({ 0: word, index }) =>
    [...word.matchAll(/ /g)].map((space) => index + space.index),
  )
  if (spaces.length === 0) return line
  const cuts = [-1, ...spaces, line.text.length]
  return join(
    cuts.slice(1).map((cut, i) => slice(line, cuts[i]! + 1, cut)),
    '',
  )
}

function fold(piece: string): string {
  return (radicals.get(piece) ?? piece).normalize('NFKC')
}

function isHyphenated(before: string, after: string): boolean {
  return /\p{Ll}[-\u2010]$/u.test(before) && /^\p{Ll}/u.test(after)
}

/** Chinese is set without spaces: a line break beside a Chinese character is no word border. */
function wantsSpace(before: string, after: string): boolean {
  return !cjk.test(before.slice(-1)) && !cjk.test(String.fromCodePoint(after.codePointAt(0)!))
}

/** A line of Chinese text at least this long (UTF-16 code units) was broken where it was full. */
const leastFullLine = 12
/** A number at the end of a line, with what may join it to the next; none that follows another, as in a row of figures. */
const numberBefore = /(?<![\d.,] ?)[\d.,:/~–—-]*\d[.,:/~–—-]?$/
const numberAfter = /^[.,:/~–—-]?\d[\d.,]*/

/**
 * Whether a line break fell into a number: Chinese layout breaks lines anywhere, 〔2|020〕11 号 and 0.|75 亿吨. Not
 * where the line is no running text, or where both parts are years or what they make is no number.
 */
function isBrokenNumber(before: string, after: string): boolean {
  if (/\d$/.test(before) && /^[%‰℃°]/.test(after)) return true
  const head = numberBefore.exec(before)?.[0]
  const tail = numberAfter.exec(after)?.[0]
  if (head === undefined || tail === undefined) return false
  if (before.length < leastFullLine || !cjk.test(before)) return false
  if (/\d{4}$/.test(head) && /^\d{4}/.test(tail)) return false
  const number = /[\d.,]*$/.exec(head)![0] + tail
  return (number.match(/\./g)?.length ?? 0) <= 1
}

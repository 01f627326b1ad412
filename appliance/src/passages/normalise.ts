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
 * (between CJK characters without a space, elsewhere with one, a hyphenated word put together again), with runs
 * that lead every stretch back to its unit. A line break is a line feed in a unit's text or the border of two spans.
 */
export function normalise(spans: readonly Span[], units: readonly Unit[]): MappedText {
  return joinLines(spans, units, false)
}

/** As `normalise`, with line breaks and indentation kept: for code and other preformatted text. */
export function normalisePreformatted(spans: readonly Span[], units: readonly Unit[]): MappedText {
  return joinLines(spans, units, true)
}

function joinLines(spans: readonly Span[], units: readonly Unit[], preformatted: boolean): MappedText {
  const lines: MappedText[] = []
  for (const span of spans) {
    const original = units[span.unit]!.text.slice(span.start, span.end)
    let offset = span.start
    for (const line of original.split(/(?<=\n|\r(?!\n))/)) {
      const folded = foldLine(line, span.unit, offset, preformatted)
      if (folded.text !== '') lines.push(folded)
      offset += line.length
    }
  }
  return preformatted ? join(lines, '\n') : join(withBorders(lines), '')
}

/** The lines with what stands between two of them: nothing, a space, or a hyphen less. */
function withBorders(lines: readonly MappedText[]): MappedText[] {
  return lines.map((line, index) => {
    const next = lines[index + 1]
    if (next === undefined) return line
    if (isHyphenated(line.text, next.text)) return slice(line, 0, line.text.length - 1)
    return wantsSpace(line.text, next.text) ? { text: `${line.text} `, runs: line.runs } : line
  })
}

/** One line, NFKC, with white space folded to single spaces and none at its ends. */
function foldLine(line: string, unit: number, offset: number, preformatted: boolean): MappedText {
  const runs: OffsetRun[] = []
  let text = ''
  for (const match of line.trimEnd().matchAll(pieces)) {
    const [piece, space, invisible, plain] = match
    if (invisible !== undefined) continue
    const folded = plain ?? (space === undefined ? fold(piece) : preformatted ? piece : ' ')
    // What is invisible may have stood between two spaces.
    if (folded === '' || (folded === ' ' && !preformatted && text.endsWith(' '))) continue
    append(runs, [text.length, folded.length, unit, offset + match.index, piece.length])
    text += folded
  }
  return preformatted ? { text, runs } : trim({ text, runs })
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

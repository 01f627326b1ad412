import type { Span } from '../../model.ts'
import type { Run } from './page.ts'

/** Narrower gaps, in font sizes, are no word space: the narrowest of common fonts is a quarter. */
const narrowestSpace = 0.2

const character = '[\\u3001-\\u303f\\u4e00-\\u9fff\\u3400-\\u4dbf\\uff01-\\uff60]'
const isCharacter = new RegExp(character, 'u')
/** White space between two digits or two Chinese characters, the only places where a space would tear a word. */
const between = new RegExp(`(?<=\\d)[ \\u00a0]+(?=\\d)|(?<=${character})[ \\u00a0]+(?=${character})`, 'gu')

/**
 * Places in the text of a page where pdf.js wrote white space although next to no gap is to be seen: it does so
 * from a tenth of the font size on, which kerning and justified lines reach inside numbers and words. `runs` are
 * those of the page, in the order of its text.
 */
export function tightSpaces(unit: number, text: string, runs: readonly Run[]): Span[] {
  const spaces: Span[] = []
  let current = 0
  for (const { 0: space, index } of text.matchAll(between)) {
    while (current < runs.length && runs[current]!.end < index) current++
    const run = runs[current]
    if (!run) break
    const end = index + space.length
    const after = end < run.end ? run : runs[current + 1]
    const gap = after === run ? meanGap(run) : after ? gapBetween(run, after) : null
    if (gap !== null && gap < narrowestSpace) spaces.push({ unit, start: index, end })
  }
  return spaces
}

/** Gap between two runs of one baseline in font sizes; null where they stand elsewhere. */
function gapBetween(before: Run, after: Run): number | null {
  const size = Math.min(before.size, after.size)
  const gap = (after.u0 - before.u1) / size
  const isBeside = before.aligned === after.aligned && Math.abs(before.v - after.v) < size * 0.3
  return isBeside && gap > -1 ? gap : null
}

/**
 * Mean width in font sizes of the spaces in question inside a run, of which pdf.js tells no places. Chinese
 * characters and digits have the advances that nearly all fonts share; everything else, the spaces around Latin
 * words and numbers included, is taken for as narrow as it gets, so that rather too few spaces are left out.
 */
function meanGap(run: Run): number {
  const text = run.text.trim()
  const inQuestion = text.match(between)?.length ?? 0
  let advances = 0
  for (const one of text.replace(between, ''))
    advances += isCharacter.test(one) ? 1 : /\d/.test(one) ? 0.5 : 0.25
  return ((run.u1 - run.u0) / run.size - advances) / inQuestion
}

/** A stretch of a page's text in the pieces that lie between its tight spaces, which are in ascending order. */
export function withoutTightSpaces(stretch: Span, tight: readonly Span[]): Span[] {
  const pieces: Span[] = []
  let { start } = stretch
  for (let i = firstAfter(tight, start); i < tight.length && tight[i]!.end < stretch.end; i++) {
    pieces.push({ ...stretch, start, end: tight[i]!.start })
    start = tight[i]!.end
  }
  return [...pieces, { ...stretch, start }]
}

function firstAfter(spans: readonly Span[], offset: number): number {
  let low = 0
  let high = spans.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (spans[middle]!.start > offset) high = middle
    else low = middle + 1
  }
  return low
}

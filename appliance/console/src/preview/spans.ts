import type { Span } from '../../../src/model.ts'

/** [start, end) in one text, UTF-16 code units. */
export interface Range {
  start: number
  end: number
}

/** Spans as they stand in an address: `0:12-40,1:0-9` for [12, 40) of unit 0 and [0, 9) of unit 1. */
export function writeSpans(spans: readonly Span[]): string {
  return spans.map(({ unit, start, end }) => `${unit}:${start}-${end}`).join(',')
}

/** Reads what `writeSpans` wrote. What is not of that form is left out: an address can be typed by anybody. */
export function readSpans(text: string | undefined): Span[] {
  const spans: Span[] = []
  for (const part of (text ?? '').split(',')) {
    const [, unit, start, end] = /^(\d{1,7}):(\d{1,9})-(\d{1,9})$/.exec(part) ?? []
    if (unit !== undefined && Number(start) < Number(end))
      spans.push({ unit: Number(unit), start: Number(start), end: Number(end) })
  }
  return spans
}

/** The ranges of one unit, in order, touching and overlapping ones joined. */
export function rangesIn(spans: readonly Span[], unit: number): Range[] {
  const joined: Range[] = []
  for (const { start, end } of spans.filter((span) => span.unit === unit).sort((a, b) => a.start - b.start)) {
    const last = joined.at(-1)
    if (last && start <= last.end) last.end = Math.max(last.end, end)
    else joined.push({ start, end })
  }
  return joined
}

export interface Piece extends Range {
  marked: boolean
}

/** Cuts [start, end) where marked ranges begin and end. `ranges` are in order and apart, as `rangesIn` gives them. */
export function cut(start: number, end: number, ranges: readonly Range[]): Piece[] {
  const pieces: Piece[] = []
  let at = start
  for (const range of ranges) {
    const from = Math.max(range.start, at)
    const to = Math.min(range.end, end)
    if (from >= to) continue
    if (at < from) pieces.push({ start: at, end: from, marked: false })
    pieces.push({ start: from, end: to, marked: true })
    at = to
  }
  if (at < end) pieces.push({ start: at, end, marked: false })
  return pieces
}

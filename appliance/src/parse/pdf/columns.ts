import type { Frame, Segment } from './line.ts'

/** A column of a page, or the whole page, with what stands in it in reading order. */
export interface Column {
  frame: Frame
  segments: Segment[]
}

/** Fewer segments tell nothing about margins. */
const least = 10
/** Each of two columns holds this share of a page's segments at least, and only this share may cross the gutter. */
const leastShare = 0.12
const mostCrossing = 0.25
/** Share of a column's segments that fill it; the others end paragraphs, or stand in figures. */
const leastWide = 0.3
/** Shorter segments (UTF-16 code units) beside each other are cells of a table rather than lines of two columns. */
const leastLine = 15

/**
 * Cuts the segments of a page into stretches of one column each, in reading order. `fallback` is the frame of
 * pages with hardly any text. Where the file writes line by line across two columns, or from the bottom up, the
 * segments are put into the order in which they are read; else its own order stands.
 */
export function columnsOf(segments: readonly Segment[], fallback: Frame): Column[] {
  const gutter = gutterOf(segments)
  if (gutter === null) {
    const frame = segments.length < least ? fallback : frameOf(segments)
    return [{ frame, segments: isUpsideDown(segments) ? segments.toSorted(byPlace) : [...segments] }]
  }
  const sideOf = (segment: Segment): Side =>
    segment.u1 <= gutter ? 'left' : segment.u0 >= gutter ? 'right' : 'across'
  const frames = {
    left: frameOf(segments.filter((segment) => sideOf(segment) === 'left')),
    right: frameOf(segments.filter((segment) => sideOf(segment) === 'right')),
    across: frameOf(segments),
  }
  const columns: (Column & { side: Side })[] = []
  for (const segment of alternates(segments, sideOf) ? byColumn(segments, sideOf) : segments) {
    const side = sideOf(segment)
    const last = columns.at(-1)
    if (last?.side === side) last.segments.push(segment)
    else columns.push({ side, frame: frames[side], segments: [segment] })
  }
  return columns
}

type Side = 'left' | 'right' | 'across'

/** Margins that most lines reach; single ones that stick out do not move them. */
export function frameOf(segments: readonly Segment[]): Frame {
  return {
    left: lowTenth(segments.map((segment) => segment.u0)),
    right: -lowTenth(segments.map((segment) => -segment.u1)),
  }
}

function lowTenth(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length * 0.1)] ?? 0
}

/** The u at which two columns of text part, or null. */
function gutterOf(all: readonly Segment[]): number | null {
  const segments = all.filter((segment) => segment.aligned)
  if (segments.length < least * 2) return null
  const { left, right } = frameOf(segments)
  let best: number | null = null
  let fewest = segments.length * mostCrossing
  for (let u = left + (right - left) * 0.25; u < left + (right - left) * 0.75; u += 2) {
    const crossing = segments.filter((segment) => segment.u0 < u && segment.u1 > u).length
    if (crossing >= fewest || !areColumns(segments, u)) continue
    fewest = crossing
    best = u
  }
  return best
}

/** Whether the text at both sides looks like running text: enough lines side by side, many as wide as their column. */
function areColumns(segments: readonly Segment[], u: number): boolean {
  const sides = [segments.filter((segment) => segment.u1 <= u), segments.filter((segment) => segment.u0 >= u)]
  const ranges = sides.map((side) => ({
    top: Math.min(...side.map((one) => one.v)),
    bottom: Math.max(...side.map((one) => one.v)),
  }))
  const [a, b] = ranges as [{ top: number; bottom: number }, { top: number; bottom: number }]
  const beside = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top)
  if (beside < Math.min(a.bottom - a.top, b.bottom - b.top) * 0.5) return false
  return sides.every((side) => {
    if (side.length < Math.max(least / 2, segments.length * leastShare)) return false
    const { left, right } = frameOf(side)
    const wide = side.filter((segment) => segment.u1 - segment.u0 > (right - left) * 0.7)
    return wide.length > side.length * leastWide
  })
}

/** Whether the file goes to and fro between the columns, as it does when it was written line by line. */
function alternates(segments: readonly Segment[], sideOf: (segment: Segment) => Side): boolean {
  const sides = segments.map(sideOf).filter((side) => side !== 'across')
  const lengths = segments.map((segment) => segment.text.length).toSorted((a, b) => a - b)
  if ((lengths[Math.floor(lengths.length / 2)] ?? 0) < leastLine) return false
  const changes = sides.filter((side, i) => i > 0 && side !== sides[i - 1]).length
  return changes > sides.length * 0.3
}

/** Down the page: full-width lines part it, between two of them the left column comes before the right. */
function byColumn(segments: readonly Segment[], sideOf: (segment: Segment) => Side): Segment[] {
  const ordered: Segment[] = []
  let left: Segment[] = []
  let right: Segment[] = []
  const flush = () => {
    ordered.push(...left, ...right)
    left = []
    right = []
  }
  for (const segment of segments.toSorted(byPlace)) {
    const side = sideOf(segment)
    if (side === 'left') left.push(segment)
    else if (side === 'right') right.push(segment)
    else {
      flush()
      ordered.push(segment)
    }
  }
  flush()
  return ordered
}

/** Whether a good part of the lines stand above the line before them. */
function isUpsideDown(segments: readonly Segment[]): boolean {
  if (segments.length < least) return false
  const back = segments.filter(
    (segment, i) => i > 0 && segment.v < segments[i - 1]!.v - segment.size * 1.5,
  ).length
  return back > segments.length * 0.25
}

/** Down the page, from left to right on one baseline. */
function byPlace(a: Segment, b: Segment): number {
  const same = Math.abs(a.v - b.v) < Math.min(a.size, b.size) * 0.4
  return same ? a.u0 - b.u0 : a.v - b.v
}

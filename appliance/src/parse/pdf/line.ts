import { withoutKangxi } from '../kangxi.ts'
import type { Page, Run } from './page.ts'
import { withoutTightSpaces } from './tight-spaces.ts'

/**
 * Runs that stand on one baseline with no gap wider than a few characters, as the file gives them one after
 * another. A table row or a line across two columns yields several of them.
 */
export interface Segment {
  unit: number
  start: number
  end: number
  /** To judge by: without spaces that are none on the page, and with characters for Kangxi radicals. */
  text: string
  u0: number
  u1: number
  v: number
  size: number
  /** Font of most of its characters. */
  font: string
  aligned: boolean
}

/** Gap that ends a segment, in font sizes. Justified Chinese lines stretch spaces up to about one. */
const widestGap = 2

export function segmentsOf(page: Page): Segment[] {
  const segments: Segment[] = []
  let runs: Run[] = []
  const flush = () => {
    if (runs.length > 0) segments.push(segmentOf(page, runs))
    runs = []
  }
  for (const run of page.runs) {
    const last = runs.at(-1)
    if (last && !(continues(last, run, runs[0]!) && isBlank(page.text, last.end, run.start))) flush()
    runs.push(run)
  }
  flush()
  return segments
}

function continues(last: Run, run: Run, first: Run): boolean {
  if (run.aligned !== last.aligned) return false
  const size = Math.max(last.size, run.size, first.size)
  const gap = run.u0 - last.u1
  return (
    Math.abs(run.v - last.v) < size * 0.5 && gap > -size * 0.8 && gap < size * widestGap && run.u1 > last.u0
  )
}

/** Whether nothing that is read stands between: text that went into a table may lie there in the file. */
export const isBlank = (text: string, start: number, end: number): boolean =>
  text.slice(start, end).trim() === ''

function segmentOf(page: Page, runs: readonly Run[]): Segment {
  const start = runs[0]!.start
  const end = runs.at(-1)!.end
  const pieces = withoutTightSpaces({ unit: page.unit, start, end }, page.tight)
  const text = withoutKangxi(pieces.map((piece) => page.text.slice(piece.start, piece.end)).join(''))
  return {
    unit: page.unit,
    start,
    end,
    text,
    u0: Math.min(...runs.map((run) => run.u0)),
    u1: Math.max(...runs.map((run) => run.u1)),
    v: Math.max(...runs.map((run) => run.v)),
    size: heaviest(runs, (run) => Math.round(run.size * 2) / 2),
    font: heaviest(runs, (run) => run.font),
    aligned: runs[0]!.aligned,
  }
}

/** The value that most characters have; Han characters count double, as they carry the line's face and size. */
function heaviest<T>(runs: readonly Run[], value: (run: Run) => T): T {
  const weights = new Map<T, number>()
  for (const run of runs) {
    const weight = run.text.trim().length + (run.text.match(/\p{Script=Han}/gu)?.length ?? 0)
    weights.set(value(run), (weights.get(value(run)) ?? 0) + weight)
  }
  return [...weights].reduce((best, one) => (one[1] > best[1] ? one : best))[0]
}

/** Segments on one baseline that the file gives one after another, left to right: a line as it is read. */
export interface Line extends Segment {
  segments: Segment[]
  /** Margins of the column it stands in. */
  frame: Frame
}

/** Left and right margin of a column of text, in points along u. */
export interface Frame {
  left: number
  right: number
}

export function linesOf(segments: readonly Segment[], frame: Frame): Line[] {
  const lines: Line[] = []
  for (const segment of segments) {
    const line = lines.at(-1)
    const joins =
      line?.unit === segment.unit &&
      line.aligned === segment.aligned &&
      Math.abs(line.v - segment.v) < Math.max(line.size, segment.size) * 0.5 &&
      segment.u0 >= line.u1 - segment.size * 0.8
    if (line && joins) {
      line.segments.push(segment)
      line.end = segment.end
      line.u1 = Math.max(line.u1, segment.u1)
      line.text += ` ${segment.text}`
    } else {
      lines.push({ ...segment, segments: [segment], frame })
    }
  }
  return lines
}

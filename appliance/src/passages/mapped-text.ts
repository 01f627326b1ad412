import type { OffsetRun, Span } from '../model.ts'

/**
 * Text that remembers where it came from. `runs` are ordered by their place in `text`; characters between runs
 * (a space put in where two lines were joined) come from nowhere. Values, never changed in place.
 */
export interface MappedText {
  readonly text: string
  readonly runs: readonly OffsetRun[]
}

export const emptyText: MappedText = { text: '', runs: [] }

/** The part [start, end) of a text with the runs that made it. */
export function slice(source: MappedText, start: number, end: number): MappedText {
  const runs = clipped(source.runs, start, end)
  for (const run of runs) run[0] -= start
  return { text: source.text.slice(start, end), runs }
}

/** Texts put one after another with `separator` between them. */
export function join(parts: readonly MappedText[], separator: string): MappedText {
  let text = ''
  const runs: OffsetRun[] = []
  for (const [index, part] of parts.entries()) {
    if (index > 0) text += separator
    for (const run of part.runs) append(runs, [run[0] + text.length, run[1], run[2], run[3], run[4]])
    text += part.text
  }
  return { text, runs }
}

/** Without white space at both ends. */
export function trim(source: MappedText): MappedText {
  const start = source.text.length - source.text.trimStart().length
  const end = source.text.trimEnd().length
  return start === 0 && end === source.text.length ? source : slice(source, start, Math.max(start, end))
}

/** Adds a run, growing the last one where both continue it one to one. */
export function append(runs: OffsetRun[], run: OffsetRun): void {
  const last = runs.at(-1)
  const continues =
    last !== undefined &&
    last[1] === last[4] &&
    run[1] === run[4] &&
    last[2] === run[2] &&
    last[0] + last[1] === run[0] &&
    last[3] + last[4] === run[3]
  if (continues) runs[runs.length - 1] = [last[0], last[1] + run[1], last[2], last[3], last[4] + run[4]]
  else runs.push(run)
}

/**
 * Where the stretch [start, end) of a normalised text stands in the original units, in the order of the text.
 * A run whose length changed in normalising is answered as a whole: half a ligature is the ligature.
 */
export function originalSpans(source: { runs: readonly OffsetRun[] }, start: number, end: number): Span[] {
  const spans: Span[] = []
  for (const [, , unit, from, length] of clipped(source.runs, start, end)) {
    const last = spans.at(-1)
    if (last && last.unit === unit && last.end === from) last.end = from + length
    else spans.push({ unit, start: from, end: from + length })
  }
  return spans
}

/** The runs that touch [start, end), cut to it. */
function clipped(runs: readonly OffsetRun[], start: number, end: number): OffsetRun[] {
  const found: OffsetRun[] = []
  for (let i = firstEndingAfter(runs, start); i < runs.length && runs[i]![0] < end; i++) {
    const [at, length, unit, from, originalLength] = runs[i]!
    const first = Math.max(at, start)
    const last = Math.min(at + length, end)
    if (first >= last) continue
    const whole = length !== originalLength
    found.push([
      first,
      last - first,
      unit,
      whole ? from : from + first - at,
      whole ? originalLength : last - first,
    ])
  }
  return found
}

function firstEndingAfter(runs: readonly OffsetRun[], offset: number): number {
  let low = 0
  let high = runs.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (runs[middle]![0] + runs[middle]![1] > offset) high = middle
    else low = middle + 1
  }
  return low
}

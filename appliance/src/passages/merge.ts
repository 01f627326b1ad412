import type { Locator, OffsetRun, Passage } from '../model.ts'
import { join, slice } from './mapped-text.ts'

/**
 * One passage of two neighbours in reading order (`second` follows `first` in the document). What stands in both,
 * a repeated table header or the overlap of a cut sentence, is kept once. Id and ordinal are those of `first`.
 */
export function mergePassages(first: Passage, second: Passage): Passage {
  const rest = slice(second, repeatedUpTo(first, second), second.text.length)
  const last = first.runs.at(-1)
  const next = rest.runs[0]
  const goesOn =
    last !== undefined && next !== undefined && last[2] === next[2] && last[3] + last[4] === next[3]
  const { text, runs } = join([first, rest], goesOn ? '' : '\n')
  return {
    ...first,
    text,
    runs: [...runs],
    kind: first.kind === second.kind ? first.kind : 'text',
    headings: first.headings.slice(0, sharedLength(first.headings, second.headings)),
    locator: mergeLocators(first.locator, second.locator),
    tokens: first.tokens + second.tokens,
  }
}

/** Offset in `second` up to which its originals stand in `first` too. */
function repeatedUpTo(first: Passage, second: Passage): number {
  let end = 0
  for (const [start, length, unit, from, originalLength] of second.runs) {
    const holder = first.runs.find((run) => run[2] === unit && run[3] <= from && from < run[3] + run[4])
    if (holder === undefined) break
    const inBoth = Math.min(originalLength, holder[3] + holder[4] - from)
    if (inBoth < originalLength) return length === originalLength ? start + inBoth : start
    end = start + length
  }
  return skipBreak(second, end)
}

function skipBreak(passage: { text: string; runs: readonly OffsetRun[] }, offset: number): number {
  return offset > 0 && /\s/.test(passage.text[offset] ?? '') ? offset + 1 : offset
}

function sharedLength(a: readonly string[], b: readonly string[]): number {
  const end = a.findIndex((heading, depth) => heading !== b[depth])
  return end === -1 ? a.length : end
}

function mergeLocators(first: Locator, second: Locator): Locator {
  if (first.kind === 'page' && second.kind === 'page') return { ...first, to: Math.max(first.to, second.to) }
  if (first.kind === 'slide' && second.kind === 'slide')
    return { ...first, to: Math.max(first.to, second.to) }
  if (first.kind === 'sheet' && second.kind === 'sheet' && first.name === second.name) {
    return { ...first, range: uniteRanges(first.range, second.range) }
  }
  return first
}

/** The smallest range around both, as "A3:F90". Words beside the cells, such as the sheet's name, have none (''). */
function uniteRanges(first: string, second: string): string {
  const corners = [...`${first}:${second}`.matchAll(/([A-Z]+)(\d+)/g)]
  if (corners.length === 0) return ''
  const columns = corners.map(([, column]) => column!)
  columns.sort((a, b) => a.length - b.length || (a < b ? -1 : 1))
  const rows = corners.map(([, , row]) => Number(row))
  return `${columns[0]}${Math.min(...rows)}:${columns.at(-1)}${Math.max(...rows)}`
}

import type { Range } from './spans.ts'

/** One run of text on a page as PDF.js gives it. */
export interface TextRun {
  str: string
  hasEOL: boolean
}

/**
 * The text of a page and where each run stands in it. The parser of the box joins runs by the same rule with the same
 * version of PDF.js, so that offsets mean the same on both sides.
 */
export function joinRuns(runs: readonly TextRun[]): { text: string; places: Range[] } {
  let text = ''
  const places = runs.map(({ str, hasEOL }) => {
    const start = text.length
    text += hasEOL ? `${str}\n` : str
    return { start, end: start + str.length }
  })
  return { text, places }
}

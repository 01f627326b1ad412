import type { Range } from '../preview/spans.ts'

/**
 * The part of a long text to show first, `length` characters that hold as many marked ones as possible, beginning at a
 * line or sentence where one begins shortly before. `marked` is in order and apart. Returns [start, end).
 */
export function excerpt(text: string, marked: readonly Range[], length: number): Range {
  if (text.length <= length) return { start: 0, end: text.length }
  let best = { start: 0, held: 0 }
  for (const { start } of marked) {
    const held = marked
      .filter((range) => range.start >= start && range.end <= start + length * 0.7)
      .reduce((sum, range) => sum + range.end - range.start, 0)
    if (held > best.held) best = { start, held }
  }
  // Some words before the first marked one, so that it stands in its sentence.
  const lead = text.slice(Math.max(0, best.start - length * 0.25), best.start)
  const boundary = Math.max(lead.lastIndexOf('\n'), lead.lastIndexOf('。'), lead.lastIndexOf('. '))
  const start = boundary >= 0 ? best.start - lead.length + boundary + 1 : best.start - lead.length
  const from = Math.min(Math.max(0, Math.floor(start)), text.length - length)
  return { start: from, end: from + length }
}

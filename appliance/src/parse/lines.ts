import type { Span } from '../model.ts'

/** The lines of a text as spans of `unit`, without line ends and without white space around them. */
export function* linesOf(text: string, unit = 0): Generator<Span & { text: string; indent: number }> {
  let at = 0
  while (at <= text.length) {
    let end = at
    while (end < text.length && text[end] !== '\n' && text[end] !== '\r') end++
    const line = text.slice(at, end)
    const body = line.trim()
    const indent = line.length - line.trimStart().length
    yield {
      unit,
      start: at + (body ? indent : 0),
      end: at + (body ? indent + body.length : 0),
      text: body,
      indent,
    }
    at = end + (text[end] === '\r' && text[end + 1] === '\n' ? 2 : 1)
  }
}

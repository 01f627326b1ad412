import { cut, type Range } from './spans.ts'

/** [start, end) of `text`, with what lies in `ranges` marked. */
export function Marked({
  text,
  start,
  end,
  ranges,
}: {
  text: string
  start: number
  end: number
  ranges: readonly Range[]
}) {
  return cut(start, end, ranges).map((piece) => {
    const content = text.slice(piece.start, piece.end)
    return piece.marked ? <mark key={piece.start}>{content}</mark> : content
  })
}

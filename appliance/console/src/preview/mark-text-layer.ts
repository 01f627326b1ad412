import { cut, type Range } from './spans.ts'

/**
 * Wraps the stretches of a text layer that lie in `ranges` into <mark>, and returns the marks in reading order.
 * `elements[i]` holds exactly the text that stands at `places[i]`.
 */
export function markRanges(
  elements: readonly HTMLElement[],
  places: readonly Range[],
  ranges: readonly Range[],
): HTMLElement[] {
  const marks: HTMLElement[] = []
  elements.forEach((element, index) => {
    const { start, end } = places[index]!
    const pieces = cut(start, end, ranges)
    if (!pieces.some(({ marked }) => marked)) return
    const text = element.textContent
    element.replaceChildren(
      ...pieces.map((piece) => {
        const content = text.slice(piece.start - start, piece.end - start)
        if (!piece.marked) return content
        const mark = document.createElement('mark')
        mark.textContent = content
        marks.push(mark)
        return mark
      }),
    )
  })
  return marks
}

/** A run of an answer's text as the reader sees it, and where it stands in the source text (-1: not found there). */
export interface Leaf {
  text: string
  at: number
}

/** A stretch of a leaf after citations and unsupported ranges have been placed. */
export type Run = { kind: 'text'; text: string; unsupported: boolean } | { kind: 'citation'; index: number }

/**
 * Finds where in `source` the next leaf stands, at or after `cursor`. Markdown takes away marks and indentation but
 * keeps the order of the words, so each leaf stands behind the one before it; a leaf that is not found word for word
 * (its lines were indented) is placed by its first line.
 */
export function locate(source: string, text: string, cursor: number): number {
  const whole = source.indexOf(text, cursor)
  if (whole >= 0) return whole
  const line = text.split('\n', 1)[0]!
  return line === '' ? -1 : source.indexOf(line, cursor)
}

/**
 * Distributes citations over leaves: `at` is an offset into the source text behind which a citation stands. It goes
 * to the last leaf that begins before it, so that it follows the words it belongs to even where marks of Markdown
 * stand between. Returns for each leaf the citations [index, offset within the leaf].
 */
export function assign(
  leaves: readonly Leaf[],
  citations: readonly { at: number }[],
): [index: number, offset: number][][] {
  const placed: [number, number][][] = leaves.map(() => [])
  const located = leaves.flatMap((leaf, index) => (leaf.at < 0 ? [] : [{ ...leaf, index }]))
  citations.forEach(({ at }, citation) => {
    const leaf = located.findLast((candidate) => candidate.at < at) ?? located[0]
    if (leaf) placed[leaf.index]!.push([citation, Math.min(leaf.text.length, Math.max(0, at - leaf.at))])
  })
  return placed
}

/** Cuts one leaf at its citations and at the ends of unsupported ranges (offsets into the source text). */
export function cutLeaf(
  leaf: Leaf,
  citations: readonly [index: number, offset: number][],
  unsupported: readonly { start: number; end: number }[],
): Run[] {
  const { text } = leaf
  const inside = unsupported
    .map(({ start, end }) => ({
      start: Math.max(0, start - leaf.at),
      end: Math.min(text.length, end - leaf.at),
    }))
    .filter(({ start, end }) => leaf.at >= 0 && start < end)
  const cuts = [
    ...new Set([
      0,
      text.length,
      ...citations.map(([, offset]) => offset),
      ...inside.flatMap(({ start, end }) => [start, end]),
    ]),
  ].sort((a, b) => a - b)
  const runs: Run[] = []
  cuts.forEach((cut, i) => {
    for (const [index, offset] of citations) if (offset === cut) runs.push({ kind: 'citation', index })
    const next = cuts[i + 1]
    if (next === undefined) return
    runs.push({
      kind: 'text',
      text: text.slice(cut, next),
      unsupported: inside.some(({ start, end }) => start <= cut && next <= end),
    })
  })
  return runs
}

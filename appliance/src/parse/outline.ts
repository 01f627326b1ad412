/** Deepest heading level of the model. */
const deepest = 6

/** A block that may be a heading. Ranks order headings from the outermost; equal ranks are siblings. */
export interface Candidate {
  rank: number | null
}

/**
 * Heading levels for blocks in reading order; null where a block is no heading. Three headings of one rank in a
 * row with nothing between them are a list or a table of contents, and so are two of the inner ranks (1., （1）).
 * The ranks that remain are numbered through from `outermost`, without gaps.
 */
export function headingLevels(blocks: readonly Candidate[], outermost = 1): (number | null)[] {
  const ranks = blocks.map((block) => block.rank)
  for (let i = 0; i < ranks.length; ) {
    let end = i + 1
    while (end < ranks.length && ranks[i] !== null && blocks[end]!.rank === blocks[i]!.rank) end++
    const tooMany = (ranks[i] ?? 0) >= 6 ? 2 : 3
    if (end - i >= tooMany) ranks.fill(null, i, end)
    i = end
  }
  const used = [...new Set(ranks.filter((rank) => rank !== null))].sort((a, b) => a - b)
  return ranks.map((rank) => (rank === null ? null : Math.min(deepest, outermost + used.indexOf(rank))))
}

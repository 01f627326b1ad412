import type { Hit } from '../model.ts'

/** How much the document counts against the passage (whose score is at most 1 by each method). */
const documentWeight = 0.4
/** A document is as good as the mean of its best passages; one good sentence in a wrong document weighs less. */
const bestPassages = 3

/**
 * Candidates, best first, with what their document as a whole has to say added: a passage gains when others of the
 * same document fit the question too.
 */
export function withDocumentScores(candidates: readonly Hit[]): Hit[] {
  const scores = new Map<string, number>()
  for (const [source, hits] of Map.groupBy(candidates, (hit) => hit.source.id)) {
    const best = hits
      .map((hit) => hit.score)
      .sort((a, b) => b - a)
      .slice(0, bestPassages)
    // Documents of one passage (a short note, a card) are not held back for having no second.
    scores.set(source, best.reduce((sum, score) => sum + score, 0) / best.length)
  }
  const highest = Math.max(...scores.values())
  return candidates
    .map((hit) => ({
      ...hit,
      score: hit.score + (highest > 0 ? (documentWeight * scores.get(hit.source.id)!) / highest : 0),
    }))
    .sort((a, b) => b.score - a.score)
}

import type { MethodScore } from '../model.ts'
import type { Scored } from './passage-index.ts'

export interface Fused {
  passage: number
  score: number
  words: MethodScore | null
  vectors: MethodScore | null
}

/**
 * A cosine this much below the best one weighs as much as the best word score. The scores of e5 lie close together and their level differs
 * from question to question, but their differences mean the same in every collection, however large it is: of .05,
 * .06, .08 and .1 in bench/retrieval, .08 did best or as good as best on all five sets.
 */
const cosineRange = 0.08

/**
 * One list of what two methods found: closeness to the best cosine plus the share of the best word score, both 1 for
 * the best.
 * Adding scores keeps by how much a method prefers a passage; ranks (reciprocal rank fusion) throw it away, and lost
 * in every comparison. `wordsWeight` says what the words count for a passage (0-1).
 */
export function fuse(
  found: { words: readonly Scored[]; vectors: readonly Scored[] },
  wordsWeight: (passage: number) => number,
): Fused[] {
  const words = ranked(found.words)
  const vectors = ranked(found.vectors)
  const bestWords = found.words[0]?.score ?? 0
  const bestCosine = found.vectors[0]?.score ?? 0
  // Whatever vectors did not return is at best as close as the last that they did.
  const lastCosine = found.vectors.at(-1)?.score ?? 0
  return [...new Set([...vectors.keys(), ...words.keys()])]
    .map((passage) => {
      const inWords = words.get(passage) ?? null
      const inVectors = vectors.get(passage) ?? null
      const closeness = 1 - (bestCosine - (inVectors?.score ?? lastCosine)) / cosineRange
      const share = inWords && bestWords > 0 ? inWords.score / bestWords : 0
      return { passage, score: closeness + wordsWeight(passage) * share, words: inWords, vectors: inVectors }
    })
    .sort((a, b) => b.score - a.score || a.passage - b.passage)
}

function ranked(found: readonly Scored[]): Map<number, MethodScore> {
  return new Map(found.map(({ passage, score }, index) => [passage, { rank: index + 1, score }]))
}

import type { Hit } from '../model.ts'
import { analyse } from './analyse.ts'
import { coefficients } from './confidence-table.ts'
import type { Scored } from './passage-index.ts'
import { queryTerms } from './terms.ts'

/** Below this the documents most likely do not hold the answer: say so instead of answering. */
export const refusalThreshold = coefficients.threshold

export interface Features {
  /** Best cosine, and how far it stands above the fiftieth. */
  cosine: number
  peak: number
  /** Share of the question's term weight found in the best hit, and in the best three together. */
  coverage: number
  coverageOfThree: number
  /** Best word score for each unit of term weight. */
  wordScore: number
  /** 1 when both methods put the same passage first, less by the rank the other method gives it. */
  agreement: number
}

/**
 * Probability (0-1) that the documents hold the answer, by logistic regression over features of what was found.
 * The coefficients come from bench/retrieval/calibrate.ts.
 */
export function confidenceOf(
  question: string,
  found: { words: readonly Scored[]; vectors: readonly Scored[] },
  candidates: readonly Hit[],
): number {
  if (candidates.length === 0) return 0
  const features = featuresOf(question, found, candidates)
  const names = Object.keys(coefficients.weights) as (keyof Features)[]
  const sum = names.reduce(
    (total, name) => total + coefficients.weights[name] * features[name],
    coefficients.intercept,
  )
  return 1 / (1 + Math.exp(-sum))
}

export function featuresOf(
  question: string,
  found: { words: readonly Scored[]; vectors: readonly Scored[] },
  candidates: readonly Hit[],
): Features {
  const terms = queryTerms(question)
  const weight = terms.reduce((sum, term) => sum + term.weight, 0) || 1
  const [first] = candidates
  const cosine = found.vectors[0]?.score ?? 0
  const share = (hits: readonly Hit[]) => {
    const present = new Set(
      hits.flatMap(({ passage }) => analyse([passage.title, ...passage.headings, passage.text].join('\n'))),
    )
    return terms.reduce((sum, term) => sum + (present.has(term.term) ? term.weight : 0), 0) / weight
  }
  return {
    cosine,
    peak: cosine - (found.vectors[Math.min(49, found.vectors.length - 1)]?.score ?? 0),
    coverage: share(candidates.slice(0, 1)),
    coverageOfThree: share(candidates.slice(0, 3)),
    wordScore: (found.words[0]?.score ?? 0) / weight,
    agreement: 2 / ((first?.why.words?.rank ?? 200) + (first?.why.vectors?.rank ?? 200)),
  }
}

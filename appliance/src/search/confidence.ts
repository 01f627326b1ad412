import type { Hit } from '../model.ts'
import { analyse } from './analyse.ts'
import { answerPatterns } from './answer-type.ts'
import { coefficients, threshold } from './confidence-table.ts'
import { languageOf } from './language.ts'
import { namedIn } from './named.ts'
import type { Scored } from './passage-index.ts'
import { queryTerms } from './terms.ts'

/** Below this the documents most likely do not hold the answer: say so instead of answering. */
export const refusalThreshold = threshold

/** What the confidence rests on. Shares are 0-1, flags 0 or 1. */
export interface Grounds {
  /** Best cosine. */
  cosine: number
  /** Share of the question's term weight that the best passage holds. */
  coverage: number
  /** 1 when both methods put the same passage first, less the further down the other one has it. */
  agreement: number
  /** The question names a place, and none of the best five passages or their titles does. */
  placeMissing: number
  /** The question names a year, and none of the best three passages or their titles does. */
  yearMissing: number
  /** The question asks for an amount, a share, a time, and none of the best three passages holds one. */
  kindMissing: number
  /** Question and best passage are in different languages, where cosines are lower and say less, and words fewer. */
  across: number
  /** How far the best cosine lies above the usual level of such pairs in that case, else 0. */
  cosineAcross: number
}

/** Between an English question and a Chinese passage, e5. Near the middle, so that the fit is well conditioned. */
const usualCosineAcross = 0.85

/**
 * Probability (0-1) that the documents hold the answer, by logistic regression over its grounds. The coefficients
 * come from bench/retrieval/calibrate.ts, which says how well it does.
 */
export function confidenceOf(grounds: Grounds): number {
  const names = Object.keys(coefficients.weights) as (keyof Grounds)[]
  const sum = names.reduce(
    (total, name) => total + coefficients.weights[name] * grounds[name],
    coefficients.intercept,
  )
  return 1 / (1 + Math.exp(-sum))
}

/** Grounds for a question, from what both methods found and the candidates in their final order. */
export function groundsOf(
  question: string,
  found: { words: readonly Scored[]; vectors: readonly Scored[] },
  candidates: readonly Hit[],
): Grounds {
  const terms = queryTerms(question)
  const weight = terms.reduce((sum, term) => sum + term.weight, 0) || 1
  const texts = candidates.slice(0, 5).map(({ passage, source }) => {
    return [source.title, passage.title, ...passage.headings, passage.text].join('\n')
  })
  const held = new Set(analyse(texts[0] ?? ''))
  const covered = terms.reduce((sum, term) => sum + (held.has(term.term) ? term.weight : 0), 0)
  const best = texts.slice(0, 3).join('\n')
  const all = texts.join('\n')
  const named = namedIn(question)
  const [first] = candidates
  const cosine = found.vectors[0]?.score ?? 0
  const across = Number(first !== undefined && languageOf(question) !== languageOf(first.passage.text))
  const reciprocal = (rank: number | undefined) => (rank === undefined ? 0 : 1 / rank)
  return {
    cosine,
    coverage: covered / weight,
    agreement: (reciprocal(first?.why.words?.rank) + reciprocal(first?.why.vectors?.rank)) / 2,
    placeMissing: Number(named.places.some((names) => !names.some((name) => all.includes(name)))),
    yearMissing: Number(named.years.some((year) => !best.includes(year))),
    kindMissing: Number(answerPatterns(question).some((pattern) => !pattern.test(best))),
    across,
    cosineAcross: across * (cosine - usualCosineAcross),
  }
}

import type { Hit } from '../../src/model.ts'
import type { BenchQuestion } from './question-set.ts'

/** How the hits of one question stood, ranks from 1; null: not among them. */
export interface Verdict {
  /** Rank of the first hit that holds some evidence. */
  evidence: number | null
  /** Rank of the first hit from a right document. */
  document: number | null
  /** Whether each piece of evidence stands in the first five hits. */
  allInFive: boolean
  /** Discounted gain of the pieces of evidence in the first ten hits, as a share of the best possible. */
  ndcg: number
  /** Characters of the first five hits together, white space removed. */
  characters: number
}

/**
 * Judges hits by the rule of the bench: evidence counts as found when it comes from its document and the passage
 * holds, white space removed, the whole quote or its first or last half. Where a set names documents only, a hit
 * from the document counts. `documentOf` names the document of a hit.
 */
export function judge(
  question: BenchQuestion,
  hits: readonly Hit[],
  documentOf: (hit: Hit) => string,
): Verdict {
  const texts = hits.map((hit) => squeeze(hit.passage.text))
  const holds = (place: { document: string; quote: string }, index: number) =>
    documentOf(hits[index]!) === place.document &&
    halves(place.quote).some((part) => texts[index]!.includes(part))
  const wanted = question.evidence.length > 0 ? question.evidence : question.documents.map(wholeDocument)
  const accepted = [...wanted, ...question.alternatives]
  const firstOf = (test: (index: number) => boolean) => {
    const index = hits.findIndex((_, at) => test(at))
    return index === -1 ? null : index + 1
  }
  const ranks = wanted.map((place) => firstOf((at) => holds(place, at)))
  return {
    evidence: firstOf((at) => accepted.some((place) => holds(place, at))),
    document: firstOf((at) => question.documents.includes(documentOf(hits[at]!))),
    allInFive: ranks.every((rank) => rank !== null && rank <= 5),
    ndcg: ndcgAt10(ranks),
    characters: texts.slice(0, 5).reduce((sum, text) => sum + Array.from(text).length, 0),
  }
}

/** The empty quote stands in every passage. */
const wholeDocument = (document: string) => ({ document, quote: '' })

/** Each piece of evidence is worth one at its best rank; two pieces in one hit share its rank. */
function ndcgAt10(ranks: readonly (number | null)[]): number {
  const gain = (rank: number) => 1 / Math.log2(rank + 1)
  const found = [...new Set(ranks)].reduce<number>(
    (sum, rank) => sum + (rank !== null && rank <= 10 ? gain(rank) : 0),
    0,
  )
  const distinct = new Set(ranks.map((rank, at) => rank ?? `missed ${at}`)).size
  const best = Array.from({ length: Math.min(distinct, 10) }, (_, at) => gain(at + 1)).reduce(
    (a, b) => a + b,
    0,
  )
  return best === 0 ? 0 : found / best
}

function halves(quote: string): string[] {
  const whole = squeeze(quote)
  const middle = Math.floor(whole.length / 2)
  return [whole, whole.slice(0, middle), whole.slice(middle)]
}

/** NFKC as the passages are, white space removed. */
function squeeze(text: string): string {
  return text.normalize('NFKC').replace(/\s+/g, '')
}

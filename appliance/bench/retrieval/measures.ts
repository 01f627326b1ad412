import type { Verdict } from './judge.ts'

export interface Measures {
  'hit@1': number
  'hit@5': number
  'hit@10': number
  mrr: number
  'ndcg@10': number
  'doc@5': number
  'allEvidence@5': number
}

/** Shares over questions, three decimals; mrr counts the first ten hits. */
export function measure(verdicts: readonly Verdict[]): Measures {
  const mean = (of: (verdict: Verdict) => number) =>
    verdicts.length === 0
      ? 0
      : Math.round((verdicts.reduce((sum, verdict) => sum + of(verdict), 0) / verdicts.length) * 1000) / 1000
  const within = (rank: number | null, most: number) => (rank !== null && rank <= most ? 1 : 0)
  return {
    'hit@1': mean(({ evidence }) => within(evidence, 1)),
    'hit@5': mean(({ evidence }) => within(evidence, 5)),
    'hit@10': mean(({ evidence }) => within(evidence, 10)),
    mrr: mean(({ evidence }) => (evidence !== null && evidence <= 10 ? 1 / evidence : 0)),
    'ndcg@10': mean(({ ndcg }) => ndcg),
    'doc@5': mean(({ document }) => within(document, 5)),
    'allEvidence@5': mean(({ allInFive }) => Number(allInFive)),
  }
}

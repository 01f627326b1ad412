import type { Answer } from '../../src/model.ts'
import type { BenchQuestion } from '../retrieval/question-set.ts'

/** Each group is one thing that the answer must say; its forms are ways of saying it. */
export type AnswerKeys = readonly (readonly string[])[]

/** What became of one question, from its search to the citations under its answer. */
export interface Verdict {
  question: BenchQuestion
  refused: boolean
  /** Share of the key groups that the answer's text has, and that the passages it was written from have. */
  keys: number
  keysSent: number
  citations: number
  /** Citations whose quote stands in the evidence of the right document, or the evidence in it. */
  onEvidence: number
  dropped: number
  unsupported: number
  ms: number
}

export function judge(
  question: BenchQuestion,
  keys: AnswerKeys,
  answer: Answer,
  documentAt: (path: string) => string,
): Verdict {
  const evidence = [...question.evidence, ...question.alternatives]
  const onEvidence = answer.citations.filter(({ quote, source }) =>
    evidence.some((place) => place.document === documentAt(source.path) && overlap(quote, place.quote)),
  )
  return {
    question,
    refused: answer.outcome === 'not-in-documents',
    keys: shareOf(keys, answer.text),
    keysSent: shareOf(keys, answer.passages.map(({ text }) => text).join('\n')),
    citations: answer.citations.length,
    onEvidence: onEvidence.length,
    dropped: answer.dropped,
    unsupported: answer.unsupported.length,
    ms: answer.timings.totalMs,
  }
}

function shareOf(keys: AnswerKeys, text: string): number {
  if (keys.length === 0) return 1
  const squeezed = squeeze(text)
  return keys.filter((forms) => forms.some((form) => squeezed.includes(squeeze(form)))).length / keys.length
}

/** The rule of bench:retrieval, either way round: the whole of one in the other, or the first or last half. */
function overlap(quote: string, evidence: string): boolean {
  const [one, other] = [squeeze(quote), squeeze(evidence)]
  const middle = Math.floor(other.length / 2)
  return (
    other.includes(one) ||
    [other, other.slice(0, middle), other.slice(middle)].some((part) => one.includes(part))
  )
}

/** NFKC as the passages are, white space removed; letters in one case. */
function squeeze(text: string): string {
  return text.normalize('NFKC').replace(/\s+/g, '').toLowerCase()
}

/**
 * Answers a question by quoting: chooses and orders the best sentences of the passages and cites each. A pure
 * function, the same on the gateway (provider `extractive`) and on a box without connection. It claims nothing
 * that is not written in a passage.
 */
import { type Chosen, choose } from './extractive/choose.ts'
import { rank } from './extractive/rank.ts'
import { quotesOf } from './extractive/sentences.ts'
import type { AskBody } from './protocol.ts'

export type ExtractiveQuestion = Pick<AskBody, 'question' | 'history' | 'passages' | 'language' | 'terms'>

/** The answer, each sentence followed by the number of its passage (`…。[2]`); empty when there are no passages. */
export function extract(question: ExtractiveQuestion): string {
  const quotes = question.passages.flatMap(quotesOf)
  return write(choose(quotes, rank(question, quotes)), question.passages)
}

/** The same in small stretches, as a model would write it. */
export function* extractInDeltas(question: ExtractiveQuestion): Generator<string> {
  for (const [delta] of extract(question).matchAll(/[\s\S]{1,12}(?:\[\d+\])?/gu)) yield delta
}

function write(chosen: readonly Chosen[], passages: ExtractiveQuestion['passages']): string {
  return chosen
    .map(({ quotes, passage }) => `${quotes.map(({ text }) => text).join('\n')}[${passages[passage]!.n}]`)
    .join('\n')
}

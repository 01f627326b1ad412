/**
 * Answers a question by quoting: chooses and orders the best sentences of the passages and cites each. A pure
 * function, the same on the gateway (provider `extractive`) and on a box without connection. It claims nothing
 * that is not written in a passage.
 */
import { choose } from './extractive/choose.ts'
import { statements } from './extractive/headings.ts'
import { rank } from './extractive/rank.ts'
import { type Quote, quotesOf } from './extractive/sentences.ts'
import type { AskBody } from './protocol.ts'

export type ExtractiveQuestion = Pick<AskBody, 'question' | 'history' | 'passages' | 'terms'>

/** The answer, each sentence followed by the number of its passage (`…。[2]`); empty when there are no passages. */
export function extract(question: ExtractiveQuestion): string {
  const quotes = question.passages.flatMap(quotesOf)
  const answering = new Set(statements(quotes, question.passages))
  const ranked = rank(question, quotes).filter(({ quote }) => answering.has(quote))
  const chosen = choose(quotes, ranked)
  return chosen
    .map((quote, at) => `${at === 0 ? '' : gap(chosen[at - 1]!, quote)}${write(quote, question.passages)}`)
    .join('')
}

/** The same in small stretches, as a model would write it. */
export function* extractInDeltas(question: ExtractiveQuestion): Generator<string> {
  for (const [delta] of extract(question).matchAll(/\[\d+\]|[^[]{1,12}|\[/gu)) yield delta
}

/** Numbers in brackets that stand in a document (its own references) would be taken for citations of ours. */
const bracketedNumbers = /[[【［〔](\s*\^?\d{1,2}(?:\s*[,，、;；~～–-]\s*\d{1,2})*\s*)[\]】］〕]/gu

function write(quote: Quote, passages: ExtractiveQuestion['passages']): string {
  // A line break inside a quote is the document's layout, not the answer's.
  const text = quote.text.replace(/\s*\n\s*/g, ' ').replace(bracketedNumbers, '($1)')
  return `${text}[${passages[quote.passage]!.n}]`
}

/** Sentences that follow one another in their passage run on; everything else begins a line. */
function gap(before: Quote, quote: Quote): string {
  const runsOn = before.passage === quote.passage && before.order + 1 === quote.order
  if (!runsOn || quote.kind === 'row' || quote.leadIn !== null) return '\n'
  return /\p{Script=Han}/u.test(quote.text) ? '' : ' '
}

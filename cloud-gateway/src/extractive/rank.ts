/** How well each quote answers the question. */
import type { ExtractiveQuestion } from '../extractive.ts'
import { expectationOf } from './expectation.ts'
import type { Quote } from './sentences.ts'
import { subjectWeight, termsOf } from './terms.ts'

export interface Ranked {
  quote: Quote
  /** Comparable within one question only. */
  score: number
  /** Weight of each term of the question that the quote, or what it stands under, has. */
  covers: Map<string, number>
}

/** Found by measurement on policy-qa-dev (docs/decisions/502-extractive-answers.md). */
const weights = {
  overlap: 1,
  around: 0.35,
  title: 0.3,
  history: 0.3,
  hint: 0.8,
  prior: 0.35,
  expectation: 0.3,
}

export function rank(question: ExtractiveQuestion, quotes: readonly Quote[]): Ranked[] {
  const bags = quotes.map((quote) => termsOf(quote.text))
  const titles = question.passages.map(({ title }) => termsOf(title))
  const wanted = weigh(wantedTerms(question), bags, titles)
  const total = [...wanted.values()].reduce((sum, weight) => sum + weight, 0) || 1
  const expects = expectationOf(question.question)
  return quotes.map((quote, at) => {
    const covers = new Map<string, number>()
    const cover = (bag: Map<string, number>, factor: number) => {
      for (const [term, weight] of wanted) {
        if (bag.has(term)) covers.set(term, Math.max(covers.get(term) ?? 0, weight * factor))
      }
    }
    cover(bags[at]!, weights.overlap)
    for (const near of [at - 1, at + 1]) {
      if (quotes[near]?.passage === quote.passage) cover(bags[near]!, weights.around)
    }
    if (quote.leadIn !== null) cover(bags[at - (quote.order - quote.leadIn)]!, weights.overlap * 0.8)
    cover(titles[quote.passage]!, weights.title)
    const overlap = [...covers.values()].reduce((sum, weight) => sum + weight, 0) / total
    const prior = 1 / (1 + 0.35 * quote.passage)
    const score =
      (overlap + weights.prior * prior + weights.expectation * expects(quote.text)) * lengthFactor(quote.text)
    return { quote, score, covers }
  })
}

function wantedTerms({ question, history, terms }: ExtractiveQuestion): Map<string, number> {
  const wanted = new Map<string, number>()
  const want = (text: string, factor: number) => {
    for (const term of termsOf(text).keys()) {
      wanted.set(term, Math.max(wanted.get(term) ?? 0, factor * subjectWeight(term)))
    }
  }
  const before = history.findLast(({ role }) => role === 'user')
  if (before) want(before.content, weights.history)
  for (const term of terms ?? []) want(term, weights.hint)
  want(question, 1)
  return wanted
}

/** Rare terms count more; terms that no passage has count nothing. */
function weigh(
  wanted: Map<string, number>,
  bags: readonly Map<string, number>[],
  titles: readonly Map<string, number>[],
): Map<string, number> {
  const weighed = new Map<string, number>()
  for (const [term, factor] of wanted) {
    const having = bags.filter((bag) => bag.has(term)).length
    if (factor === 0 || (having === 0 && !titles.some((title) => title.has(term)))) continue
    weighed.set(term, factor * Math.log(1 + (bags.length - having + 0.5) / (having + 0.5)))
  }
  return weighed
}

/** Headings and scraps answer little. */
function lengthFactor(text: string): number {
  const letters = text.match(/[\p{L}\p{N}]/gu)?.length ?? 0
  return letters < 6 ? 0.3 : letters < 12 ? 0.7 : 1
}

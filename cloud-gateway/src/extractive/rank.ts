/** How well each quote answers the question. */
import type { ExtractiveQuestion } from '../extractive.ts'
import { expectationOf } from './expectation.ts'
import { isLabel } from './headings.ts'
import { amountsIn, rangeFit } from './ranges.ts'
import type { Quote } from './sentences.ts'
import { subjectWeight, termsOf } from './terms.ts'

export interface Ranked {
  quote: Quote
  /** Comparable within one question only. */
  score: number
  /** What the quote itself has of the question, the rank of its passage aside. */
  merit: number
  /** The question's terms that the quote, or what it stands under, has, with their weight. */
  covers: Map<string, number>
}

/** Found by measurement (docs/decisions/502-extractive-answers.md); only their ratios count. */
const weights = {
  own: 1.5,
  around: 0.35,
  title: 0.15,
  prior: 1.5,
  decay: 0.14,
  particular: 0.5,
  general: 0.3,
  preamble: 0.2,
  history: 0.25,
  hint: 1.1,
  range: 1,
  heading: 0.2,
  torn: 0.4,
  long: 0.6,
}

/** What documents begin and end with: it names every subject and answers nothing. */
const preamble =
  /^(?:为(?:了|全面|深入|进一步|认真|加强|贯彻|推动|规范)|根据《|按照《|依据《)|制定本|特制定|印发给|贯彻执行|通知如下|公布.{0,12}施行|文件$|起草(?:人|单位)/u

export function rank(question: ExtractiveQuestion, quotes: readonly Quote[]): Ranked[] {
  const bags = quotes.map((quote) => termsOf(quote.text))
  const titles = question.passages.map(({ title }) => termsOf(title))
  const wanted = weigh(wantedTerms(question), bags, titles)
  const total = sum(wanted.values()) || 1
  const amounts = amountsIn(question.question)
  const expects = expectationOf(question.question)
  return quotes.map((quote, at) => {
    const covers = new Map<string, number>()
    const cover = (bag: Map<string, number>, factor: number) => {
      for (const [term, weight] of wanted) {
        if (bag.has(term)) covers.set(term, Math.max(covers.get(term) ?? 0, weight * factor))
      }
    }
    cover(bags[at]!, weights.own)
    for (const near of [at - 1, at + 1]) {
      if (quotes[near]?.passage === quote.passage) cover(bags[near]!, weights.around)
    }
    if (quote.leadIn !== null) cover(bags[at - (quote.order - quote.leadIn)]!, 0.8)
    cover(titles[quote.passage]!, weights.title)
    const offer = expects(quote.text)
    const merit =
      sum(covers.values()) / total +
      weights.particular * offer.particular +
      weights.general * offer.general +
      weights.range * rangeFit(amounts, quote.text)
    const score =
      merit +
      weights.prior / (1 + weights.decay * quote.passage) -
      weights.long * Math.max(0, quote.text.length / 100 - 1) -
      (isLabel(quote) ? weights.heading : 0) -
      (isTorn(quote, quotes) ? weights.torn : 0) -
      (preamble.test(quote.text) ? weights.preamble : 0)
    return { quote, score: score * lengthFactor(quote.text), merit, covers }
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

/** Rare terms count more; terms that stand nowhere count nothing. */
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

/** The rest of a sentence that began before its passage: it reads so, or another passage has the whole. */
function isTorn({ text, order, passage }: Quote, quotes: readonly Quote[]): boolean {
  if (order > 0) return false
  if (/^(?:[，,、；;）)]|或(?!许)|及(?!时)|以及|并(?!网|购|列|联)|且|\p{Ll}{2})/u.test(text)) return true
  return quotes.some(
    (other) => other.passage !== passage && other.text.length > text.length && other.text.endsWith(text),
  )
}

/** Headings and scraps answer little. */
function lengthFactor(text: string): number {
  const letters = text.match(/[\p{L}\p{N}]/gu)?.length ?? 0
  return letters < 6 ? 0.3 : letters < 12 ? 0.7 : 1
}

function sum(values: Iterable<number>): number {
  let total = 0
  for (const value of values) total += value
  return total
}

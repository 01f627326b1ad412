/** Which quotes make the answer, and in what order. */
import type { Ranked } from './rank.ts'
import type { Quote } from './sentences.ts'

/** An answer is short: so many quotes, so many characters (the first quote is always taken). */
const most = { quotes: 5, characters: 420 }
/** What is less than this share of the best is left out. Found by measurement, as the others here. */
const choice = { share: 0.56, beside: 0.06, repeated: 0.1, samePassage: 0.14 }

/** "The above", "it", "the former": cannot be understood alone. */
const leansBack = /^(?:以上|上述|前述|前款|此项|该|其(?!他|中|余)|the above|these|this|it)/iu

/**
 * The best quotes, with what they need to be understood: what introduces a list item, and what a sentence leans
 * on. In the order of their worth, those that follow one another in a passage together.
 */
export function choose(all: readonly Quote[], ranked: readonly Ranked[]): Quote[] {
  const taken = takeBest(ranked)
  const chosen = new Set<Quote>()
  let characters = 0
  const take = (quote: Quote | undefined) => {
    if (!quote || chosen.has(quote)) return
    if (chosen.size > 0 && characters + quote.text.length > most.characters) return
    characters += quote.text.length
    chosen.add(quote)
  }
  for (const { quote } of taken) {
    take(quote)
    if (quote.leadIn !== null) take(nth(all, quote, quote.leadIn))
    else if (leansBack.test(quote.text)) take(nth(all, quote, quote.order - 1))
    for (const item of itemsOf(all, quote)) take(item)
  }
  return inReadingOrder([...chosen])
}

function takeBest(ranked: readonly Ranked[]): Ranked[] {
  const left = new Set(ranked)
  const taken: Ranked[] = []
  let best = 0
  while (taken.length < most.quotes) {
    let next: { ranked: Ranked; gain: number } | null = null
    for (const each of left) {
      const gain = gainOf(each, taken)
      if (!next || gain > next.gain) next = { ranked: each, gain }
    }
    if (!next || next.gain < choice.share * best) break
    best ||= next.gain
    left.delete(next.ranked)
    taken.push(next.ranked)
  }
  return taken
}

/** A quote is worth less for what has been said already, and more when it goes on where another ends. */
function gainOf(candidate: Ranked, taken: readonly Ranked[]): number {
  let gain = candidate.score
  for (const { quote, covers } of taken) {
    if (quote.passage === candidate.quote.passage) {
      gain += Math.abs(quote.order - candidate.quote.order) === 1 ? choice.beside : -choice.samePassage
    }
    let shared = 0
    for (const term of candidate.covers.keys()) if (covers.has(term)) shared += 1
    gain -= (choice.repeated * shared) / Math.max(1, candidate.covers.size)
  }
  return gain
}

function itemsOf(all: readonly Quote[], leadIn: Quote): Quote[] {
  return all.filter((quote) => quote.passage === leadIn.passage && quote.leadIn === leadIn.order)
}

function nth(all: readonly Quote[], beside: Quote, order: number): Quote | undefined {
  return all.find((quote) => quote.passage === beside.passage && quote.order === order)
}

/** Runs of neighbours stand where the first of them to be chosen stood. */
function inReadingOrder(chosen: readonly Quote[]): Quote[] {
  const left = new Set(chosen)
  const ordered: Quote[] = []
  for (const quote of chosen) {
    if (!left.has(quote)) continue
    const beside = (order: number) =>
      [...left].find((other) => other.passage === quote.passage && other.order === order)
    let first = quote
    for (let before = beside(first.order - 1); before; before = beside(first.order - 1)) first = before
    for (let next: Quote | undefined = first; next; next = beside(next.order + 1)) {
      ordered.push(next)
      left.delete(next)
    }
  }
  return ordered
}

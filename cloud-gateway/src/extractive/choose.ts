/** Which quotes make the answer, and in what order. */
import type { Ranked } from './rank.ts'
import type { Quote } from './sentences.ts'

/** An answer is short: so many quotes, so many characters (the first quote is always taken). */
const most = { quotes: 5, characters: 420 }
/**
 * What is less than this share of the best is left out, by its whole score and by its merit alone: else whatever
 * stands in the first passage would pad the answer. Found by measurement, as the others here.
 */
const choice = { share: 0.6, merit: 0.6, beside: 0.15, repeated: 0.1, samePassage: 0.14 }

/** "The above", "it", "the former": cannot be understood alone. */
const leansBack = /^(?:以上|上述|前述|前款|此项|该|其(?!他|中|余)|the above|these|this|it)/iu

/**
 * The best quotes in the order of their worth, each with what it needs to be understood: what introduces a list
 * item, the items of a list, what a sentence leans on. A quote that goes on where another ends follows it.
 */
export function choose(all: readonly Quote[], ranked: readonly Ranked[]): Quote[] {
  const chosen = new Set<Quote>()
  let characters = 0
  const fits = (quote: Quote | undefined): quote is Quote => {
    if (!quote || chosen.has(quote)) return false
    if (chosen.size > 0 && characters + quote.text.length > most.characters) return false
    characters += quote.text.length
    chosen.add(quote)
    return true
  }
  const groups = takeBest(ranked).map(({ quote }) =>
    fits(quote) ? [quote, ...neededFor(quote, all).filter(fits)].sort((a, b) => a.order - b.order) : [],
  )
  return chained(groups.filter((group) => group.length > 0))
}

function neededFor(quote: Quote, all: readonly Quote[]): Quote[] {
  const items = all.filter(({ passage, leadIn }) => passage === quote.passage && leadIn === quote.order)
  const before = quote.leadIn ?? (leansBack.test(quote.text) ? quote.order - 1 : null)
  return [...all.filter(({ passage, order }) => passage === quote.passage && order === before), ...items]
}

function takeBest(ranked: readonly Ranked[]): Ranked[] {
  const left = new Set(ranked)
  const taken: Ranked[] = []
  let best = 0
  while (taken.length < most.quotes) {
    let next: { ranked: Ranked; gain: number } | null = null
    for (const each of left) {
      if (each.merit < choice.merit * (taken[0]?.merit ?? 0)) continue
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

function chained(groups: readonly Quote[][]): Quote[] {
  const left = new Set(groups)
  const follows = (group: Quote[], last: Quote) =>
    group[0]!.passage === last.passage && group[0]!.order === last.order + 1
  const ordered: Quote[] = []
  for (const group of groups) {
    for (let next: Quote[] | undefined = left.has(group) ? group : undefined; next; ) {
      left.delete(next)
      ordered.push(...next)
      const last = next.at(-1)!
      next = [...left].find((other) => follows(other, last))
    }
  }
  return ordered
}

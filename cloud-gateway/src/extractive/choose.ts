/** Which quotes make the answer, and in what order. */
import type { Ranked } from './rank.ts'
import type { Quote } from './sentences.ts'

/** Neighbouring quotes of one passage, shown as one stretch under one citation. */
export interface Chosen {
  passage: number
  quotes: Quote[]
}

const most = { quotes: 5, characters: 600 }

export function choose(all: readonly Quote[], ranked: readonly Ranked[]): Chosen[] {
  const taken: Ranked[] = []
  const covered = new Map<string, number>()
  let left = [...ranked].sort((a, b) => b.score - a.score)
  const best = left[0]
  if (!best) return []
  let characters = 0
  while (left.length > 0 && taken.length < 4) {
    const next = left.map((r) => ({ r, gain: gain(r, covered, taken) })).sort((a, b) => b.gain - a.gain)[0]!
    if (taken.length > 0 && next.gain < 0.55 * best.score) break
    if (taken.length > 0 && characters + next.r.quote.text.length > most.characters) break
    taken.push(next.r)
    characters += next.r.quote.text.length
    for (const [t, w] of next.r.covers) covered.set(t, Math.max(covered.get(t) ?? 0, w))
    left = left.filter((r) => r !== next.r)
  }
  return taken.map((r) => ({ passage: r.quote.passage, quotes: [r.quote] }))
  void all
}

function gain(r: Ranked, covered: Map<string, number>, taken: readonly Ranked[]): number {
  let g = r.score
  void covered
  for (const t of taken)
    if (t.quote.passage === r.quote.passage && Math.abs(t.quote.order - r.quote.order) === 1) g += 0.1
  return g
}

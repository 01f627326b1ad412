import { createTurns } from './turns.ts'

/**
 * What stands before an atom: the border that a passage would begin at. `cut` is inside a sentence.
 */
export type Border = 'section' | 'block' | 'sentence' | 'cut'

/** The smallest thing a passage is made of: a sentence, a clause of a long one, a table row, a heading. */
export interface Atom {
  border: Border
  /** Length in model tokens and in characters without white space. */
  tokens: number
  characters: number
  /** Level of a heading (1 is the highest); 0 for everything else. */
  heading: number
}

export interface Limits {
  /** The length aimed at, and those never exceeded (one atom alone may). */
  targetTokens: number
  maxTokens: number
  maxCharacters: number
}

const borderCost: Record<Border, number> = { section: 0, block: 0.15, sentence: 0.35, cut: 1.2 }
/** A passage that ends in a heading leaves its section behind. */
const danglingHeadingCost = 4
/** A passage that runs across a heading mixes two subjects; the higher the heading, the worse. */
const mixingCost = [0, 0.6, 0.4, 0.25, 0.15, 0.1, 0.1]

/**
 * Divides atoms into consecutive ranges [start, end), each to be a passage: the division of least cost, where
 * passages should be about as long as aimed at, begin at strong borders, and not run across headings. Exact, by
 * dynamic programming over the atoms that fit together.
 */
export async function pack(atoms: readonly Atom[], limits: Limits): Promise<[start: number, end: number][]> {
  const turn = createTurns()
  const best = new Float64Array(atoms.length + 1).fill(Number.POSITIVE_INFINITY)
  const from = new Int32Array(atoms.length + 1)
  best[0] = 0
  for (let start = 0; start < atoms.length; start++) {
    const others = turn()
    if (others) await others
    let tokens = 0
    let characters = 0
    let mixing = 0
    let hasBody = false
    for (let end = start + 1; end <= atoms.length; end++) {
      const atom = atoms[end - 1]!
      tokens += atom.tokens
      characters += atom.characters
      const tooLong = tokens > limits.maxTokens || characters > limits.maxCharacters
      if (tooLong && end > start + 1) break
      if (atom.heading === 0) hasBody = true
      else if (hasBody) mixing += mixingCost[Math.min(atom.heading, mixingCost.length - 1)]!
      const cost = best[start]! + lengthCost(tokens / limits.targetTokens) + mixing + endCost(atoms, end)
      if (cost < best[end]!) {
        best[end] = cost
        from[end] = start
      }
    }
  }
  const ranges: [number, number][] = []
  for (let end = atoms.length; end > 0; end = from[end]!) ranges.push([from[end]!, end])
  return ranges.reverse()
}

function lengthCost(share: number): number {
  return share < 1 ? (1 - share) ** 2 : 2 * (share - 1) ** 2
}

function endCost(atoms: readonly Atom[], end: number): number {
  const next = atoms[end]
  if (next === undefined) return 0
  return borderCost[next.border] + (atoms[end - 1]!.heading > 0 ? danglingHeadingCost : 0)
}

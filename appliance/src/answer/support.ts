import { type Fact, factsIn, type Grounds, groundsOf, holds } from './facts.ts'

/** Half-open stretch of a text. */
export interface Stretch {
  start: number
  end: number
}

/** Functions of other rooms that the check needs. */
export interface TextTools {
  /** The sentences of a text, side by side. */
  sentences(text: string): Stretch[]
  /** The terms of a text (words, Chinese bigrams), as search knows them. */
  analyse(text: string): string[]
}

/** A passage made ready for many checks. */
export interface Source {
  text: string
  /** The passage with its title, headings and file name: places and years often stand only there. */
  grounds: Grounds
  sentences: (Stretch & { terms: ReadonlySet<string>; grounds: Grounds })[]
  language: 'zh' | 'en'
}

/** How a source bears out a stretch of an answer. */
export interface Support {
  /** The words relied on: offsets into the passage's text. */
  quote: Stretch
  /** Facts of the stretch that the source does not hold. */
  missing: Fact[]
  /** How many of them it holds. */
  held: number
  /** Share of the stretch's terms that the quote has, 0-1; 1 for a verbatim quotation. */
  coverage: number
  /** Whether the wording can be compared at all: not across languages. */
  sameLanguage: boolean
}

/**
 * A quote with less of a stretch's terms than this is about something else. On policy-qa-dev every reference answer
 * stays above .45 on its own evidence, and .4 % of the others reach .2 (docs/decisions/802).
 */
export const leastCoverage = 0.2

/** A quote grows over at most this many sentences and UTF-16 code units to take in facts that stand apart. */
const widestQuote = { sentences: 12, length: 600 }

export function prepareSource(passage: { text: string; context: string }, tools: TextTools): Source {
  return {
    text: passage.text,
    grounds: groundsOf(`${passage.context}\n${passage.text}`),
    sentences: tools.sentences(passage.text).map(({ start, end }) => {
      const text = passage.text.slice(start, end)
      return {
        ...trimmed(passage.text, start, end),
        terms: new Set(tools.analyse(text)),
        grounds: groundsOf(text),
      }
    }),
    language: languageOf(passage.text),
  }
}

/** Looks for the words in `source` that a stretch of an answer relies on. */
export function findSupport(stretch: string, source: Source, tools: TextTools): Support {
  const sameLanguage = languageOf(stretch) === source.language
  const facts = factsIn(stretch, { names: sameLanguage })
  const missing = facts.filter((fact) => !holds(source.grounds, fact))
  const held = facts.length - missing.length
  const exact = findVerbatim(stretch, source.text)
  if (exact) return { quote: exact, missing: [], held: facts.length, coverage: 1, sameLanguage }
  const terms = new Set(tools.analyse(stretch))
  const { quote, coverage } = bestWindow(
    source,
    facts.filter((fact) => !missing.includes(fact)),
    terms,
  )
  return { quote, missing, held, coverage, sameLanguage }
}

/** Whether one source's support carries a citation: all facts, and wording that is about the same thing. */
export function carries(support: Support): boolean {
  return support.missing.length === 0 && isAbout(support)
}

export function isAbout(support: Support): boolean {
  return !support.sameLanguage || support.coverage >= leastCoverage
}

/** Mostly Chinese characters or mostly words of letters. */
export function languageOf(text: string): 'zh' | 'en' {
  const han = text.match(/\p{Script=Han}/gu)?.length ?? 0
  const words = text.match(/\p{Script=Latin}{2,}/gu)?.length ?? 0
  return han === 0 && words === 0 ? 'zh' : han >= words ? 'zh' : 'en'
}

/** Consecutive sentences that hold most of the facts, then most of the terms, in the fewest words. */
function bestWindow(source: Source, facts: Fact[], terms: ReadonlySet<string>) {
  const { sentences } = source
  const factsOf = sentences.map(({ grounds }) => facts.map((fact) => holds(grounds, fact)))
  let best = { score: -1, coverage: 0, quote: { start: 0, end: source.text.length } }
  for (let first = 0; first < sentences.length; first++) {
    const seen = new Set<string>()
    const found = new Set<number>()
    for (let last = first; last < Math.min(sentences.length, first + widestQuote.sentences); last++) {
      const sentence = sentences[last]!
      const length = sentence.end - sentences[first]!.start
      if (length > widestQuote.length && last > first) break
      for (const term of terms) if (sentence.terms.has(term)) seen.add(term)
      for (const [index, holdsIt] of factsOf[last]!.entries()) if (holdsIt) found.add(index)
      const coverage = terms.size === 0 ? 0 : seen.size / terms.size
      const score = found.size * 2 + coverage - length / 2000 - (last - first) * 0.08
      if (score > best.score)
        best = { score, coverage, quote: { start: sentences[first]!.start, end: sentence.end } }
    }
  }
  return best
}

/** Where the stretch stands word for word, white space, width of characters and final punctuation aside. */
function findVerbatim(stretch: string, text: string): Stretch | null {
  const wanted = squeeze(stretch)
  const from = wanted.chars.search(/[\p{L}\p{N}]/u)
  const to = wanted.chars.search(/[^\p{L}\p{N}%)）】》”]*$/u)
  if (from < 0 || to - from < 6) return null
  const whole = squeeze(text)
  const at = whole.chars.indexOf(wanted.chars.slice(from, to))
  // "可以转让" does not stand in "不可以转让".
  if (at < 0 || /[不未非无没勿]/.test(whole.chars[at - 1] ?? '')) return null
  return { start: whole.offsets[at]!, end: whole.offsets[at + to - from - 1]! + 1 }
}

function squeeze(text: string): { chars: string; offsets: number[] } {
  let chars = ''
  const offsets: number[] = []
  for (let index = 0; index < text.length; index++) {
    const folded = text[index]!.normalize('NFKC').toLowerCase()
    // A character that folds to several would spoil the offsets; it stays as it is.
    const char = folded.length === 1 ? folded : text[index]!
    if (/\s/.test(char)) continue
    chars += char
    offsets.push(index)
  }
  return { chars, offsets }
}

function trimmed(text: string, start: number, end: number): Stretch {
  const part = text.slice(start, end)
  return { start: start + part.length - part.trimStart().length, end: start + part.trimEnd().length }
}

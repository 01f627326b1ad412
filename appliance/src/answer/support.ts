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
  /** What documents may call what a text names; Chinese words for English ones. */
  hints(text: string): string[]
}

/** A stretch of an answer that a citation stands for. */
export interface Claim {
  text: string
  facts: Fact[]
  terms: ReadonlySet<string>
  /** Terms of its hints, with which it is compared across languages. */
  hinted: ReadonlySet<string>
  language: 'zh' | 'en'
}

/** A passage made ready for many checks. */
export interface Source {
  text: string
  /** The passage with its title, headings and path: places and years often stand only there. */
  grounds: Grounds
  sentences: SourceSentence[]
  language: 'zh' | 'en'
}

interface SourceSentence extends Stretch {
  terms: ReadonlySet<string>
  grounds: Grounds
  /** The header row above, if this is a row of a table: it says what the cells are, and need not be quoted. */
  header: SourceSentence | null
}

/** How a source bears out a claim. */
export interface Support {
  /** The words relied on: offsets into the passage's text. */
  quote: Stretch
  /** Facts of the claim that the source does not hold. */
  missing: Fact[]
  /** How many of them it holds. */
  held: number
  /** Whether the quote is about the same thing, as far as wording can tell: across languages it cannot. */
  isAbout: boolean
}

/**
 * A quote with less of a claim's terms than this is about something else. On policy-qa-dev every reference answer
 * stays above .45 on its own evidence, and .4 % of the others reach .2 (docs/decisions/802).
 */
export const leastCoverage = 0.2

/** A quote grows over at most this many sentences and UTF-16 code units to take in facts that stand apart. */
const widestQuote = { sentences: 12, length: 600 }

/** What the header of a row says counts almost as if the row said it; a claim about the header itself quotes that. */
const fromHeader = 0.98

export function readClaim(text: string, tools: TextTools): Claim {
  return {
    text,
    facts: factsIn(text),
    terms: new Set(tools.analyse(text)),
    hinted: new Set(tools.hints(text).flatMap((hint) => tools.analyse(hint))),
    language: languageOf(text),
  }
}

export function prepareSource(passage: { text: string; context: string }, tools: TextTools): Source {
  return {
    text: passage.text,
    grounds: groundsOf(`${passage.context}\n${passage.text}`),
    sentences: readSentences(passage.text, tools),
    language: languageOf(passage.text),
  }
}

/** Rows of tables have tabs between their cells; the first one after other text is the header of those below. */
function readSentences(text: string, tools: TextTools): SourceSentence[] {
  const read: SourceSentence[] = []
  for (const { start, end } of tools.sentences(text)) {
    const words = text.slice(start, end)
    const isRow = words.includes('\t')
    const above = read.at(-1)
    const header = isRow && above && text.slice(above.start, above.end).includes('\t') ? above : null
    read.push({
      ...trimmed(text, start, end),
      terms: new Set(tools.analyse(words)),
      grounds: groundsOf(words),
      header: header?.header ?? header,
    })
  }
  return read
}

/** Looks for the words in `source` that a claim relies on. Names are not compared across languages. */
export function findSupport(claim: Claim, source: Source): Support {
  const sameLanguage = claim.language === source.language
  const facts = claim.facts.filter(({ kind }) => sameLanguage || kind !== 'name')
  const verbatim = findVerbatim(claim.text, source.text)
  if (verbatim) return { quote: verbatim, missing: [], held: facts.length, isAbout: true }
  const missing = facts.filter((fact) => !holds(source.grounds, fact))
  const held = facts.filter((fact) => !missing.includes(fact))
  const { quote, coverage } = bestWindow(source, held, sameLanguage ? claim.terms : claim.hinted)
  return {
    quote,
    missing,
    held: held.length,
    // Across languages one fact or one term of the glossary is asked for: with neither there is nothing to go by.
    isAbout: sameLanguage ? coverage >= leastCoverage : held.length > 0 || coverage > 0,
  }
}

/**
 * The sources that carry a claim, out of those cited for it; none when there is a fact that none of them holds.
 * Each must be about the claim and hold one of its facts, where it has any that can be compared.
 */
export function carriers<T extends { source: Source }>(claim: Claim, cited: readonly T[]): (T & Support)[] {
  const found = cited.map((one) => ({ ...one, ...findSupport(claim, one.source) }))
  if (claim.facts.some((fact) => found.every(({ missing }) => missing.includes(fact)))) return []
  const compared = found.some(({ held, missing }) => held + missing.length > 0)
  return found.filter(({ isAbout, held }) => isAbout && (held > 0 || !compared))
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
  const shareOf = (sentence: SourceSentence, holdsIt: (one: SourceSentence) => boolean) =>
    holdsIt(sentence) ? 1 : sentence.header && holdsIt(sentence.header) ? fromHeader : 0
  const factsOf = sentences.map((one) => facts.map((fact) => shareOf(one, (it) => holds(it.grounds, fact))))
  const termsOf = sentences.map((one) => [...terms].map((term) => shareOf(one, (it) => it.terms.has(term))))
  let best = { score: -1, coverage: 0, quote: { start: 0, end: source.text.length } }
  for (let first = 0; first < sentences.length; first++) {
    const seen: number[] = []
    const found: number[] = []
    for (let last = first; last < Math.min(sentences.length, first + widestQuote.sentences); last++) {
      const sentence = sentences[last]!
      const length = sentence.end - sentences[first]!.start
      if (length > widestQuote.length && last > first) break
      for (const [index, share] of termsOf[last]!.entries()) seen[index] = Math.max(seen[index] ?? 0, share)
      for (const [index, share] of factsOf[last]!.entries()) found[index] = Math.max(found[index] ?? 0, share)
      const coverage = terms.size === 0 ? 0 : sum(seen) / terms.size
      const score = sum(found) * 2 + coverage - length / 2000 - (last - first) * 0.08
      if (score > best.score)
        best = { score, coverage, quote: { start: sentences[first]!.start, end: sentence.end } }
    }
  }
  return best
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0)

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

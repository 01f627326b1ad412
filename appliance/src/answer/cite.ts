import type { Locator, Passage, PlacedCitation, SentPassage, Span } from '../model.ts'
import { sentenceEnd } from './sentence-end.ts'
import {
  type Claim,
  carriers,
  prepareSource,
  readClaim,
  type Source,
  type Stretch,
  type TextTools,
} from './support.ts'
import { createWrittenReader } from './written.ts'

/** A passage that was sent, under the number it was sent with. */
export interface Citable {
  sent: SentPassage
  passage: Passage
}

export type CiteEvent =
  | { type: 'delta'; text: string }
  | { type: 'citation'; citation: PlacedCitation }
  | { type: 'unsupported'; start: number; end: number }

export interface Cited {
  text: string
  citations: PlacedCitation[]
  unsupported: Stretch[]
  dropped: number
}

export interface Citer {
  push(delta: string): CiteEvent[]
  end(): CiteEvent[]
  readonly result: Cited
}

export interface CiteTools extends TextTools {
  originalSpans(passage: Passage, start: number, end: number): Span[]
}

interface Group {
  at: number
  numbers: number[]
}

/**
 * Reads a streamed answer: text goes on at once without its citations, and each citation follows as soon as its
 * sentence is complete and the passage it names was found to say so (DESIGN rule 6). A citation that does not
 * hold is dropped and counted, the words it stood for are marked; so are sentences without a citation that state
 * something and that no sent passage bears out.
 */
export function createCiter(citables: readonly Citable[], tools: CiteTools): Citer {
  const sources = new Map(citables.map((citable) => [citable.sent.number, lazySource(citable, tools)]))
  const reader = createWrittenReader((url) => citables.some(({ passage }) => passage.text.includes(url)))
  const result: Cited = { text: '', citations: [], unsupported: [], dropped: 0 }
  /** Start of the sentence that is still being written, and the citations met since. */
  let start = 0
  let groups: Group[] = []

  const cite = ({ at, numbers }: Group, stretch: Stretch): CiteEvent[] => {
    const claim = readClaim(result.text.slice(stretch.start, stretch.end), tools)
    const kept = carriers(
      claim,
      numbers.flatMap((number) => sources.get(number) ?? []),
    )
    result.dropped += numbers.length - kept.length
    // Of “可以。” alone nothing can be compared: its citation goes, but it is not called unsupported.
    if (kept.length === 0) return claim.terms.size < 3 && claim.facts.length === 0 ? [] : unsupported(stretch)
    return kept.map(({ sent, passage, quote }): CiteEvent => {
      const spans = tools.originalSpans(passage, quote.start, quote.end)
      const citation: PlacedCitation = {
        at,
        number: sent.number,
        passage: passage.id,
        source: sent.source,
        locator: placeOfQuote(passage, spans),
        headings: passage.headings,
        quote: passage.text.slice(quote.start, quote.end),
        spans,
      }
      result.citations.push(citation)
      return { type: 'citation', citation }
    })
  }

  const unsupported = (stretch: Stretch): CiteEvent[] => {
    const words = result.text.slice(stretch.start, stretch.end)
    if (words.trim() === '') return []
    const trimmed = {
      start: stretch.start + words.length - words.trimStart().length,
      end: stretch.start + words.trimEnd().length,
    }
    result.unsupported.push(trimmed)
    return [{ type: 'unsupported', ...trimmed }]
  }

  const closeSentence = (end: number, own: Group[]): CiteEvent[] => {
    const stretches = stretchesOf(result.text, { start, end }, own)
    if (stretches.length > 0) return stretches.flatMap(({ group, stretch }) => cite(group, stretch))
    const claim = readClaim(result.text.slice(start, end), tools)
    if (!states(claim)) return []
    const borneOut = [...sources.values()].some((one) => carriers(claim, [one]).length > 0)
    return borneOut ? [] : unsupported({ start, end })
  }

  /** Closes the sentences whose end is certain: something other than white space follows, or nothing will. */
  const closeSentences = (final: boolean): CiteEvent[] => {
    const events: CiteEvent[] = []
    for (;;) {
      const end = sentenceEnd(result.text, start, final)
      if (end < 0) break
      const gap = result.text.slice(end).search(/\S/)
      if (gap < 0 && !final) break
      const next = gap < 0 ? result.text.length : end + gap
      // A citation at the start of a line belongs to what follows on that line.
      const isNext = ({ at }: Group) =>
        at > next ||
        (gap >= 0 &&
          result.text.slice(end - 1, at).includes('\n') &&
          !result.text.slice(at, next).includes('\n'))
      const own = groups.filter((group) => !isNext(group))
      groups = groups.filter(isNext)
      events.push(...closeSentence(end, own))
      start = next
    }
    return events
  }

  const step = (written: ReturnType<typeof reader.push>, final: boolean): CiteEvent[] => {
    const events: CiteEvent[] = []
    for (const piece of written) {
      if (piece.type === 'marker') {
        groups.push({ at: result.text.length, numbers: piece.numbers })
        continue
      }
      const text = result.text === '' ? piece.text.trimStart() : piece.text
      if (text === '') continue
      result.text += text
      events.push({ type: 'delta', text }, ...closeSentences(false))
    }
    if (!final) return events
    events.push(...closeSentences(true))
    // Citations with no words of their own.
    result.dropped += groups.reduce((sum, { numbers }) => sum + numbers.length, 0)
    groups = []
    return events
  }

  return { push: (delta) => step(reader.push(delta), false), end: () => step(reader.end(), true), result }
}

/**
 * Each citation with the words it stands for: back to the citation before it, the last one on to the end of the
 * sentence. Citations without words between them go together, one at the head of a sentence with the next.
 */
function stretchesOf(
  text: string,
  { start, end }: Stretch,
  groups: Group[],
): { group: Group; stretch: Stretch }[] {
  const merged: Group[] = []
  for (const { at, numbers } of groups) {
    const before = merged.at(-1)
    const from = before ? before.at : start
    if (before && (!hasWords(text.slice(from, at)) || !hasWords(text.slice(start, from)))) {
      before.numbers = [...new Set([...before.numbers, ...numbers])]
      if (!hasWords(text.slice(start, from))) before.at = Math.min(at, end)
    } else merged.push({ at: Math.min(at, end), numbers })
  }
  return merged.map((group, index) => ({
    group,
    stretch: {
      start: index === 0 ? start : merged[index - 1]!.at,
      end: index === merged.length - 1 ? end : group.at,
    },
  }))
}

/** A passage may run over several pages or slides; a quote names those it stands on. Numbers run with the units. */
function placeOfQuote({ locator, runs }: Passage, spans: readonly Span[]): Locator {
  if ((locator.kind !== 'page' && locator.kind !== 'slide') || spans.length === 0) return locator
  const firstUnit = runs[0]?.[2] ?? 0
  const numbers = spans.map(({ unit }) =>
    Math.min(locator.to, Math.max(locator.from, locator.from + unit - firstUnit)),
  )
  return { kind: locator.kind, from: Math.min(...numbers), to: Math.max(...numbers) }
}

const hasWords = (text: string) => /[\p{L}\p{N}]/u.test(text)

const leadIn = /[:：]\s*$|^\s*#/u
const absence =
  /没有(?:找到|提及|提到|说明|规定|相关|涉及|给出|列出|明确)|未(?:提及|提到|说明|找到|涉及|给出|列出|明确|作出|规定)|无法(?:确定|回答|判断|得知)|不(?:包含|涉及)|\b(?:not|no|nothing)\b.{0,60}\b(?:documents?|passages?|mention|mentioned|stated?|specified|say|found|provided?)\b/iu

/** Whether a sentence states something that can be right or wrong, rather than leading in or telling what is missing. */
function states({ text, terms, facts }: Claim): boolean {
  if (leadIn.test(text) || absence.test(text)) return false
  return terms.size >= 6 || facts.length > 0
}

/** Passages are made ready when a citation first asks for them: the question is on its way by then. */
function lazySource(citable: Citable, tools: TextTools): Citable & { readonly source: Source } {
  const { passage, sent } = citable
  const context = [passage.title, ...passage.headings, sent.source.title, sent.source.path].join('\n')
  let source: Source | undefined
  return {
    ...citable,
    get source() {
      source ??= prepareSource({ text: passage.text, context }, tools)
      return source
    },
  }
}

import type { Citable, CiteTools } from '../../../src/answer/cite.ts'
import type { SourceRef } from '../../../src/model.ts'
import { originalSpans } from '../../../src/passages/mapped-text.ts'
import { sentences } from '../../../src/passages/sentences.ts'
import { analyse } from '../../../src/search/analyse.ts'
import { placeNames, synonyms, translations } from '../../../src/search/expand.ts'

/** The functions of other rooms that the check works with in the product. */
export const tools: CiteTools = {
  sentences,
  analyse,
  originalSpans,
  hints: (text) => [translations, placeNames, synonyms].flatMap((of) => of(text).flat()),
}

/** Passages as they are sent, numbered from 1; each is the whole of its one-unit document. */
export function citablesOf(texts: readonly string[], title = ''): Citable[] {
  return texts.map((text, index) => {
    const source: SourceRef = {
      id: `source-${index + 1}`,
      name: 'a.md',
      path: 'a.md',
      type: 'md',
      title,
      modifiedAt: '2026-01-01T00:00:00Z',
    }
    const passage = {
      id: `passage-${index + 1}`,
      ordinal: 0,
      text,
      kind: 'text' as const,
      title,
      headings: [],
      locator: { kind: 'section' as const },
      runs: [[0, text.length, 0, 0, text.length] as [number, number, number, number, number]],
      tokens: text.length,
    }
    const { id, headings, locator } = passage
    const sent = {
      number: index + 1,
      passage: id,
      source,
      locator,
      headings,
      text,
      score: 1,
      why: { words: null, vectors: null },
    }
    return { passage, sent }
  })
}

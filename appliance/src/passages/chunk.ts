import { createHash } from 'node:crypto'
import type { ParsedDocument, Passage } from '../model.ts'
import { contextOf } from './context.ts'
import type { Draft, Measure } from './draft.ts'
import { outline } from './outline.ts'
import { tablePassages } from './table-passages.ts'
import { textPassages } from './text-passages.ts'
import { mapInTurns } from './turns.ts'

/** Changes whenever the same document would give other passages. */
export const chunkerVersion = 'structure-3'

/** Chosen by measurement, see docs/decisions/201-passage-length.md. Characters are counted without white space. */
const lengths = { targetTokens: 230, maxTokens: 380, maxCharacters: 580 }
/** The model's 512, less its first and last token and the passage prefix, with a little to spare. */
const contextAndTextTokens = 500

/**
 * Cuts a document into passages along its structure: headings, paragraphs, lists, sentences, tables. The same
 * document and title give the same passages and ids. `title` is what they are embedded under, `content` whatever
 * tells documents of equal text apart (their sha256). `countTokens` counts as the embedding model does.
 */
export async function chunk(
  document: ParsedDocument,
  options: { title: string; content?: string; countTokens: (texts: string[]) => Promise<number[]> },
): Promise<Passage[]> {
  const measure: Measure = { ...lengths, countTokens: options.countTokens }
  const drafts: Draft[] = []
  for (const part of await outline(document)) {
    drafts.push(
      ...(part.kind === 'table'
        ? await tablePassages(part, document.units, measure)
        : await textPassages(part.paragraphs, document.units, measure)),
    )
  }
  return finish(
    drafts.filter((draft) => draft.text.text !== ''),
    options,
  )
}

async function finish(
  drafts: readonly Draft[],
  options: { title: string; content?: string; countTokens: Measure['countTokens'] },
): Promise<Passage[]> {
  const { title, countTokens } = options
  const texts = await mapInTurns(drafts, (draft) => [draft.text.text, contextIn(draft, title)])
  const counts = await countTokens(['', ...texts.flat()])
  const overhead = counts.shift()!
  return mapInTurns(drafts, ({ kind, text, headings, locator }, ordinal) => {
    const tokens = counts[2 * ordinal]! - overhead
    const contextTokens = counts[2 * ordinal + 1]! - overhead
    return {
      id: passageId([chunkerVersion, options.content ?? '', title, ...headings, String(ordinal), text.text]),
      ordinal,
      text: text.text,
      kind,
      title,
      // A path too long for the model is left out as a whole; the title always fits (context.ts).
      headings: tokens + contextTokens <= contextAndTextTokens ? headings : [],
      locator,
      runs: [...text.runs],
      tokens,
    }
  })
}

function contextIn(draft: Draft, title: string): string {
  return contextOf({ title, headings: draft.headings, text: draft.text.text })
}

/** 128 bits of a hash in which no two lists of fields share an encoding. */
function passageId(fields: readonly string[]): string {
  return createHash('sha256')
    .update(`tanbox passage\n${JSON.stringify(fields)}`)
    .digest('hex')
    .slice(0, 32)
}

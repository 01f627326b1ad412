import type { Unit } from '../model.ts'
import { countCharacters, type Draft, locate, type Measure } from './draft.ts'
import { join, type MappedText, slice, trim } from './mapped-text.ts'
import type { Paragraph } from './outline.ts'
import { type Atom, type Border, pack } from './pack.ts'
import { clauses, type Stretch, sentences } from './sentences.ts'
import { mapInTurns } from './turns.ts'

interface Piece extends Atom, Stretch {
  paragraph: Paragraph
}

/** A cut sentence is taken up again from its last clause, if that is no longer than this share of a passage. */
const longestOverlap = 0.25

/** Passages of a run of paragraphs: sentences packed to about the length aimed at. */
export async function textPassages(
  paragraphs: readonly Paragraph[],
  units: readonly Unit[],
  measure: Measure,
): Promise<Draft[]> {
  const sentenced = (await mapInTurns(paragraphs, sentencePieces)).flat()
  const pieces = await cutLongSentences(await measured(sentenced, measure), measure)
  return mapInTurns(await pack(pieces, measure), ([start, end]) => {
    const taken = pieces.slice(overlapStart(pieces, start, end, measure), end)
    const text = textOf(taken)
    return { kind: 'text', text, headings: commonPath(taken), locator: locate(text, units) }
  })
}

function sentencePieces(paragraph: Paragraph): Piece[] {
  const first: Border = paragraph.heading > 0 ? 'section' : 'block'
  return sentences(paragraph.text.text).map((stretch, index) =>
    piece(paragraph, stretch, index === 0 ? first : 'sentence'),
  )
}

function piece(paragraph: Paragraph, stretch: Stretch, border: Border): Piece {
  const characters = countCharacters(paragraph.text.text.slice(stretch.start, stretch.end))
  return { paragraph, ...stretch, border, heading: paragraph.heading, characters, tokens: 0 }
}

/** Token counts in one call; what the tokenizer adds to every text (its first and last token) is taken off. */
async function measured(pieces: Piece[], measure: Measure): Promise<Piece[]> {
  const texts = pieces.map((each) => each.paragraph.text.text.slice(each.start, each.end))
  const [overhead, ...counts] = await measure.countTokens(['', ...texts])
  return pieces.map((each, index) => ({ ...each, tokens: Math.max(1, counts[index]! - overhead!) }))
}

async function cutLongSentences(pieces: Piece[], measure: Measure): Promise<Piece[]> {
  const isLong = (each: Piece) => each.tokens > measure.maxTokens || each.characters > measure.maxCharacters
  const cut = await mapInTurns(pieces.filter(isLong), (long) =>
    clauses(long.paragraph.text.text, long, Math.floor(measure.targetTokens / 2)).map((stretch, index) =>
      piece(long.paragraph, stretch, index === 0 ? long.border : 'cut'),
    ),
  )
  const counted = await measured(cut.flat(), measure)
  let taken = 0
  return pieces.flatMap((each) => {
    if (!isLong(each)) return [each]
    const length = cut.shift()!.length
    taken += length
    return counted.slice(taken - length, taken)
  })
}

function overlapStart(pieces: readonly Piece[], start: number, end: number, measure: Measure): number {
  const before = pieces[start - 1]
  if (before === undefined || pieces[start]!.border !== 'cut') return start
  const sum = (of: 'tokens' | 'characters') =>
    pieces.slice(start, end).reduce((total, each) => total + each[of], before[of])
  const fits = sum('tokens') <= measure.maxTokens && sum('characters') <= measure.maxCharacters
  return fits && before.tokens <= measure.targetTokens * longestOverlap ? start - 1 : start
}

/** Pieces of one paragraph are taken as they stand there; paragraphs begin on a new line. */
function textOf(pieces: readonly Piece[]): MappedText {
  const groups = Map.groupBy(pieces, (each) => each.paragraph)
  return join(
    [...groups].map(([paragraph, group]) => trim(slice(paragraph.text, group[0]!.start, group.at(-1)!.end))),
    '\n',
  )
}

/** The headings that hold for all of a passage's text. */
function commonPath(pieces: readonly Piece[]): string[] {
  const body = pieces.filter((each) => each.heading === 0)
  const paths = (body.length > 0 ? body : pieces).map((each) => each.paragraph.path)
  const first = paths[0]!
  const shared = first.findIndex((heading, depth) => paths.some((path) => path[depth] !== heading))
  return shared === -1 ? first : first.slice(0, shared)
}

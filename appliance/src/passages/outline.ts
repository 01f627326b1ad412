import type { Block, ParsedDocument, Table } from '../model.ts'
import { type MappedText, trim } from './mapped-text.ts'
import { normalise, normalisePreformatted } from './normalise.ts'
import { mapInTurns } from './turns.ts'

/** A block with its text read and its place in the outline known. */
export interface Paragraph {
  text: MappedText
  /** Level of a heading, 0 for everything else. */
  heading: number
  preformatted: boolean
  /** The headings above it, outermost first; for a heading, itself included. */
  path: string[]
}

/** A run of paragraphs that passages may span, or a table, which makes passages of its own. */
export type Part =
  | { kind: 'text'; paragraphs: Paragraph[] }
  | { kind: 'table'; table: Table; path: string[]; caption: string }

const caption = /^(?:附?[表图]|附件|table|figure|exhibit)\s*[\d一二三四五六七八九十A-Z]/i
const longestCaption = 80

/** The parts of a document in reading order. Text never runs from one slide or sheet into the next. */
export async function outline(document: ParsedDocument): Promise<Part[]> {
  const read = await mapInTurns(document.blocks, (block) => ({
    block,
    paragraphs: block.kind === 'table' ? asParagraphs(document, block) : [readBlock(document, block)],
  }))
  const parts: Part[] = []
  let headings: { level: number; text: string }[] = []
  let unit = -1
  for (const { block, paragraphs } of read) {
    const path = () => headings.map((heading) => heading.text)
    if (paragraphs === null) {
      parts.push({ kind: 'table', table: block.table!, path: path(), caption: captionBefore(parts) })
      continue
    }
    for (const paragraph of paragraphs) {
      if (paragraph.text.text === '') continue
      if (paragraph.heading > 0) {
        headings = headings.filter((heading) => heading.level < paragraph.heading)
        headings.push({ level: paragraph.heading, text: paragraph.text.text })
      }
      paragraph.path = path()
      const here = block.spans[0]?.unit ?? unit
      const last = parts.at(-1)
      if (last?.kind === 'text' && !isBorder(document, unit, here)) last.paragraphs.push(paragraph)
      else parts.push({ kind: 'text', paragraphs: [paragraph] })
      unit = here
    }
  }
  return parts
}

function isBorder(document: ParsedDocument, before: number, here: number): boolean {
  return before !== here && document.units[here]?.kind !== 'page'
}

function readBlock(document: ParsedDocument, block: Block): Paragraph {
  const preformatted = block.kind === 'code'
  const text = (preformatted ? normalisePreformatted : normalise)(block.spans, document.units)
  return {
    text: trim(text),
    heading: block.kind === 'heading' ? (block.level ?? 1) : 0,
    preformatted,
    path: [],
  }
}

/** A table of one row or one column is a frame around text: its cells are paragraphs. null for a real table. */
function asParagraphs(document: ParsedDocument, block: Block): Paragraph[] | null {
  const rows = block.table!.rows
  if (rows.length > 1 && rows.some((row) => row.length > 1)) return null
  return rows.flat().map((cell) => ({
    text: trim(normalise([cell], document.units)),
    heading: 0,
    preformatted: false,
    path: [],
  }))
}

/** The line before a table that names it, unless it is a heading, which names it anyway. It stays in the text as well. */
function captionBefore(parts: readonly Part[]): string {
  const last = parts.at(-1)
  const before = last?.kind === 'text' ? last.paragraphs.at(-1)! : null
  if (before === null || before.heading > 0) return ''
  const line = before.text.text
  return line.length <= longestCaption && caption.test(line) ? line : ''
}

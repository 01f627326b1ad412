import { TanboxError } from '../errors.ts'
import type { Block, ParsedDocument, Span } from '../model.ts'
import { decode } from './decode.ts'
import { linesOf } from './lines.ts'
import { bullet, canBeHeading, isArticle, numberingOf } from './numbering.ts'
import { headingLevels } from './outline.ts'
import type { Parser } from './parser.ts'

type TextLine = Span & { text: string; indent: number }

interface Draft {
  lines: TextLine[]
  rank: number | null
  /** Whether an empty line stands before it. */
  apart: boolean
}

/** Plain text: one unit, headings by their numbering, paragraphs by empty lines, indents and numbers. */
export const text: Parser = {
  async parse(bytes, { limits }) {
    const { text: original } = decode(bytes)
    if (original.length > limits.maxText)
      throw new TanboxError('file-too-large', `${limits.maxText} characters`)
    if (original.trim() === '') throw new TanboxError('file-empty')
    return parseText(original)
  },
}

export function parseText(original: string): ParsedDocument {
  const drafts = draftsOf([...linesOf(original)])
  const title = titleOf(drafts)
  if (title) drafts[0]!.rank = 0
  const levels = headingLevels(drafts)
  const blocks = drafts.map((draft, i) => blockOf(draft, levels[i] ?? null))
  return {
    ...(title ? { title } : {}),
    units: [{ kind: 'text', label: '', text: original }],
    blocks,
    pages: 1,
    warnings: [],
  }
}

function draftsOf(lines: readonly TextLine[]): Draft[] {
  const width = wrapWidth(lines)
  const drafts: Draft[] = []
  let apart = true
  for (const line of lines) {
    if (line.text === '') {
      apart = true
      continue
    }
    const current = drafts.at(-1)
    if (current && !apart && goesOn(current, line, width)) current.lines.push(line)
    else drafts.push({ lines: [line], rank: rankOf(line.text), apart })
    apart = false
  }
  return drafts
}

/**
 * Columns at which the lines of a text were broken by hand, or null where every paragraph is one line. Broken
 * text has most of its lines just under one width and few beyond.
 */
function wrapWidth(lines: readonly TextLine[]): number | null {
  const widths = lines.filter((line) => line.text !== '').map((line) => columns(line.text) + line.indent)
  if (widths.length < 5) return null
  const sorted = widths.toSorted((a, b) => a - b)
  const wide = sorted[Math.floor(sorted.length * 0.95)] ?? 0
  const near = widths.filter((width) => width > wide * 0.8 && width <= wide + 2).length
  return wide >= 30 && wide <= 130 && near > widths.length * 0.4 ? wide : null
}

/** Width on a terminal: a Chinese character takes two columns. */
function columns(text: string): number {
  let width = 0
  for (const character of text)
    width +=
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/.test(
        character,
      )
        ? 2
        : 1
  return width
}

function goesOn(draft: Draft, line: TextLine, width: number | null): boolean {
  if (width === null || draft.rank !== null) return false
  if (startsItem(line.text)) return false
  const last = draft.lines.at(-1)!
  const full = columns(last.text) + last.indent > width * 0.75
  const stepsIn = line.indent > last.indent && line.indent > draft.lines[0]!.indent
  return full && !stepsIn
}

const startsItem = (line: string): boolean =>
  numberingOf(line) !== null || isArticle(line) || bullet.test(line)

function rankOf(line: string): number | null {
  const numbering = numberingOf(line)
  return numbering && canBeHeading(line) && line.length > numbering.length ? numbering.rank : null
}

/** The first line, when it stands for itself: short, no sentence, no item of a list, and something follows. */
function titleOf(drafts: readonly Draft[]): string | null {
  const [first, second] = drafts
  if (!first || !second || first.lines.length > 1 || first.rank !== null) return null
  const { text } = first.lines[0]!
  const stands = second.apart || second.rank !== null || second.lines[0]!.text.length > text.length
  return canBeHeading(text) && !startsItem(text) && /\p{L}{2}/u.test(text) && stands ? text : null
}

function blockOf(draft: Draft, level: number | null): Block {
  const spans = draft.lines.map(({ unit, start, end }) => ({ unit, start, end }))
  if (level !== null) return { kind: 'heading', level, spans }
  return bullet.test(draft.lines[0]!.text)
    ? { kind: 'list-item', level: 1, spans }
    : { kind: 'paragraph', spans }
}

import type { Block, ParsedDocument, Span } from '../../src/model.ts'
import { defaultLimits, failureOf, type ParseLimits, type Parser } from '../../src/parse/parser.ts'

/** Parses as a child process does, in this one, under the default limits or tighter ones. */
export async function parseWith(
  parser: Parser,
  bytes: Uint8Array,
  limits: Partial<ParseLimits> = {},
): Promise<ParsedDocument> {
  try {
    return await parser.parse(bytes, { name: 'a file', limits: { ...defaultLimits, ...limits } })
  } catch (error) {
    throw failureOf(error, 'txt')
  }
}

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

export const textAt = ({ units }: ParsedDocument, { unit, start, end }: Span): string =>
  units[unit]!.text.slice(start, end)

/** A block as a line to compare: kind and level, then its spans with a bar between, or its table's rows. */
export function show(document: ParsedDocument, block: Block): string {
  const kind = `${block.kind}${block.level ?? ''}`
  if (!block.table) return `${kind}: ${block.spans.map((span) => textAt(document, span)).join('|')}`
  const rows = block.table.rows.map((row) => row.map((cell) => textAt(document, cell)).join(','))
  return `${kind}/${block.table.headerRows}: ${rows.join(';')}`
}

export const showAll = (document: ParsedDocument): string[] =>
  document.blocks.map((block) => show(document, block))

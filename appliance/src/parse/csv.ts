import { parse } from 'csv-parse/sync'
import { TanboxError } from '../errors.ts'
import { decode } from './decode.ts'
import type { Parser } from './parser.ts'
import { readSheet } from './sheet.ts'

/** Comma-separated values (RFC 4180, other delimiters too): one sheet without a name. */
export const csv: Parser = {
  async parse(bytes, { limits }) {
    const { text } = decode(bytes)
    if (text.length > limits.maxText) throw new TanboxError('file-too-large', `${limits.maxText} characters`)
    const rows = recordsOf(text, limits.maxRows + 1)
    const cut = rows.length > limits.maxRows
    const { unit, blocks, title } = readSheet(
      { name: '', rows: rows.slice(0, limits.maxRows), merges: [] },
      0,
      limits.maxText,
    )
    if (blocks.length === 0) throw new TanboxError('file-empty')
    return {
      ...(title ? { title } : {}),
      units: [unit],
      blocks,
      pages: 1,
      warnings: cut ? [`rows-left-out: ${limits.maxRows}`] : [],
    }
  },
}

function recordsOf(text: string, most: number): string[][] {
  const options = {
    delimiter: delimiterOf(text),
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: false,
    to: most,
  }
  try {
    return parse(text, options) as string[][]
  } catch {
    // A quote that is never closed is a plain character: inches, or a text cut off.
    return parse(text, { ...options, quote: false }) as string[][]
  }
}

const delimiters = [',', '\t', ';', '|', '，']

/** The delimiter that most of the first lines hold equally often; a comma where none does. */
export function delimiterOf(text: string): string {
  const lines = text
    .slice(0, 20_000)
    .replace(/"[^"]*"/g, '')
    .split(/\r\n|\n|\r/)
    .filter((line) => line.trim() !== '')
    .slice(0, 50)
  let best = ','
  let most = 0
  for (const delimiter of delimiters) {
    const counts = lines.map((line) => line.split(delimiter).length - 1).sort((a, b) => a - b)
    const middle = counts[Math.floor(counts.length / 2)] ?? 0
    const agreeing = counts.filter((count) => count === middle).length / Math.max(1, counts.length)
    const score = middle === 0 ? 0 : agreeing + Math.min(middle, 20) / 100
    if (score > most) {
      most = score
      best = delimiter
    }
  }
  return best
}

/** Cuts a passage into what can be quoted: sentences, list items with what introduces them, table rows. */

export interface Quote {
  /** Index of its passage, and its place among the quotes of that passage. */
  passage: number
  order: number
  /** Exactly as it stands in the passage, except for rows, which read "header: value". */
  text: string
  /** Place in the passage (UTF-16 code units). */
  start: number
  end: number
  kind: 'sentence' | 'row'
  /** Order of the sentence that introduces the list this is an item of. */
  leadIn: number | null
}

/** Longer ones are cut at a comma or blank: nobody reads a page for an answer. */
const longestQuote = 240

const sentenceEnd =
  /[。！？!?；;…]+[”’"'」』）)\]】]*|(?<!\b(?:No|Art|Fig|Nr|vs|cf|approx|Mr|Mrs|Dr|St))\.[”’"')\]]*(?=\s+[^\p{Ll}\d\s]|\s*$)|\n+/gu
const clauseEnd = /[，,、:：][”’"'」』）)\]】]*|\s+/gu
const listItem =
  /^\s*(?:[（(]?\s*(?:[一二三四五六七八九十]{1,3}|\d{1,2}|[a-z])\s*[)）]|[①-⑳]|\d{1,2}[.、](?!\d)|[-•·●]\s)/u
const leadsIn = /[:：]\s*$/

export function quotesOf(passage: { text: string }, index: number): Quote[] {
  const { text } = passage
  const quotes = isTable(text)
    ? rows(text)
    : stretches(text, sentenceEnd).flatMap((part) => shorten(text, part))
  let leadIn: number | null = null
  return quotes
    .filter(({ text }) => /[\p{L}\p{N}]/u.test(text))
    .map((quote, order) => {
      const item = listItem.test(quote.text)
      if (!item && quote.kind === 'sentence') leadIn = null
      const made: Quote = { passage: index, order, ...quote, leadIn: item ? leadIn : null }
      if (leadsIn.test(quote.text)) leadIn = order
      return made
    })
}

type Part = { start: number; end: number }
type Draft = Part & { text: string; kind: Quote['kind'] }

function stretches(text: string, border: RegExp, within: Part = { start: 0, end: text.length }): Part[] {
  const parts: Part[] = []
  let start = within.start
  for (const match of text.slice(within.start, within.end).matchAll(border)) {
    const end = within.start + match.index + match[0].length
    parts.push({ start, end })
    start = end
  }
  if (start < within.end) parts.push({ start, end: within.end })
  return parts
}

function shorten(text: string, part: Part): Draft[] {
  if (part.end - part.start <= longestQuote) return [trimmed(text, part)]
  const pieces: Draft[] = []
  let { start } = part
  let end = start
  for (const clause of stretches(text, clauseEnd, part)) {
    if (clause.end - start > longestQuote && end > start) {
      pieces.push(trimmed(text, { start, end }))
      start = end
    }
    for (; clause.end - start > longestQuote; start += longestQuote) {
      pieces.push(trimmed(text, { start, end: start + longestQuote }))
    }
    end = clause.end
  }
  if (end > start) pieces.push(trimmed(text, { start, end }))
  return pieces
}

function trimmed(text: string, { start, end }: Part): Draft {
  const raw = text.slice(start, end)
  const from = start + (raw.length - raw.trimStart().length)
  const clean = raw.trim()
  return { text: clean, start: from, end: from + clean.length, kind: 'sentence' }
}

/** A passage of table rows: cells divided by tabs, the header line first. */
function isTable(text: string): boolean {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  return lines.length > 1 && lines.filter((line) => line.includes('\t')).length >= lines.length / 2
}

function rows(text: string): Draft[] {
  const lines = stretches(text, /\n+/g).map((part) => trimmed(text, part))
  const header = lines[0]!.text.split('\t').map((cell) => cell.trim())
  return lines.slice(1).map((line) => {
    const cells = line.text.split('\t').map((cell) => cell.trim())
    const named = cells.length > 1 && header.length > 1 && !header.every((name) => /^[\d.,%\s-]*$/.test(name))
    const readable = cells
      .map((cell, column) => (cell && named && header[column] ? `${header[column]}：${cell}` : cell))
      .filter((cell) => cell !== '')
    return { ...line, text: readable.join('，'), kind: 'row' as const }
  })
}

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

// A colon ends what introduces a numbered list.
const sentenceEnd =
  /[。！？!?；;…]+[”’"'」』）)\]】]*|(?<!\b(?:No|Art|Fig|Nr|vs|cf|approx|Mr|Mrs|Dr|St))\.[”’"')\]]*(?=\s+[^\p{Ll}\d\s]|\s*$)|[:：](?=\s*[（(]\s*(?:[一二三四五六七八九十]{1,3}|\d{1,2})\s*[)）])|\n+/gu
const clauseEnd = /[，,、:：][”’"'」』）)\]】]*|\s+/gu
const listItem =
  /^\s*(?:[（(]?\s*(?:[一二三四五六七八九十]{1,3}|\d{1,2}|[a-z])\s*[)）]|[①-⑳]|\d{1,2}[.、](?!\d)|[-•·●]\s)/u
const leadsIn = /[:：]\s*$/

export function quotesOf(passage: { text: string }, index: number): Quote[] {
  const { text } = passage
  const drafts = lineBlocks(text).flatMap((block) =>
    block.table
      ? rows(text, block)
      : remarksJoined(text, stretches(text, sentenceEnd, block)).flatMap((part) => shorten(text, part)),
  )
  let leadIn: number | null = null
  return drafts
    .filter(({ text }) => /[\p{L}\p{N}]/u.test(text))
    .map((draft, order) => {
      const item = listItem.test(draft.text)
      if (!item && draft.kind === 'sentence') leadIn = null
      const quote: Quote = { passage: index, order, ...draft, leadIn: item ? leadIn : null }
      if (leadsIn.test(draft.text)) leadIn = order
      return quote
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

/** A remark in brackets belongs to the sentence before it: "…。（责任单位：市卫生健康委）". */
function remarksJoined(text: string, parts: readonly Part[]): Part[] {
  const joined: Part[] = []
  for (const part of parts) {
    const before = joined.at(-1)
    if (before && /^\s*[（(][^（()）]*[)）][。；;]?\s*$/u.test(text.slice(part.start, part.end)))
      before.end = part.end
    else joined.push({ ...part })
  }
  return joined
}

/** Runs of lines with tabs are tables: cells divided by tabs, the header line first. */
function lineBlocks(text: string): (Part & { table: boolean })[] {
  const blocks: (Part & { table: boolean })[] = []
  for (const line of stretches(text, /\n+/g)) {
    const table = text.slice(line.start, line.end).trim().includes('\t')
    const before = blocks.at(-1)
    if (before?.table === table) before.end = line.end
    else blocks.push({ ...line, table })
  }
  return blocks
}

function rows(text: string, block: Part): Draft[] {
  const lines = stretches(text, /\n+/g, block).map((part) => trimmed(text, part))
  const header = lines[0]!.text.split('\t').map((cell) => cell.trim())
  const named = lines.length > 1 && !header.some((name) => /^[\d.,%≤≥＜＞<>\s-]+$/.test(name))
  // Read in the script of the table: a row that has Chinese in it takes Chinese punctuation.
  return (named ? lines.slice(1) : lines).map((line) => {
    const chinese = /\p{Script=Han}/u.test(line.text) || (named && /\p{Script=Han}/u.test(lines[0]!.text))
    const [colon, comma] = chinese ? ['：', '，'] : [': ', ', ']
    // "Plant 1: 2800" would be a ratio.
    const name = (header: string, cell: string) =>
      `${header}${/\d$/.test(header) && /^\d/.test(cell) ? ' = ' : colon}${cell}`
    const cells = line.text.split('\t').map((cell) => cell.trim())
    const readable = cells
      .map((cell, column) => (cell && named && header[column] ? name(header[column], cell) : cell))
      .filter((cell) => cell !== '')
    return { ...line, text: readable.join(comma), kind: 'row' as const }
  })
}

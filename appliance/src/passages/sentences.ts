/** Half-open stretch of a text. */
export interface Stretch {
  start: number
  end: number
}

// A sentence ends behind 。！？；(and their folded forms) with closing quotes and brackets, or behind a full stop
// that white space and no lower-case letter or digit follow. "3.5", "e.g. this" and "No. 4" are no ends.
const sentenceEnd =
  /[。！？!?；;…]+[”’"'」』）)\]】]*\s*|(?<!\b(?:No|Art|Fig|Nr|vs|cf|approx|Mr|Mrs|Dr|St))\.[”’"')\]]*\s+(?=[^\p{Ll}\d\s])|\n+/gu
const clauseEnd = /[，,、:：]+[”’"'」』）)\]】]*\s*|\s+/gu

/** The sentences of `text`, side by side; white space belongs to the sentence before it. */
export function sentences(text: string): Stretch[] {
  return splitBehind(text, 0, text.length, sentenceEnd)
}

/** The clauses of a sentence that is too long, none above `longest` code units. */
export function clauses(text: string, sentence: Stretch, longest: number): Stretch[] {
  return splitBehind(text, sentence.start, sentence.end, clauseEnd).flatMap((clause) =>
    cut(text, clause, longest),
  )
}

function splitBehind(text: string, from: number, to: number, border: RegExp): Stretch[] {
  const parts: Stretch[] = []
  let start = from
  for (const match of text.slice(from, to).matchAll(border)) {
    const end = from + match.index + match[0].length
    if (end < to) parts.push({ start, end })
    else break
    start = end
  }
  if (start < to) parts.push({ start, end: to })
  return parts
}

function cut(text: string, { start, end }: Stretch, longest: number): Stretch[] {
  const parts: Stretch[] = []
  for (let from = start; from < end; ) {
    let to = Math.min(from + longest, end)
    const splitsPair = to < end && /[\ud800-\udbff]/.test(text[to - 1]!)
    if (splitsPair) to -= 1
    parts.push({ start: from, end: to })
    from = to
  }
  return parts
}

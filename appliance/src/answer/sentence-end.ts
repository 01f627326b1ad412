const closers = '[”’」』）)】》"\']*'
const terminator = new RegExp(`[。！？!?…]+${closers}|\\n|\\.${closers}(?=\\s|$)`, 'gu')
const abbreviation =
  /(?:^|[\s(])(?:No|Art|Fig|Sec|Nr|vs|cf|ca|approx|e\.g|i\.e|etc|Mr|Mrs|Dr|Inc|Ltd|Co|Corp|[A-Z])$/u
/** `1.` at the start of a line numbers a list item. */
const listNumber = /(?:^|\n)\s*(?:[-*]\s*)?\d{1,3}$/u

/** What runs on for longer (UTF-16 code units) is cut here: no check of it would mean anything. */
const longestSentence = 2000

/**
 * Where the sentence that begins at `from` ends, closing quotes and brackets included, or -1 while the text at hand
 * cannot tell. A text that grows gives the same ends: the character behind the end must be known, unless `final`.
 */
export function sentenceEnd(text: string, from: number, final: boolean): number {
  const within = text.slice(from, from + longestSentence)
  const cut = from + within.length < text.length
  for (const match of within.matchAll(terminator)) {
    const end = match.index + match[0].length
    if (end === within.length && !final && !cut) return -1
    if (match[0].startsWith('.')) {
      const before = within.slice(0, match.index)
      if (abbreviation.test(before) || listNumber.test(before)) continue
    }
    if (within.slice(0, end).trim() !== '') return from + end
  }
  if (cut) return from + within.length - (/[\ud800-\udbff]$/.test(within) ? 1 : 0)
  return final && within.trim() !== '' ? text.length : -1
}

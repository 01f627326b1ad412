const closers = '[”’」』）)】》"\']*'
const terminator = new RegExp(`[。！？!?…]+${closers}|\\n|\\.${closers}(?=\\s|$)`, 'gu')
const abbreviation =
  /(?:^|[\s(])(?:No|Art|Fig|Sec|Nr|vs|cf|ca|approx|e\.g|i\.e|etc|Mr|Mrs|Dr|Inc|Ltd|Co|Corp|[A-Z])$/u
/** `1.` at the start of a line numbers a list item. */
const listNumber = /(?:^|\n)\s*(?:[-*]\s*)?\d{1,3}$/u

/**
 * Where the sentence that begins at `from` ends, closing quotes and brackets included, or -1 while the text at hand
 * cannot tell. A text that grows gives the same ends: the character behind the end must be known, unless `final`.
 */
export function sentenceEnd(text: string, from: number, final: boolean): number {
  terminator.lastIndex = from
  for (let match = terminator.exec(text); match; match = terminator.exec(text)) {
    const end = match.index + match[0].length
    if (end === text.length && !final) return -1
    if (match[0].startsWith('.')) {
      const before = text.slice(from, match.index)
      if (abbreviation.test(before) || listNumber.test(before)) continue
    }
    if (text.slice(from, end).trim() !== '') return end
  }
  return final && text.slice(from).trim() !== '' ? text.length : -1
}

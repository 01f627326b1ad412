/**
 * The words of a quote as one line reads. Its ranges often are only the lines of the page: an ellipsis stands
 * where words were left out, a space where a line ended between Latin words.
 */
export function quotedWords(text: string, ranges: readonly { start: number; end: number }[]): string {
  return ranges.reduce((words, { start, end }, index) => {
    const piece = text
      .slice(start, end)
      .replace(/(?<=[\w,.;:)%])\s*\n\s*(?=[\w(])/g, ' ')
      .replaceAll('\n', '')
    const before = ranges[index - 1]
    if (before === undefined) return piece
    if (/\S/.test(text.slice(before.end, start))) return `${words} … ${piece}`
    return words + (/[\w,.;:)%]$/.test(words) && /^[\w(]/.test(piece) ? ' ' : '') + piece
  }, '')
}

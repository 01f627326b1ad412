import type { Range } from '../preview/spans.ts'

/** Chinese and its neighbours are written without spaces: their words are looked for as pairs of characters. */
const han = /[\p{Script=Han}]+/gu
const latin = /[\p{L}\p{N}][\p{L}\p{N}.%-]*/gu

/**
 * Where words of the question stand in `text`, for the eye only: ranking is the box's. Ranges are in order and apart.
 */
export function wordsIn(text: string, question: string): Range[] {
  const lower = text.toLowerCase()
  // Where lower case changes the length (İ), places would shift; then nothing is marked.
  if (lower.length !== text.length) return []
  const found: Range[] = []
  for (const word of wordsOf(question.toLowerCase())) {
    for (let at = lower.indexOf(word); at >= 0; at = lower.indexOf(word, at + 1))
      found.push({ start: at, end: at + word.length })
  }
  found.sort((a, b) => a.start - b.start || a.end - b.end)
  const joined: Range[] = []
  for (const range of found) {
    const last = joined.at(-1)
    if (last && range.start <= last.end) last.end = Math.max(last.end, range.end)
    else joined.push({ ...range })
  }
  return joined
}

function wordsOf(question: string): Set<string> {
  const words = new Set<string>()
  for (const [run] of question.matchAll(han)) {
    for (let at = 0; at + 2 <= run.length; at++) words.add(run.slice(at, at + 2))
  }
  for (const [word] of question.replace(han, ' ').matchAll(latin))
    if (word.length > 2 || /\d/.test(word)) words.add(word)
  return words
}

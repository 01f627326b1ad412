import { numbersIn } from './numbers.ts'
import { stem } from './stem.ts'

/** Changes whenever `analyse` gives other terms: the words of passages made under another one are remade. */
export const analyserVersion = 'bigrams-1'

const han = /[\p{Script=Han}〇]+/gu
const word =
  /[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}][\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Nd}'’]*/gu

/**
 * The terms of a text, as often as they occur: pairs of neighbouring Chinese characters (most Chinese words have
 * two, and no dictionary has to know them), single characters that stand alone, stems of words, numbers in one
 * spelling.
 */
export function analyse(text: string): string[] {
  const folded = text.normalize('NFKC').toLowerCase()
  return [...hanTerms(folded), ...wordTerms(folded), ...numbersIn(folded)]
}

export function hanTerms(folded: string): string[] {
  return (folded.match(han) ?? []).flatMap((run) => {
    const characters = Array.from(run)
    if (characters.length === 1) return characters
    return characters.slice(1).map((character, index) => characters[index]! + character)
  })
}

export function wordTerms(folded: string): string[] {
  return (folded.match(word) ?? []).map(stem)
}

/** The words of a text in Latin letters, lower case, not stemmed. */
export function englishWords(text: string): string[] {
  return (
    text
      .normalize('NFKC')
      .toLowerCase()
      .match(/[a-z][a-z0-9']*|\d[\d.]*[a-z]*/g) ?? []
  )
}

/**
 * The terms by which a question and a sentence are compared: pairs of Chinese characters, words and numbers of
 * everything else, and numbers in one spelling.
 */

/** Characters that carry a Chinese question rather than its subject. */
const functionCharacters = new Set(
  '的了吗呢吧啊么是在要有把被给和与及或从对于等几哪谁什怎多少为能可会得这那其之以个都也还就才只很最到让跟',
)
const englishStopWords = new Set(
  `a an and are as at be by can do does for from had has have how if in into is it its may must of on or our
  shall should that the their them there these they this to under was we were what when where which who whose
  will with would much many any you your i my us`.split(/\s+/),
)

const run = /[\p{Script=Han}]+|[\p{Script=Latin}]+|\d+(?:[.,]\d+)*%?/gu

/** Terms of a stretch of text with how often each occurs. */
export function termsOf(text: string): Map<string, number> {
  const terms = new Map<string, number>()
  const add = (term: string) => terms.set(term, (terms.get(term) ?? 0) + 1)
  for (const [found] of text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/(\d) +(?=[\d.%])/g, '$1')
    .matchAll(run)) {
    if (/\p{Script=Han}/u.test(found)) {
      const characters = [...found]
      for (let at = 0; at + 1 < characters.length; at++) add(characters[at]! + characters[at + 1]!)
      if (characters.length === 1) add(found)
    } else if (/\d/.test(found)) {
      add(found.replaceAll(',', ''))
    } else if (!englishStopWords.has(found)) {
      add(stem(found))
    }
  }
  return terms
}

/** How much a term of the question says about its subject, 0 to 1. */
export function subjectWeight(term: string): number {
  const characters = [...term]
  if (!/\p{Script=Han}/u.test(term)) return 1
  const functional = characters.filter((character) => functionCharacters.has(character)).length
  return functional === 0 ? 1 : functional < characters.length ? 0.25 : 0
}

/** Share of Chinese characters among the letters of a text. */
export function chineseShare(text: string): number {
  const chinese = text.match(/\p{Script=Han}/gu)?.length ?? 0
  const latin = text.match(/\p{Script=Latin}+/gu)?.length ?? 0
  return chinese + latin === 0 ? 0 : chinese / (chinese + latin)
}

function stem(word: string): string {
  return word.length > 4 ? word.replace(/(?:ies|es|s|ing|ed)$/, '') : word.replace(/s$/, '')
}

import { englishWords } from './analyse.ts'
import { glossaryTable } from './glossary-table.ts'
import { createPhraseTable, readTable } from './phrase-table.ts'
import { placesTable } from './places-table.ts'
import { withoutQuestionWords } from './question-words.ts'
import { stem } from './stem.ts'
import { thesaurusTable } from './thesaurus-table.ts'

const glossary = createPhraseTable(
  readTable(glossaryTable).flatMap(([phrases, values]) =>
    phrases.map((phrase) => [englishWords(phrase).map(stem), values] as const),
  ),
)

const places = createPhraseTable(
  placesTable
    .trim()
    .split(/,\s*/)
    .map((place) => {
      const space = place.lastIndexOf(' ')
      return [englishWords(place.slice(0, space)), place.slice(space + 1).split('/')] as const
    }),
)

const thesaurus = createPhraseTable(
  readTable(thesaurusTable).flatMap(([phrases, values]) =>
    phrases.map((phrase) => [Array.from(phrase.toLowerCase()), values] as const),
  ),
)

type Groups = (readonly string[])[]

/** Chinese words for the English ones of a question; each group holds the translations of one phrase. */
export function translations(question: string): Groups {
  return glossary.match(englishWords(question).map(stem)).map((found) => found.values)
}

/** Chinese names of the places an English question names. */
export function placeNames(question: string): Groups {
  return places.match(englishWords(question)).map((found) => found.values)
}

/** What official texts say for the everyday words of a Chinese question. */
export function synonyms(question: string): Groups {
  return thesaurus.match(Array.from(question.toLowerCase())).map((found) => found.values)
}

/**
 * How much of an English question the tables put into Chinese, 0-1: the share of its words, without question words,
 * that are translated, name a place or are numbers. 0 when it has no words.
 */
export function translatedShare(question: string): number {
  const words = englishWords(withoutQuestionWords(question))
  const known = new Set<number>()
  for (const found of [...glossary.match(words.map(stem)), ...places.match(words)]) {
    for (let at = found.start; at < found.end; at++) known.add(at)
  }
  words.forEach((word, at) => {
    if (/^\d/.test(word)) known.add(at)
  })
  return words.length === 0 ? 0 : known.size / words.length
}

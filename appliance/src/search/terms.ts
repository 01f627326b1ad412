import { analyse } from './analyse.ts'
import { placeNames, synonyms, translations } from './expand.ts'
import type { WeightedTerm } from './passage-index.ts'
import { withoutQuestionWords } from './question-words.ts'

/** What an expansion counts against the question's own words. A place decides which document is meant. */
const weights = { synonym: 0.5, translation: 1, place: 1.5 }

/** Questions have a few dozen terms; a pasted page must not make the index walk through thousands of postings. */
const mostTerms = 400

/**
 * The terms of a question: its own words without those that only ask, the wording of official texts for everyday
 * words, and for English words and place names their Chinese. The weight of a group of alternatives is shared out,
 * so that a word of many meanings does not drown the others.
 */
export function queryTerms(text: string): WeightedTerm[] {
  const terms = new Map<string, number>()
  const add = (found: string, weight: number) => {
    for (const term of analyse(found)) terms.set(term, Math.max(weight, terms.get(term) ?? 0))
  }
  const addGroups = (groups: readonly (readonly string[])[], weight: number) => {
    for (const group of groups) for (const each of group) add(each, weight / Math.sqrt(group.length))
  }
  add(withoutQuestionWords(text), 1)
  addGroups(synonyms(text), weights.synonym)
  addGroups(translations(text), weights.translation)
  addGroups(placeNames(text), weights.place)
  return Array.from(terms, ([term, weight]) => ({ term, weight })).slice(0, mostTerms)
}

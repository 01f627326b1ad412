import { placeNames, synonyms, translatedShare, translations } from './expand.ts'
import { languageOf } from './language.ts'

export interface Restated {
  /** The question in the words of the documents. */
  text: string
  /** How much its vector counts beside the question's own, 0-1. */
  weight: number
}

/** Measured: .4, .5 and .6 do alike. */
const restatedWeight = 0.5

/**
 * A second way to put a question for the search by meaning: a Chinese one with the wording of official texts behind
 * it, an English one as a string of Chinese words. The model knows that 光伏 is near 太阳能板, but being told brings
 * it nearer. An English question counts by how much of it could be translated. null where there is nothing to add.
 */
export function restate(question: string): Restated | null {
  if (languageOf(question) === 'zh') {
    const words = firstOf(synonyms(question))
    return words === '' ? null : { text: `${question} ${words}`, weight: restatedWeight }
  }
  const words = [firstOf(placeNames(question)), firstOf(translations(question))].join(' ').trim()
  return words === '' ? null : { text: words, weight: restatedWeight * translatedShare(question) }
}

function firstOf(groups: readonly (readonly string[])[]): string {
  return groups.map((group) => group[0]).join(' ')
}

/** The mean of two vectors of unit length, `weight` being the share of the second, again of unit length. */
export function blend(first: Float32Array, second: Float32Array, weight: number): Float32Array {
  const mean = first.map((value, i) => value * (1 - weight) + weight * second[i]!)
  const length = Math.hypot(...mean)
  return mean.map((value) => value / length)
}

const han = /\p{Script=Han}/gu
const latin = /[a-z]+/gi

/**
 * The language of a question or passage, as far as the search cares: Chinese where it has any Chinese to speak of.
 * A Chinese character counts as much as a Latin word: `PUE 上限` is Chinese, `The 碳盒 box is small` English.
 */
export function languageOf(text: string): 'zh' | 'en' {
  const characters = text.match(han)?.length ?? 0
  const words = text.match(latin)?.length ?? 0
  return characters >= words && characters > 0 ? 'zh' : 'en'
}

import type { languageOf } from './support.ts'

export type Language = ReturnType<typeof languageOf>

const englishFunctionWords =
  /\b(?:what|which|who|whom|whose|when|where|why|how|is|are|was|were|do|does|did|can|could|must|should|shall|will|would|may|the|of|for|in|on|to|under|and|or)\b/giu

/** The language a question wants its answer in. One with Chinese names in English words is English. */
export function questionLanguage(question: string): Language {
  const han = question.match(/\p{Script=Han}/gu)?.length ?? 0
  if (han === 0) return /\p{Script=Latin}/u.test(question) ? 'en' : 'zh'
  const english = question.match(englishFunctionWords)?.length ?? 0
  return english >= 3 ? 'en' : 'zh'
}

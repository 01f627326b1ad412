import type { Language } from './language.ts'
import { notInDocuments } from './prompt.ts'

/** What the box says when its documents do not hold the answer. */
export const refusalText: Readonly<Record<Language, string>> = {
  zh: '您的文档中没有找到能回答这个问题的内容。可以查看最接近的段落，或换一种问法。',
  en: 'Your documents hold nothing that answers this question. You can look at the nearest passages, or ask in other words.',
}

/**
 * Watches the beginning of an answer for the words that a model was told to use when the passages do not hold the
 * answer. Text is held back while it may still become them; what follows them is the model's own and not wanted.
 */
export function createRefusalWatch() {
  let begun = ''
  let decided = false
  return {
    push(delta: string): { text: string; refused: boolean } {
      if (decided) return { text: delta, refused: false }
      begun += delta
      const verdict = judge(begun, false)
      if (verdict === 'open') return { text: '', refused: false }
      decided = true
      return { text: verdict === 'refused' ? '' : begun, refused: verdict === 'refused' }
    },
    end(): { text: string; refused: boolean } {
      if (decided) return { text: '', refused: false }
      decided = true
      const refused = judge(begun, true) === 'refused'
      return { text: refused ? '' : begun, refused }
    },
  }
}

const markers = Object.values(notInDocuments).map((marker) => marker.toLowerCase())

function judge(text: string, final: boolean): 'open' | 'refused' | 'other' {
  const start = text
    .trimStart()
    .replace(/^["'“”‘’「『【[*_`\s]+/u, '')
    .toLowerCase()
  if (start === '') return final ? 'other' : 'open'
  for (const marker of markers) {
    if (!final && marker.startsWith(start)) return 'open'
    if (!start.startsWith(marker)) continue
    if (!final && start.length === marker.length) return 'open'
    // "文档中没有相关内容提到甲，但是……" goes on as a sentence of its own.
    return /^[\p{L}\p{N}]/u.test(start.slice(marker.length)) ? 'other' : 'refused'
  }
  return 'other'
}

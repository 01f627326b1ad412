import type { Language } from './language.ts'
import { reasonsZh } from './reasons-zh.ts'

/**
 * Why something is as it is, in the words of the node, which are English: in Chinese what is known of it, and the node's
 * own words behind it.
 */
export function reason(language: Language, said: string): string {
  const chinese = language === 'zh' ? inChinese(said) : null
  return chinese === null ? said : `${chinese}（${said}）`
}

/** What was said, in Chinese; null where this version does not know it. */
export function inChinese(said: string): string | null {
  for (const { pattern, chinese } of patterns) {
    const found = pattern.exec(said)
    if (!found) continue
    let at = 0
    return chinese.replace(/\{\}/g, () => part(found[++at]!))
  }
  // `tile/0/000: it is missing`: where, and then what.
  const where = said.indexOf(': ')
  const what = where < 0 ? null : inChinese(said.slice(where + 2))
  return what === null ? null : `${said.slice(0, where)}：${what}`
}

/** A reason within a reason, or a name or number as it is. A part in front of another ends with what parts them. */
function part(text: string): string {
  if (text.endsWith('; ')) return `${part(text.slice(0, -2))}；`
  return inChinese(text) ?? text
}

const patterns = reasonsZh.map(([said, chinese]) => ({ pattern: patternOf(said), chinese }))

function patternOf(said: string): RegExp {
  const parts = said.split('{}').map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  // Only the first of them may be empty: that of `{}the log … goes on`.
  const groups = parts.join('(.+?)').replace(/^\(\.\+\?\)(?=\S)/, '(.*?)')
  return new RegExp(`^${groups}$`, 's')
}

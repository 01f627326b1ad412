/**
 * The shapes in which language models write a citation. Seen in answers of GLM, Qwen, Llama and GPT families:
 * [1]  [1, 2]  [1、2]  [1-3]  [^1]  [[1]]  【1】  【1†source】  〔1〕  ［１］  [passage 1]  [资料1]  [citation:1]
 * Round brackets are never a citation: they number list items.
 */

/** Opening bracket -> its closing one. */
export const brackets: Readonly<Record<string, string>> = { '[': ']', '【': '】', '［': '］', '〔': '〕' }

/** No citation is longer than this, brackets included (UTF-16 code units). */
export const longestMarker = 60

/** Larger numbers are years, document numbers and the like. At most 32 passages are ever sent. */
const largestNumber = 99
const widestRange = 32

const label =
  '(?:(?:passages?|sources?|documents?|docs?|refs?|references?|citations?|cite|quotes?|段落|资料|来源|文献|文档|片段|引用|参考|参考资料|参考文献|材料)\\s*[:.#]?\\s*)?'
const one = `\\^?${label}#?\\d{1,2}(?:\\s*[-–—~]\\s*${label}\\d{1,2})?`
const inside = new RegExp(`^\\s*${one}(?:\\s*[,、;和&]\\s*${one})*\\s*(?:†[^\\]】]*)?$`, 'iu')

/**
 * The numbers cited by a stretch in brackets, in order and without repetition; null when it is no citation.
 * `bracketed` includes its brackets.
 */
export function readMarker(bracketed: string): number[] | null {
  if (bracketed.length > longestMarker || brackets[bracketed[0] ?? ''] !== bracketed.at(-1)) return null
  const content = bracketed.slice(1, -1).normalize('NFKC')
  if (!inside.test(content)) return null
  const numbers = new Set<number>()
  for (const [, from, to] of content
    .replace(/†.*$/u, '')
    .matchAll(/(\d{1,2})(?:\s*[-–—~]\s*\D*?(\d{1,2}))?/gu)) {
    const first = Number(from)
    const last = to === undefined ? first : Number(to)
    if (first < 1 || last < first || last > largestNumber || last - first >= widestRange) return null
    for (let number = first; number <= last; number++) numbers.add(number)
  }
  return [...numbers]
}

import type { Paragraph } from './paragraphs.ts'

const documentKind =
  /(?:通知|办法|方案|规划|意见|条例|计划|决定|规定|细则|措施|标准|指南|公告|通告|批复|函|报告|规范|制度|法|规则|章程|纲要|政策|名单|清单|手册|合同|协议|要点|建议|答复|解读)(?:[（(][^（）()]{1,20}[）)])?》?(?:的通知|的公告)?$/u
const letterhead = /(?:文件|公报|令)$|^(?:主办|编号|密级|特急|加急)/u
const referenceNumber =
  /[〔[［（(]\s*(?:19|20)\d{2}\s*[〕\]］）)]\s*(?:第\s*)?\d+\s*号|^\d{4}年\d{1,2}月\d{1,2}日$/u

/**
 * The title as the first pages show it: large type near the top, several lines of it taken together; a letterhead
 * (…文件), a reference number (〔2022〕5 号) or a date is none. Null where nothing stands out.
 */
export function titleOnPage(paragraphs: readonly Paragraph[], bodySize: number): string | null {
  const first = paragraphs.filter((paragraph) => paragraph.lines[0]!.unit <= 1).slice(0, 25)
  const candidates = first.flatMap((paragraph, i) => {
    const text = paragraph.text.replace(/\s+/g, (space) => space[0]!).trim()
    const letters = text.match(/\p{L}/gu)?.length ?? 0
    if (letters < 4 || text.length > 120 || !paragraph.lines[0]!.aligned) return []
    if (letterhead.test(text) || referenceNumber.test(text) || /[。；，,]$/u.test(text)) return []
    const ratio = paragraph.size / bodySize
    if (ratio < 1.08 && !(paragraph.centred && i < 8)) return []
    const score =
      Math.min(ratio, 2.2) +
      (documentKind.test(text) ? 0.8 : 0) +
      (paragraph.centred ? 0.3 : 0) -
      i * 0.04 -
      paragraph.lines[0]!.unit * 0.3
    return [{ text, score }]
  })
  if (candidates.length === 0) return null
  return candidates.reduce((best, one) => (one.score > best.score ? one : best)).text
}

const uselessTitle =
  /^(?:microsoft (?:word|powerpoint|excel)|untitled|无标题|未命名|powerpoint (?:presentation|演示文稿)|幻灯片|slide|document\d*|文档\d*|title|\d+$)|\.(?:docx?|pptx?|xlsx?|pdf|indd|wps|ofd|qxd|tex|dvi)$/iu

/** The title that the file's properties state, unless a program put it there. */
export function titleInProperties(title: unknown): string | null {
  if (typeof title !== 'string') return null
  const text = title.replace(/\s+/g, ' ').trim()
  return text.length < 3 || text.length > 200 || uselessTitle.test(text) || /\ufffd|\p{Cc}/u.test(text)
    ? null
    : text
}

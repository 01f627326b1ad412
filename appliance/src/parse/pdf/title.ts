import { withoutKangxi } from '../kangxi.ts'
import type { Paragraph } from './paragraphs.ts'

const documentKind =
  /(?:通知|办法|方案|规划|意见|条例|计划|决定|规定|细则|措施|标准|指南|公告|通告|批复|函|报告|规范|制度|法|规则|章程|纲要|政策|名单|清单|手册|合同|协议|要点|建议|答复|解读)(?:[（(][^（）()]{1,20}[）)])?》?(?:的通知|的公告)?$/u
const letterhead =
  /(?:文件|公报|令)$|^(?:主办|编号|密级|特急|加急|附件)|^中华人民共和国\S{2,12}标准$|^(?:ICS|CCS)\s/u
/** 津发改双碳〔2022〕93 号, （明银保监规〔2022〕1 号） */
const reference =
  /[（(]?[^\s，。《》]{1,16}\s?[〔[［（(]\s?(?:19|20)\d{2}\s?[〕\]］）)]\s?(?:第\s?)?\d+\s?号[）)]?$/u
const date =
  /^[（(]?\s*(?:发布时间|发布日期|成文日期|日期)?[:：]?\s*(?:\d{4}|[〇零一二三四五六七八九]{4})\s*[年./-]\s*\S{1,3}\s*[月./-]\s*\S{1,3}\s*日?\s*[）)]?$/u

/** A line that is nothing but a reference number or a date: part of no heading and no paragraph. */
export function standsAlone(text: string): boolean {
  return date.test(text) || (text.length < 40 && text.replace(reference, '').trim() === '')
}

/** Longest title, in UTF-16 code units. */
const longest = 120

/**
 * The paragraph that is the document's title, as the first two pages show it: large type near the top, or a first
 * line that names a kind of document (…管理办法). A letterhead (…文件), a reference number (〔2022〕5 号) or a
 * date is none. Null where nothing stands out.
 */
export function titleOnPage(paragraphs: readonly Paragraph[], bodySize: number): Paragraph | null {
  const first = paragraphs.filter((paragraph) => paragraph.lines[0]!.unit <= 1).slice(0, 25)
  let best: Paragraph | null = null
  let highest = 0
  for (const [i, paragraph] of first.entries()) {
    const score = scoreOf(paragraph, i, bodySize)
    if (score > highest) {
      highest = score
      best = paragraph
    }
  }
  return best
}

/** 0 for what cannot be a title. */
function scoreOf(paragraph: Paragraph, place: number, bodySize: number): number {
  const text = titleText(paragraph.text)
  const letters = text.match(/\p{L}/gu)?.length ?? 0
  if (letters < 4 || text.length > longest || !paragraph.lines[0]!.aligned) return 0
  if (letterhead.test(text) || standsAlone(text) || /[。；，,：:]$/u.test(text)) return 0
  const ratio = paragraph.size / bodySize
  const names = documentKind.test(text)
  if (ratio < 1.08 && !(names && place < (paragraph.centred ? 12 : 4)) && !(paragraph.centred && place < 3))
    return 0
  return (
    Math.min(ratio, 2.2) +
    (names ? 0.8 : 0) +
    (paragraph.centred ? 0.3 : 0) -
    place * 0.04 -
    paragraph.lines[0]!.unit * 0.3
  )
}

/** Without the spaces that set titles apart letter by letter (管 理 办 法), and without a reference number behind. */
export function titleText(text: string): string {
  const han = '[\\p{Script=Han}《》〈〉“”‘’（）〔〕、，。：；—…]'
  return withoutKangxi(text)
    .replace(/\s+/gu, ' ')
    .replace(reference, (all, at: number) => (at > 0 ? '' : all))
    .replace(new RegExp(`(?<=${han}) (?=\\S)|(?<=\\S) (?=${han})`, 'gu'), '')
    .trim()
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

import { withoutKangxi } from './kangxi.ts'

/**
 * The numbering of Chinese official documents, which says more about structure than any font: 第一章, 一、,
 * （一）, 1., （1） nest in this order (GB/T 9704-2012, 7.3.3). English documents number as 1.2.3, Chapter, Part.
 */
export interface Numbering {
  /** Place in the usual nesting, 1 outermost. */
  rank: number
  /** Length of the number itself, with what closes it. */
  length: number
}

const chinese = '[〇零一二三四五六七八九十百千两0-9０-９]'
/** White space that layout puts between the characters of a number: 第 一 章. */
const s = '[\\s\\u3000]*'

const patterns: readonly (readonly [rank: number, pattern: RegExp])[] = [
  [1, new RegExp(`^第${s}(?:${chinese}${s}){1,6}(?:编|篇|部${s}分)(?=[\\s\\u3000:：]|$|\\p{L})`, 'u')],
  [1, /^(?:Part|PART|Volume|VOLUME)\s+(?:[IVXLC]+|\d+)\b[.:]?/u],
  [2, new RegExp(`^第${s}(?:${chinese}${s}){1,6}章(?=[\\s\\u3000:：]|$|\\p{L})`, 'u')],
  [2, /^(?:Chapter|CHAPTER)\s+(?:[IVXLC]+|\d+)\b[.:]?/u],
  [2, new RegExp(`^附${s}(?:件|录|则)${s}(?:[A-Z]|${chinese}+)?(?:[:：]?$|(?=[\\s\\u3000]))`, 'u')],
  [2, /^(?:Appendix|APPENDIX|Annex|ANNEX)(?:\s+(?:[A-Z]|\d+))?\b[.:]?/u],
  [3, new RegExp(`^第${s}(?:${chinese}${s}){1,6}节(?=[\\s\\u3000:：]|$|\\p{L})`, 'u')],
  [4, new RegExp(`^[〇零一二三四五六七八九十百]{1,4}${s}[、.．]`, 'u')],
  [5, new RegExp(`^[（(]${s}[〇零一二三四五六七八九十百]{1,4}${s}[）)]${s}[、.．]?`, 'u')],
  // 1.2 and 1.2.3 before 1. so that the longest one wins; at most three digits each, so that no year or amount is one
  [8, /^\d{1,3}(?:[.．]\d{1,3}){3,4}[.．]?(?=[\s\u3000\p{L}])/u],
  [7, /^\d{1,3}(?:[.．]\d{1,3}){2}[.．]?(?=[\s\u3000\p{L}])/u],
  [6, /^\d{1,3}[.．]\d{1,3}[.．]?(?=[\s\u3000\p{Script=Han}])/u],
  [6, /^(?:\d{1,3}[.．、](?!\d)|[０-９]{1,3}[．、])/u],
  [7, /^(?:[（(][\s\u3000]*\d{1,3}[\s\u3000]*[）)]|\d{1,3}[）)])/u],
  [8, /^[①-⑳⑴-⒇]/u],
]

/** The numbering at the start of a line, or null. Leading white space is not skipped: pass trimmed text. */
export function numberingOf(text: string): Numbering | null {
  const head = withoutKangxi(text.slice(0, 40))
  for (const [rank, pattern] of patterns) {
    const length = pattern.exec(head)?.[0].length
    if (length) return { rank, length }
  }
  return null
}

/** 第三条: an article of a law; starts a paragraph, is no heading. */
export const isArticle = (text: string): boolean =>
  new RegExp(`^第${s}(?:${chinese}${s}){1,7}条(?=[\\s\\u3000:：]|$|\\p{L}|之)`, 'u').test(
    withoutKangxi(text.slice(0, 20)),
  )

export const bullet =
  /^(?:[•●▪■◆◇○□➢►▶✓✔★☆\u2023\u25e6\uf06c\uf0b7\uf0d8\uf0a7\uf077-]|[*–—](?=\s))[\s\u3000]*/u

const caption =
  /^(?:续?附?[表图][\s\u3000]*(?:\d|[A-Z][.\d]|[一二三四五六七八九十]+[\s\u3000:：])|(?:table|figure|exhibit)\s+[\dA-Z]+\b)/iu

/** 表2 活动数据, 附表 1 …, Table 3: the line that names a table or figure is no heading of what follows it. */
export const isCaption = (text: string): boolean => caption.test(withoutKangxi(text.slice(0, 20)))

/** Longest text that may be a heading, in UTF-16 code units. */
export const longestHeading = 60

/** Whether a numbered line can be a heading: short, no caption, and no sentence or clause ends in it. */
export function canBeHeading(text: string): boolean {
  const body = text.trim()
  return (
    body.length > 0 &&
    body.length <= longestHeading &&
    !isCaption(body) &&
    !/[。；;，,、：:！？?!…]$/u.test(body) &&
    !/[。；！？]/u.test(body)
  )
}

import { readChineseNumeral, shiftPoint } from './numerals.ts'

/**
 * A number as it stands in a text, ready to be compared with one in another text, be that written in figures or
 * in characters, in Chinese or in English.
 */
export interface Quantity {
  start: number
  end: number
  /** Readings, all multipliers and unit prefixes applied: `200万元` -> `2000000`. The first is the plain one. */
  values: string[]
  /** The figures alone: `200万元` -> `200`. A table cell holds no more than these. */
  bare: string
  /** Canonical unit, '' where none is written or known. */
  unit: string
  /** Power of ten from `bare` to the first value. */
  shift: number
  /** The multiplier and unit as written, for finding them in a table's header. */
  unitText: string
  /** Said in passing (`三个方面`, `一次`): not a fact that a source must hold. */
  casual: boolean
}

type UnitRow = readonly [unit: string, pattern: string, shift: number]

/** Canonical unit, how it is written, and the power of ten that leads to it. Longer ways of writing come first. */
const unitRows: readonly UnitRow[] = [
  ['%', '[%％]|per ?cent(?:age points?)?|个?百分点|percentage points?', 0],
  ['‰', '‰', 0],
  ['千瓦时', '千瓦时|kWh|度(?![过假电夏冬])|度(?=电)', 0],
  ['千瓦时', '兆瓦时|MWh', 3],
  ['千瓦时', 'GWh', 6],
  ['千瓦时', 'TWh', 9],
  ['千瓦', '千瓦(?!时)|kW(?!h)', 0],
  ['千瓦', '兆瓦(?!时)|MW(?!h)', 3],
  ['千瓦', '吉瓦(?!时)|GW(?!h)', 6],
  ['吨', '公?吨|tonnes?|tons?|t(?![a-z])', 0],
  ['吨', '千克|公斤|kg(?![a-z])', -3],
  ['元', '元|块钱|人民币|yuan|RMB|CNY', 0],
  ['工作日', '个?工作日|(?:working|business|work) ?days?', 0],
  ['天', '个?自然日|天|日(?![期常本均前益趋])|号(?![文码])|days?', 0],
  ['月', '个?月(?!均)|months?', 0],
  ['周', '个?周(?![年期边围])|个?星期|weeks?', 0],
  ['年', '周?年(?![度均])|年度|years?', 0],
  ['小时', '个?小时|hours?', 0],
  ['分钟', '分钟|minutes?', 0],
  ['平方米', '平方米|平米|㎡|m2|m²|平方(?!公)|square met(?:er|re)s?', 0],
  ['平方公里', '平方公里|平方千米|km2|square kilomet(?:er|re)s?', 0],
  ['公顷', '公顷|hectares?|ha(?![a-z])', 0],
  ['亩', '亩|mu(?![a-z])', 0],
  ['公里', '公里|千米|km(?![a-z2])|kilomet(?:er|re)s?', 0],
  ['米', '米|met(?:er|re)s?|m(?![a-z2²])', 0],
  ['倍', '倍|times', 0],
  ['分', '分(?![之钟])|points?', 0],
  ['岁', '岁', 0],
  ['℃', '℃|°C|摄氏度', 0],
]
const units = unitRows.map(
  ([unit, pattern, shift]) => [unit, new RegExp(`^\\s?(?:${pattern})`, 'iu'), shift] as const,
)

const multiplierRows: readonly (readonly [RegExp, number])[] = [
  [/^\s?万亿/u, 12],
  [/^\s?千万/u, 7],
  [/^\s?百万/u, 6],
  [/^\s?十万/u, 5],
  [/^\s?亿/u, 8],
  [/^\s?万/u, 4],
  [/^\s?千(?![瓦克米卡焦伏帕安赫])/u, 3],
  [/^\s?百(?!分)/u, 2],
  [/^\s?(?:trillion)\b/iu, 12],
  [/^\s?(?:billion|bn)\b/iu, 9],
  [/^\s?(?:million|mn)\b/iu, 6],
  [/^\s?(?:thousand)\b/iu, 3],
  [/^\s?(?:hundred)\b/iu, 2],
]

const englishNumbers: Readonly<Record<string, string>> = {
  one: '1', two: '2', three: '3', four: '4', five: '5', six: '6', seven: '7', eight: '8', nine: '9', ten: '10',
  eleven: '11', twelve: '12', fifteen: '15', twenty: '20', thirty: '30', forty: '40', fifty: '50', sixty: '60',
  seventy: '70', eighty: '80', ninety: '90',
} // biome-ignore format: a table

// 千瓦, 千克, 千米 … and 百分之, 千分之 hold no number, nor do the names of the five-year plans (十四五).
const chinese = '(?:[零〇一二两三四五六七八九十万亿]|百(?!分之)|千(?![瓦克米卡焦伏帕安赫]|分之))'
const planName = /十[一二三四五]五(?![年个家人吨元万千百%])/gu
const numeral = new RegExp(
  [
    `(?<figures>\\d+(?:,\\d{3})*(?:\\.\\d+)?)`,
    `(?<chinese>${chinese}+(?:点[零〇一二三四五六七八九]+)?)`,
    `\\b(?<english>${Object.keys(englishNumbers).join('|')})\\b`,
  ].join('|'),
  'giu',
)
/** Behind a number with nothing else, these make it a manner of speaking. */
const casualUnit =
  /^\s?(?:个?(?:方面|类|种|项|点|步|层|部分|环节|阶段|步骤|次|条件|要求|原则|要点)|个(?!月|工作日|小时|星期|自然日|百分点)|kinds?\b|types?\b|parts?\b|steps?\b|aspects?\b|points?\b|ways?\b)/iu

/**
 * The numbers of a text. Figures folded to their plain form (NFKC) but for commas: a Chinese comma between two
 * figures parts them, and NFKC would join them.
 */
export function quantitiesIn(original: string): Quantity[] {
  const text = foldFigures(original).replace(planName, (name) => ' '.repeat(name.length))
  const found: Quantity[] = []
  for (const match of text.matchAll(numeral)) {
    const read = readNumeral(match)
    if (read) found.push(quantityAt(text, match.index, match[0], read))
  }
  shareUnits(text, found)
  return found
}

/** Same length as the original, so that offsets hold. */
export function foldFigures(text: string): string {
  return text.replace(/[\uff05\uff0e\uff10-\uff19\uff1a\uff21-\uff3a\uff41-\uff5a]/g, (char) =>
    char.normalize('NFKC'),
  )
}

function readNumeral(match: RegExpMatchArray): string | null {
  const { figures, chinese: characters, english } = match.groups!
  if (figures !== undefined) return shiftPoint(figures, 0)
  if (english !== undefined) return englishNumbers[english.toLowerCase()]!
  return readChineseNumeral(characters!)
}

function quantityAt(text: string, start: number, written: string, bare: string): Quantity {
  const inFigures = /\d/.test(written)
  let end = start + written.length
  let shift = 0
  const multiplier = multiplierRows.find(([pattern]) => pattern.test(text.slice(end, end + 12)))
  if (multiplier && (inFigures || /[a-z]/i.test(written))) {
    shift = multiplier[1]
    end += multiplier[0].exec(text.slice(end, end + 12))![0].length
  }
  const tail = text.slice(end, end + 24)
  const row = units.find(([, pattern]) => pattern.test(tail))
  const before = text.slice(Math.max(0, start - 4), start)
  const share = /百分之$/.test(before) ? '%' : /千分之$/.test(before) ? '‰' : ''
  const unit =
    share ||
    row?.[0] ||
    (/(?:[¥￥]|RMB|CNY)\s?$/i.test(text.slice(Math.max(0, start - 5), start)) ? '元' : '')
  const unitEnd = row && !share ? end + row[1].exec(tail)![0].length : end
  shift += share ? 0 : (row?.[2] ?? 0)
  return {
    start,
    end: unitEnd,
    values: [shiftPoint(bare, shift)],
    bare,
    shift,
    unit,
    unitText: share || text.slice(start + written.length, unitEnd).trim(),
    casual: isCasual(text, start, unitEnd, written, unit),
  }
}

function isCasual(text: string, start: number, end: number, written: string, unit: string): boolean {
  const before = text.slice(Math.max(0, start - 8), start)
  const after = text.slice(end, end + 16)
  // 第十二条 is a reference, 第一 a manner of speaking.
  if (/第\s?$/.test(before))
    return !/\d/.test(written) && !/^\s?(?:条|款|项|章|节|届|季度|批|期|号|页)/.test(after)
  if (/\d/.test(written)) {
    const listNumber = /(?:^|[\n；;。：:])\s*(?:[-*]\s*)?[（(]?$/.test(before) && /^\s*[.、．)）]/.test(after)
    return (unit === '' && listNumber) || (written.length === 1 && unit === '' && casualUnit.test(after))
  }
  if (unit === '')
    return (
      written.length === 1 ||
      /^[a-z]+$/i.test(written) ||
      casualUnit.test(after) ||
      !/[一二两三四五六七八九]/.test(written)
    )
  if (written === '一' && /[统同唯单另某每任上下进万]$/.test(before)) return true
  return written.length === 1 && /[度分]$/.test(text.slice(start, end))
}

/** In `20-30%`, `20至30万元`, `3、5年` the first number is meant in the unit of the second as well. */
function shareUnits(text: string, found: Quantity[]): void {
  for (let index = found.length - 2; index >= 0; index--) {
    const [one, next] = [found[index]!, found[index + 1]!]
    if (one.unitText !== '' || next.unitText === '') continue
    if (!/^\s?(?:[-–—~～、,，/]|至|到|和|与|及|或|to|and|or)\s?$/iu.test(text.slice(one.end, next.start)))
      continue
    if (next.shift !== 0) one.values.push(shiftPoint(one.bare, next.shift))
    one.unit = next.unit
    one.unitText = next.unitText
    one.shift = next.shift
    one.casual = false
  }
}

/** One kind of answer: how Chinese and English questions ask for it, and what a passage with such an answer holds. */
interface Kind {
  asked: RegExp
  held: RegExp
}

const money =
  /多少(?:万|亿)?[钱元]|几[块毛万]|[补奖罚给拨]多少|(?:收费|价格|均价|底价|单价|成交价|费用|罚款|金额|预算|标准)(?:标准)?(?:是|为|定|有|在)*(?:多少|几)|how much (?:money|subsidy|funding|is the (?:fine|reward|subsidy|fee|price))|what(?: is the| is| are the)? (?:\w+ ){0,2}(?:fine|price|fee|subsidy|reward|bonus|rebate)\b/i
const amount =
  /[\d一二三四五六七八九十百千万亿]\s*(?:万|亿|百|千)?元|元\s*[/／]|\brmb\b|\byuan\b|\bcny\b|[$€£]\s?\d/i

/** What money is asked and given for, one of it: 每吨多少钱 is answered by 元/吨 or 每吨…元. */
const units = [
  ['吨|tonne?', '吨|t\\b'],
  ['度电?|千瓦时|kwh|kilowatt-hour', '千瓦时|度|kwh'],
  ['千瓦|kilowatt|kw', '千瓦|kw'],
  ['辆|台|vehicle|car', '辆|台|车'],
  ['平米|平方米?|square met(?:er|re)', '平方米|平米|m2|㎡'],
  ['亩|公顷|hectare', '亩|公顷'],
] as const

const kinds: readonly Kind[] = [
  { asked: money, held: amount },
  {
    asked: /几成|百分之几|(?:占比|比例)(?:是|为)?多少|what (?:share|proportion|percentage|percent)/i,
    held: /\d\s*%|百分之|\d\s*:\s*\d|percent/i,
  },
  {
    asked: /几天|多少天|几个工作日|几日内|多久|多长时间|几年|几个月|how (?:long|many (?:days|months|years))/i,
    held: /[\d一二三四五六七八九十半]\s*(?:个)?(?:工作日|日|天|月|年|小时|季度)|长期|\bdays?\b|\bmonths?\b|\byears?\b/i,
  },
  {
    asked: /多少家|几家|how many (?:companies|enterprises|firms)/i,
    held: /[\d一二三四五六七八九十]\s*(?:余|多|个)?家|个/,
  },
  { asked: /多少(?:万|亿)?吨|几吨|how many ton/i, held: /\d\s*(?:万|亿)?吨|\btonnes?\b|\btons?\b/i },
]

/** The kinds of answer a question asks for, as patterns of which a passage with an answer holds every one. */
export function answerPatterns(question: string): RegExp[] {
  const patterns = kinds.filter(({ asked }) => asked.test(question)).map(({ held }) => held)
  return money.test(question) ? [...patterns, ...unitPatterns(question)] : patterns
}

function unitPatterns(question: string): RegExp[] {
  return units
    .filter(([asked]) => new RegExp(`(?:每|一|\\bper |\\ba )(?:${asked})`, 'i').test(question))
    .map(([, held]) => new RegExp(`(?:每|[/／]|一)[^。;；\\n]{0,6}?(?:${held})`, 'i'))
}

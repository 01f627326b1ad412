/**
 * Whether a stretch of text names a range that a number of the question falls into: the row of a table of
 * coefficients (`＞1550；≤1700`), a threshold (`50人及以上且不足1000人`).
 */

const number = '(\\d+(?:\\.\\d+)?)'
const lower = [
  new RegExp(`[＞>≥]\\s*=?\\s*${number}`, 'gu'),
  new RegExp(`${number}[^\\d，。；;]{0,6}以上`, 'gu'),
]
const upper = [
  new RegExp(`[＜<≤]\\s*=?\\s*${number}`, 'gu'),
  new RegExp(`(?:不足|低于|不超过|小于)\\s*${number}`, 'gu'),
  new RegExp(`${number}[^\\d，。；;]{0,6}以下`, 'gu'),
]
const span = new RegExp(`${number}\\s*[-~～—–至]\\s*${number}(?!\\s*年)`, 'gu')

const digits = '零一二三四五六七八九'
const places: Record<string, number> = { 十: 10, 百: 100, 千: 1000 }

/** The amounts that a question names; years, and numbers with a unit of time, are none. */
export function amountsIn(question: string): number[] {
  const folded = question.normalize('NFKC').replace(/(\d),(?=\d{3})/g, '$1')
  const arabic = [...folded.matchAll(/(?<![\d.])(\d+(?:\.\d+)?)(万)?(?!\d|\s*[年月日号天])/gu)]
  // The 千 of 千克 and 千瓦 is no numeral.
  const spelled = [
    ...folded.matchAll(
      /[一二两三四五六七八九十百千万零]{2,}?(?=千[克瓦米]|[^一二两三四五六七八九十百千万零年月日号天]|$)/gu,
    ),
  ]
  return [
    ...arabic.map(([, value, myriad]) => Number(value) * (myriad ? 10_000 : 1)),
    ...spelled.map(([numerals]) => readNumeral(numerals)),
  ].filter((amount) => amount > 0)
}

/** 1 when an amount lies between two bounds that the text names, 0.5 when it keeps the only one, else 0. */
export function rangeFit(amounts: readonly number[], text: string): number {
  if (amounts.length === 0) return 0
  const folded = text.normalize('NFKC').replace(/(\d),(?=\d{3})/g, '$1')
  for (const [, from, to] of folded.matchAll(span)) {
    if (amounts.some((amount) => amount >= Number(from) && amount <= Number(to))) return 1
  }
  const least = boundsIn(folded, lower)
  const most = boundsIn(folded, upper)
  if (least.length + most.length === 0) return 0
  const keeps = (amount: number) =>
    least.some((bound) => amount >= bound) === least.length > 0 &&
    most.some((bound) => amount <= bound) === most.length > 0
  if (!amounts.some(keeps)) return 0
  return least.length > 0 && most.length > 0 ? 1 : 0.5
}

function boundsIn(text: string, patterns: readonly RegExp[]): number[] {
  return patterns.flatMap((pattern) => [...text.matchAll(pattern)].map(([, bound]) => Number(bound)))
}

/** 一万三千一百 -> 13100; 0 for what is no number. */
function readNumeral(numerals: string): number {
  let total = 0
  let section = 0
  let digit = 0
  for (const character of numerals.replaceAll('两', '二')) {
    const value = digits.indexOf(character)
    const place = places[character]
    if (value >= 0) digit = value
    else if (place) {
      section += (digit || 1) * place
      digit = 0
    } else {
      total += (section + digit || 1) * 10_000
      section = 0
      digit = 0
    }
  }
  return total + section + digit
}

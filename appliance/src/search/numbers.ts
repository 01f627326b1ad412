const digits: Record<string, number> = {
  〇: 0,
  零: 0,
  一: 1,
  二: 2,
  两: 2,
  三: 3,
  四: 4,
  五: 5,
  六: 6,
  七: 7,
  八: 8,
  九: 9,
}
const places: Record<string, number> = { 十: 10, 百: 100, 千: 1000 }
const myriads: Record<string, number> = { 万: 1e4, 亿: 1e8 }
const multipliers: Record<string, number> = {
  ...places,
  ...myriads,
  thousand: 1e3,
  k: 1e3,
  million: 1e6,
  billion: 1e9,
}

const numeral = '[〇零一二两三四五六七八九十百千万亿]'
const arabic =
  /(\d{1,3}(?:,\d{3})+(?!\d)|\d+)(\.\d+)?(?:\s*(%|亿|百万|千万|万|千|百|million|billion|thousand|k\b))?/giu
const spelled = new RegExp(`(百分之)?(${numeral}+)(?:点(${numeral}+))?`, 'gu')
// A single numeral is a number only before what is counted: 三年, not 三峡.
const counted = /^[年月日天个次倍家项种类级档批期条款元吨度户人名分小工周季]/u

/**
 * The numbers in a text in one spelling: `2,000`, `2000` and `二千` are `2000`; `百分之五` and `5%` are `5%`;
 * `20 万` is both `20` and `200000`.
 */
export function numbersIn(text: string): string[] {
  return [...arabicNumbers(text), ...chineseNumbers(text)]
}

function arabicNumbers(text: string): string[] {
  const found: string[] = []
  for (const [, whole, fraction, unit] of text.matchAll(arabic)) {
    const value = Number(whole!.replaceAll(',', '') + (fraction ?? ''))
    if (unit === '%') found.push(`${value}%`)
    else found.push(String(value))
    const scale = [...(unit ?? '')].every((letter) => letter in multipliers)
      ? [...(unit ?? '')].reduce((product, letter) => product * multipliers[letter]!, 1)
      : (multipliers[unit!.toLowerCase()] ?? 1)
    if (scale > 1) found.push(String(Math.round(value * scale * 1e6) / 1e6))
  }
  return found
}

function chineseNumbers(text: string): string[] {
  const found: string[] = []
  for (const match of text.matchAll(spelled)) {
    const [all, percent, whole, fraction] = match
    const alone = whole!.length === 1 && percent === undefined && fraction === undefined
    if (alone && !counted.test(text.slice(match.index + all.length))) continue
    const value = parseNumeral(whole!)
    if (value === null) continue
    const decimals =
      fraction === undefined ? '' : `.${[...fraction].map((digit) => digits[digit] ?? '').join('')}`
    found.push(percent === undefined ? `${value}${decimals}` : `${value}${decimals}%`)
  }
  return found
}

/** 二〇二五 -> 2025, 一万五千 -> 15000; null for what is no number, such as 千万万. */
function parseNumeral(numerals: string): number | null {
  if (/^[〇零一二三四五六七八九]{2,}$/u.test(numerals)) {
    return Number([...numerals].map((digit) => digits[digit]).join(''))
  }
  let total = 0
  let section = 0
  let digit: number | null = null
  for (const letter of numerals) {
    if (letter in digits) {
      if (digit !== null && digit !== 0) return null
      digit = digits[letter]!
    } else if (letter in places) {
      section += (digit ?? 1) * places[letter]!
      digit = null
    } else {
      section += digit ?? 0
      if (section === 0) return null
      total = letter === '亿' ? (total + section) * myriads[letter]! : total + section * myriads[letter]!
      section = 0
      digit = null
    }
  }
  const value = total + section + (digit ?? 0)
  return value === 0 ? null : value
}

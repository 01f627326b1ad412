/** Decimal numerals as strings, so that no digit is lost: `1,000.50` -> `1000.5`. */

const digits: Readonly<Record<string, number>> = {
  零: 0, 〇: 0, 一: 1, 二: 2, 两: 2, 三: 3, 四: 4, 五: 5, 六: 6, 七: 7, 八: 8, 九: 9,
} // biome-ignore format: a table
const powers: Readonly<Record<string, number>> = { 十: 10, 百: 100, 千: 1000 }

/** Moves the decimal point to the right (negative: to the left) and drops what does not count. */
export function shiftPoint(numeral: string, places: number): string {
  const [whole = '', fraction = ''] = numeral.replaceAll(',', '').split('.')
  const all = whole + fraction
  const point = whole.length + places
  const padded = point > all.length ? all.padEnd(point, '0') : point < 0 ? '0'.repeat(-point) + all : all
  const at = Math.max(point, 0)
  const left = padded.slice(0, at).replace(/^0+(?=\d)/, '') || '0'
  const right = padded.slice(at).replace(/0+$/, '')
  return right === '' ? left : `${left}.${right}`
}

/** `一百二十` -> `120`, `二〇二五` -> `2025`, `三点五` -> `3.5`, `三十万` -> `300000`; null where it is no number. */
export function readChineseNumeral(text: string): string | null {
  const [whole = '', fraction] = text.split('点')
  const left = readWhole(whole)
  if (left === null) return null
  if (fraction === undefined) return left
  const right = [...fraction].map((char) => digits[char])
  return right.length === 0 || right.includes(undefined) ? null : shiftPoint(`${left}.${right.join('')}`, 0)
}

function readWhole(text: string): string | null {
  const chars = [...text]
  if (chars.length === 0) return null
  if (chars.every((char) => char in digits)) return shiftPoint(chars.map((char) => digits[char]).join(''), 0)
  // Groups of four places, the way the language counts: … 亿 … 万 ….
  let total = 0n
  let group = 0
  let digit: number | null = null
  for (const char of chars) {
    if (char in digits) {
      digit = digits[char]!
    } else if (char in powers) {
      group += (digit ?? 1) * powers[char]!
      digit = null
    } else if (char === '万' || char === '亿') {
      const factor = char === '万' ? 10_000n : 100_000_000n
      const counted = total + BigInt(group + (digit ?? 0))
      if (counted === 0n) return null
      total =
        char === '亿' || total < factor ? counted * factor : total + BigInt(group + (digit ?? 0)) * factor
      group = 0
      digit = null
    } else return null
  }
  return String(total + BigInt(group + (digit ?? 0)))
}

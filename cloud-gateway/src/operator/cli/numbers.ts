/** Numbers for columns: whole where there is room for them, else rounded with a unit; never cut off. */

const units = ['', 'k', 'M', 'G', 'T', 'P'] as const

/** A count in so many columns (6 at least). */
export function count(value: number, columns: number): string {
  const whole = String(value)
  return whole.length <= columns ? whole : scaled(value)
}

/** Millionths as units in so many columns (6 at least), with as many digits as are worth a look. */
export function millionths(value: number, columns: number): string {
  const amount = value / 1_000_000
  if (amount === 0) return '0'
  if (amount < 0.01) return small(amount, columns)
  const digits = amount.toFixed(amount < 1000 ? 2 : 0)
  return digits.length <= columns ? digits : scaled(amount)
}

/** As people write money: 0.00034, and <0.0001 where the columns do not reach. */
function small(amount: number, columns: number): string {
  const digits = amount.toFixed(Math.min(6, columns - 2)).replace(/0+$/, '')
  return Number(digits) === 0 ? `<0.${'0'.repeat(columns - 4)}1` : digits
}

/** Round thousands and millions as such, for what a person has set; else as `count`. */
export function limit(value: number, columns: number): string {
  if (value >= 1_000_000 && value % 100_000 === 0 && value < 1e9) return `${value / 1_000_000}M`
  if (value >= 10_000 && value % 1000 === 0 && value < 1e6) return `${value / 1000}k`
  return count(value, columns)
}

function scaled(value: number): string {
  // What would round up to a thousand is one of the next unit.
  const step = Math.min(units.length - 1, Math.floor(Math.log10(value * 1.0005) / 3))
  return `${(value / 1000 ** step).toPrecision(3)}${units[step]}`
}

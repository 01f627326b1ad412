/** Sizes and indexes are 64-bit numbers wherever others hash or sign them as numbers. */
const limit = 2n ** 64n

/**
 * A size or an index as notes and proofs write it: ASCII digits without leading zeros, `0` for nothing, below 2^64.
 * Null for anything else.
 */
export function parseDecimal(text: string): bigint | null {
  if (!/^(?:0|[1-9][0-9]{0,19})$/.test(text)) return null
  const value = BigInt(text)
  return value < limit ? value : null
}

/**
 * The same the other way.
 * @throws RangeError for what has no such form
 */
export function formatDecimal(value: bigint): string {
  if (value < 0n || value >= limit) throw new RangeError('sizes and indexes go from 0 to 2^64 - 1')
  return value.toString()
}

/**
 * Bytes and tokens of a text in one walk over its code units. This runs for every token of every answer, so the result
 * is written into one object that the caller reads before the next call.
 */
export interface TextMeasure {
  /** Of its UTF-8; half a surrogate pair counts as the three bytes of U+FFFD. */
  bytes: number
  /** Characters that are estimated as a token each, and bytes of the others, three to a token (estimate-tokens.ts). */
  wide: number
  narrowBytes: number
  /** There are surrogates: halves may have to wait for the other, or be replaced. */
  surrogates: boolean
}

const measured: TextMeasure = { bytes: 0, wide: 0, narrowBytes: 0, surrogates: false }

export function measureText(text: string): TextMeasure {
  let wide = 0
  let narrow = 0
  let rare = 0
  let surrogates = false
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit < 0x80) narrow += 1
    else if (unit < 0x800) narrow += 2
    else if (unit < 0xd800 || unit > 0xdfff) wide += 1
    else {
      surrogates = true
      const paired = isHigh(unit) && isLow(text.charCodeAt(at + 1))
      if (!paired) wide += 1
      else {
        at += 1
        if (unit >= 0xd840 && unit <= 0xd8bf) rare += 1
        else narrow += 4
      }
    }
  }
  measured.bytes = narrow + 3 * wide + 4 * rare
  measured.wide = wide + rare
  measured.narrowBytes = narrow
  measured.surrogates = surrogates
  return measured
}

/**
 * How many code units from the beginning of a well-formed text encode to at most `most` bytes, never half a character.
 */
export function unitsWithin(text: string, most: number): number {
  let bytes = 0
  let at = 0
  while (at < text.length) {
    const unit = text.charCodeAt(at)
    const high = isHigh(unit)
    bytes += unit < 0x80 ? 1 : unit < 0x800 ? 2 : high ? 4 : 3
    if (bytes > most) return at
    at += high ? 2 : 1
  }
  return at
}

export const isHigh = (unit: number) => unit >= 0xd800 && unit <= 0xdbff
const isLow = (unit: number) => unit >= 0xdc00 && unit <= 0xdfff

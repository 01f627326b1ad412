/** What a file of plain text is written in. GB18030 holds GBK and GB2312, as they are used in practice. */
export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'gb18030' | 'big5' | 'windows-1252'

const marks: readonly (readonly [Encoding, readonly number[]])[] = [
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
  ['gb18030', [0x84, 0x31, 0x95, 0x33]],
]

/**
 * Text of bytes whose encoding nobody named: a byte order mark decides, then validity as UTF-8, then zeros that
 * only UTF-16 has, then how common the characters are that GB18030 and Big5 would make of the bytes.
 * The byte order mark is no part of the text; NUL and other bytes that are no text come out as they are.
 */
export function decode(bytes: Uint8Array): { text: string; encoding: Encoding } {
  const encoding = encodingOf(bytes)
  return { text: new TextDecoder(encoding).decode(bytes), encoding }
}

export function encodingOf(bytes: Uint8Array): Encoding {
  for (const [encoding, mark] of marks) if (mark.every((byte, i) => bytes[i] === byte)) return encoding
  const sample = bytes.subarray(0, 65536)
  const utf8 = isUtf8(bytes)
  const wide = wideEncoding(sample)
  // ASCII in UTF-16 is valid UTF-8, every second character a NUL; Chinese in UTF-16 is not.
  if (wide && (!utf8 || sample.filter((byte) => byte === 0).length > sample.length / 4)) return wide
  return utf8 ? 'utf-8' : chineseEncoding(sample)
}

/** A character cut off at the end is no error: the head of a file, or a file cut short, ends anywhere. */
function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true })
    return true
  } catch {
    return false
  }
}

/**
 * UTF-16 without a mark, told by its white space: a zero beside a line feed, a tab or a space. Zeros alone say
 * nothing: the commonest of all characters, 一 (U+4E00), has one on the other side.
 */
function wideEncoding(sample: Uint8Array): Encoding | null {
  const isSpace = (byte: number | undefined) =>
    byte === 0x0a || byte === 0x0d || byte === 0x20 || byte === 0x09
  let little = 0
  let big = 0
  for (let i = 0; i + 1 < sample.length; i += 2) {
    if (sample[i + 1] === 0 && isSpace(sample[i])) little++
    if (sample[i] === 0 && isSpace(sample[i + 1])) big++
  }
  if (little > 1 && little > big * 4) return 'utf-16le'
  if (big > 1 && big > little * 4) return 'utf-16be'
  return null
}

/**
 * Both encodings accept most of each other's bytes, but then yield rare characters. Scored by the lead bytes of
 * the level-1 characters: B0-D7 in GB2312 (3755 characters in daily use), A4-C6 in Big5 (5401).
 */
function chineseEncoding(sample: Uint8Array): Encoding {
  const gb = score(sample, 'gb18030', (lead, trail) => lead >= 0xb0 && lead <= 0xd7 && trail >= 0xa1)
  const big5 = score(sample, 'big5', (lead) => lead >= 0xa4 && lead <= 0xc6)
  if (Math.max(gb, big5) <= 0) return 'windows-1252'
  return big5 > gb ? 'big5' : 'gb18030'
}

function score(
  sample: Uint8Array,
  encoding: Encoding,
  isCommon: (lead: number, trail: number) => boolean,
): number {
  // The sample may end inside a character: stream keeps that from counting as an error.
  const text = new TextDecoder(encoding).decode(sample, { stream: true })
  let pairs = 0
  let common = 0
  for (let i = 0; i < sample.length; i++) {
    const lead = sample[i]!
    if (lead < 0x80) continue
    pairs++
    if (isCommon(lead, sample[i + 1] ?? 0)) common++
    i++
  }
  const wrong = text.split('\ufffd').length - 1
  const frequent = (text.match(frequentCharacters) ?? []).length
  return pairs === 0 ? 0 : (common + 4 * frequent - 8 * wrong) / pairs
}

/** Function words and punctuation that no Chinese page lacks, simplified and traditional. */
const frequentCharacters =
  /[，。、：；的一是不了在人有我他這这個个們们中來来上大為为和國国地到以說说時时要就出會会可也你對对生能而子那得於于著下自之年]/g

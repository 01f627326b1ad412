import type { SeededRandom } from '../simulation/random.ts'

/**
 * Changes valid bytes where they are likely to matter: single bytes, numbers, lines, base64, JSON, lengths. One to four
 * changes; sometimes none, so that what is valid is met as well.
 */
export function mutate(random: SeededRandom, samples: readonly Buffer[]): Buffer {
  let bytes = random.pick(samples)
  for (let changes = random.below(5); changes > 0; changes -= 1) {
    bytes = random.pick(changesOf)(random, bytes, samples)
  }
  return bytes.length > maxBytes ? bytes.subarray(0, maxBytes) : bytes
}

/** Beyond every limit but that of bundles. */
const maxBytes = 3 << 20

type Change = (random: SeededRandom, bytes: Buffer, samples: readonly Buffer[]) => Buffer

const place = (random: SeededRandom, bytes: Buffer) => random.below(bytes.length + 1)

function splice(bytes: Buffer, from: number, to: number, inserted: Uint8Array): Buffer {
  return Buffer.concat([bytes.subarray(0, from), inserted, bytes.subarray(Math.max(from, to))])
}

const odd = [
  ...['', ' ', '\n', '\n\n', '\r\n', '\t', '\0', '\u2028', '—', '+', '=', '/', '-', '.', ','],
  ...['{', '}', '[', ']', '"', '\\', '\\u0000', 'null', 'true', '{}', '[]', '"__proto__":1,'],
  ...[
    '— a AAAA\n',
    'old 0\n',
    'extra AA==\n',
    'index 0\n',
    'quorum none\n',
    'group g 1 g\n',
    '../',
    '.p/1',
    'x001/',
  ],
  ...['é', '\ud83d\ude00', '\ufeff', '\u202e', '\uffff'],
].map((text) => Buffer.from(text))

const numbers = [
  ...['0', '1', '-1', '00', '01', '255', '256', '257', '65535', '65536', '4294967295', '4294967296'],
  ...['9007199254740991', '9007199254740992', '18446744073709551615', '18446744073709551616'],
  ...['1e3', '1.5', '-0', '99999999999999999999999999', '0x10', '٣'],
].map((text) => Buffer.from(text))

const changesOf: readonly Change[] = [
  function flipBit(random, bytes) {
    if (bytes.length === 0) return bytes
    const changed = Buffer.from(bytes)
    changed[random.below(bytes.length)]! ^= 1 << random.below(8)
    return changed
  },
  function setByte(random, bytes) {
    if (bytes.length === 0) return bytes
    const changed = Buffer.from(bytes)
    changed[random.below(bytes.length)] = random.pick([0, 1, 0x0a, 0x20, 0x2b, 0x30, 0x7f, 0x80, 0xff])
    return changed
  },
  function cutShort(random, bytes) {
    return bytes.subarray(0, place(random, bytes))
  },
  function cutOut(random, bytes) {
    const from = place(random, bytes)
    return splice(bytes, from, from + random.below(40), Buffer.alloc(0))
  },
  function putIn(random, bytes) {
    const at = place(random, bytes)
    return splice(bytes, at, at, random.chance(0.7) ? random.pick(odd) : random.bytes(random.below(40)))
  },
  function sayTwice(random, bytes) {
    const from = place(random, bytes)
    const part = bytes.subarray(from, from + random.below(200))
    const at = place(random, bytes)
    return splice(bytes, at, at, part)
  },
  function crossOver(random, bytes, samples) {
    const other = random.pick(samples)
    return Buffer.concat([bytes.subarray(0, place(random, bytes)), other.subarray(place(random, other))])
  },
  function changeNumber(random, bytes) {
    return replaceOne(random, bytes, /\d+/g, () => random.pick(numbers))
  },
  function changeLine(random, bytes) {
    const lines = bytes.toString('latin1').split('\n')
    const at = random.below(lines.length)
    const how = random.below(4)
    if (how === 0) lines.splice(at, 1)
    else if (how === 1) lines.splice(at, 0, lines[random.below(lines.length)]!)
    else if (how === 2) lines[at] = lines[random.below(lines.length)]!
    else lines.reverse()
    return Buffer.from(lines.join('\n'), 'latin1')
  },
  function changeBase64(random, bytes) {
    return replaceOne(random, bytes, /[A-Za-z0-9+/]{16,}={0,2}/g, (found) => {
      const decoded = Buffer.from(found, 'base64')
      const made = random.pick([
        () => random.bytes(decoded.length),
        () => decoded.subarray(0, random.below(decoded.length + 1)),
        () => Buffer.concat([decoded, random.bytes(random.below(70))]),
        () => Buffer.alloc(decoded.length, random.below(256)),
      ])()
      return Buffer.from(made.toString('base64'))
    })
  },
  function changeWord(random, bytes) {
    return replaceOne(random, bytes, /[A-Za-z][\w.-]*/g, () => random.pick(odd))
  },
  function growLong(random, bytes) {
    // Rarely: it is what limits are for, and costs time.
    if (!random.chance(0.02)) return bytes
    const at = place(random, bytes)
    const what = random.pick([...odd, ...numbers, bytes.subarray(at, at + 100)])
    const times = Math.min(
      random.pick([300, 3000, 70_000, 1_200_000]),
      Math.floor(maxBytes / (what.length + 1)),
    )
    return splice(bytes, at, at, Buffer.concat(Array.from({ length: times }, () => what)))
  },
]

/** Replaces one of what the pattern finds, in bytes taken for characters. */
function replaceOne(
  random: SeededRandom,
  bytes: Buffer,
  pattern: RegExp,
  replacement: (found: string) => Buffer,
): Buffer {
  // What has grown long is not searched again.
  if (bytes.length > 300_000) return bytes
  const found = [...bytes.toString('latin1').matchAll(pattern)]
  if (found.length === 0) return bytes
  const { 0: text, index } = random.pick(found)
  return splice(bytes, index, index + text.length, replacement(text))
}

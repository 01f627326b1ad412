import { randomBytes } from 'node:crypto'

/** A UUID v7 (RFC 9562 section 5.7): ids made later sort later, which lists and cursors rely on. */
export function newId(now: Date): string {
  const bytes = randomBytes(16)
  bytes.writeUIntBE(Math.max(now.getTime(), last), 0, 6)
  last = Math.max(now.getTime(), last)
  counter = last === counterOf ? (counter + 1) & 0xfff : bytes.readUInt16BE(6) & 0x7ff
  counterOf = last
  // 12 bits after the version count up within a millisecond (section 6.2, method 1), so that order holds there too.
  bytes.writeUInt16BE(0x7000 | counter, 6)
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

let last = 0
let counter = 0
let counterOf = -1

import { maxEntryBytes } from '../entry.ts'
import { fullWidth } from '../tree/tiles.ts'

const lengthBytes = 2

/** Bytes of a full bundle at most: of our entries, and of anybody's. */
export const maxBundleBytes = { ours: fullWidth * (lengthBytes + maxEntryBytes), any: fullWidth * 65_537 }

/**
 * Cuts a bundle into exactly `count` entries (C2SP tlog-tiles, "Log entries").
 * @returns views of `bytes`, or what is wrong: too few entries, or anything behind the last
 */
export function cutBundle(bytes: Buffer, count: number): Buffer[] | string {
  const entries: Buffer[] = []
  let at = 0
  while (entries.length < count) {
    if (at === bytes.length) return `it has ${entries.length} entries instead of ${count}`
    if (at + lengthBytes > bytes.length) return `it ends inside the length of entry ${entries.length} of it`
    const end = at + lengthBytes + bytes.readUInt16BE(at)
    if (end > bytes.length) return `it ends inside entry ${entries.length} of it`
    entries.push(bytes.subarray(at + lengthBytes, end))
    at = end
  }
  return at === bytes.length ? entries : `${bytes.length - at} bytes follow its ${count} entries`
}

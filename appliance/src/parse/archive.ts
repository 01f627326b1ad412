import { inflateRawSync } from 'node:zlib'
import { TanboxError } from '../errors.ts'
import { mebibytes, type ParseLimits } from './parser.ts'

/**
 * The parts of a zip archive (PKWARE APPNOTE 6.3.10), read from its central directory. Nothing is inflated before
 * it is asked for, and never more than the limits allow: zlib itself stops at the bytes that are left.
 */
export interface Archive {
  /** Names as they stand in the archive, with forward slashes and no leading one. */
  readonly names: readonly string[]
  /** Bytes of a part, or null where there is none. Names are matched without regard to case. */
  read(name: string): Uint8Array | null
}

interface Entry {
  name: string
  flags: number
  method: number
  packed: number
  offset: number
}

const endSignature = 0x06054b50
const end64Locator = 0x07064b50
const end64Signature = 0x06064b50
const entrySignature = 0x02014b50
const localSignature = 0x04034b50

/** @throws TanboxError `file-broken`, `file-encrypted`, `file-bomb` */
export function openArchive(
  bytes: Uint8Array,
  format: string,
  limits: Pick<ParseLimits, 'maxEntries' | 'maxInflated'>,
): Archive {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const broken = (cause: string) => new TanboxError('file-broken', format, { cause })
  const entries = new Map<string, Entry>()
  try {
    for (const entry of directory(view, limits.maxEntries)) entries.set(entry.name.toLowerCase(), entry)
  } catch (error) {
    throw error instanceof RangeError ? broken('the directory reaches beyond the file') : error
  }
  let left = limits.maxInflated

  return {
    names: [...entries.values()].map((entry) => entry.name),
    read(name) {
      const entry = entries.get(name.toLowerCase())
      if (!entry) return null
      if (entry.flags & 1) throw new TanboxError('file-encrypted', format)
      const data = packedBytes(bytes, view, entry)
      if (!data) throw broken(`${name} lies outside the file`)
      const content = inflate(data, entry, left)
      if (content === 'too large') throw new TanboxError('file-bomb', `> ${mebibytes(limits.maxInflated)}`)
      if (content === 'broken') throw broken(`${name} cannot be inflated`)
      left -= content.length
      return content
    },
  }

  function* directory(view: DataView, maxEntries: number): Generator<Entry> {
    const end = findEnd(view)
    if (!end) throw broken('no end of central directory')
    if (end.count > maxEntries) throw new TanboxError('file-bomb', `${end.count} entries`)
    let at = end.start
    for (let i = 0; i < end.count; i++) {
      if (view.getUint32(at, true) !== entrySignature) throw broken('the directory is damaged')
      const nameLength = view.getUint16(at + 28, true)
      const extraLength = view.getUint16(at + 30, true)
      const flags = view.getUint16(at + 8, true)
      const name = new TextDecoder(flags & 0x800 ? 'utf-8' : 'latin1').decode(
        bytes.subarray(at + 46, at + 46 + nameLength),
      )
      const entry = {
        name: name.replaceAll('\\', '/').replace(/^\/+/, ''),
        flags,
        method: view.getUint16(at + 10, true),
        packed: view.getUint32(at + 20, true),
        offset: view.getUint32(at + 42, true),
      }
      read64(view, at + 46 + nameLength, extraLength, view.getUint32(at + 24, true), entry)
      entry.offset += end.shift
      yield entry
      at += 46 + nameLength + extraLength + view.getUint16(at + 32, true)
    }
  }
}

/** Where the central directory begins; `shift` is what was put before the archive without its offsets knowing. */
function findEnd(view: DataView): { count: number; start: number; shift: number } | null {
  const lowest = Math.max(0, view.byteLength - 22 - 0xffff)
  for (let at = view.byteLength - 22; at >= lowest; at--) {
    if (view.getUint32(at, true) !== endSignature) continue
    let count = view.getUint16(at + 10, true)
    let size = view.getUint32(at + 12, true)
    let stated = view.getUint32(at + 16, true)
    let end = at
    if (at >= 20 && view.getUint32(at - 20, true) === end64Locator) {
      const at64 = Number(view.getBigUint64(at - 12, true))
      if (at64 + 56 <= view.byteLength && view.getUint32(at64, true) === end64Signature) {
        count = Number(view.getBigUint64(at64 + 32, true))
        size = Number(view.getBigUint64(at64 + 40, true))
        stated = Number(view.getBigUint64(at64 + 48, true))
        end = at64
      }
    }
    const start = end - size
    if (start >= 0 && start >= stated) return { count, start, shift: start - stated }
  }
  return null
}

/** Zip64 sizes and offset, where the 32-bit fields are full (APPNOTE 4.5.3). */
function read64(view: DataView, at: number, length: number, unpacked: number, entry: Entry): void {
  for (let i = at; i + 4 <= at + length; ) {
    const size = view.getUint16(i + 2, true)
    if (view.getUint16(i, true) === 1) {
      let field = i + 4 + (unpacked === 0xffffffff ? 8 : 0)
      if (entry.packed === 0xffffffff) {
        entry.packed = Number(view.getBigUint64(field, true))
        field += 8
      }
      if (entry.offset === 0xffffffff) entry.offset = Number(view.getBigUint64(field, true))
    }
    i += 4 + size
  }
}

function packedBytes(bytes: Uint8Array, view: DataView, entry: Entry): Uint8Array | null {
  const at = entry.offset
  if (at < 0 || at + 30 > bytes.length || view.getUint32(at, true) !== localSignature) return null
  const start = at + 30 + view.getUint16(at + 26, true) + view.getUint16(at + 28, true)
  return start + entry.packed <= bytes.length ? bytes.subarray(start, start + entry.packed) : null
}

function inflate(data: Uint8Array, entry: Entry, left: number): Uint8Array | 'too large' | 'broken' {
  if (entry.method === 0) return data.length <= left ? data : 'too large'
  if (entry.method !== 8) return 'broken'
  if (left <= 0) return 'too large'
  try {
    return inflateRawSync(data, { maxOutputLength: left })
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? 'too large' : 'broken'
  }
}

import { maxEntryBytes } from '../entry.ts'
import type { LogFile } from './log-file.ts'

/**
 * Entries follow each other in the file as in a tlog-tiles entry bundle: a big-endian uint16 with the length,
 * then the bytes. 256 entries from an index divisible by 256 are therefore a bundle, byte for byte.
 */
export const lengthBytes = 2

export function frame(entry: Uint8Array): Buffer {
  const framed = Buffer.allocUnsafe(lengthBytes + entry.length)
  framed.writeUInt16BE(entry.length)
  framed.set(entry, lengthBytes)
  return framed
}

/** A record at byte `offset`: its entry, or why none could be cut out there. */
export type Record = { offset: number; entry: Buffer } | { offset: number; problem: string }

const readAhead = 1 << 20

/** Reads the records of [offset, end) one after another; ends after the first that cannot be cut out. */
export async function* records(file: LogFile, offset: number, end: number): AsyncGenerator<Record> {
  let buffer: Buffer = Buffer.alloc(0)
  let bufferAt = offset
  while (offset < end) {
    let rest = buffer.subarray(offset - bufferAt)
    if (rest.length < lengthBytes + maxEntryBytes && bufferAt + buffer.length < end) {
      buffer = Buffer.alloc(Math.min(readAhead, end - offset))
      buffer = buffer.subarray(0, await file.read(buffer, offset))
      bufferAt = offset
      rest = buffer
    }
    const cut = cutRecord(rest)
    if (typeof cut === 'string') {
      yield { offset, problem: cut }
      return
    }
    yield { offset, entry: cut }
    offset += lengthBytes + cut.length
  }
}

/** The entry at the head of `bytes`, or what is wrong. */
function cutRecord(bytes: Buffer): Buffer | string {
  if (bytes.length < lengthBytes) return 'the file ends inside a length'
  const length = bytes.readUInt16BE()
  if (length === 0) return 'a length is zero'
  if (length > maxEntryBytes) return `a length of ${length} is more than an entry may have`
  if (bytes.length < lengthBytes + length) return 'the file ends inside an entry'
  return bytes.subarray(lengthBytes, lengthBytes + length)
}

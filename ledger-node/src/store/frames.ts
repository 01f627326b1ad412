import type { DiskFile } from '../disk/disk.ts'
import { maxEntryBytes } from '../entry.ts'

/**
 * Entries follow each other in the file as in a tlog-tiles entry bundle: a big-endian uint16 with the length,
 * then the bytes. 256 entries from an index divisible by 256 are therefore a bundle, byte for byte.
 */
export const lengthBytes = 2

/** All entries, each with its length before it. */
export function frame(entries: readonly Uint8Array[]): Buffer {
  const framed = Buffer.allocUnsafe(entries.reduce((sum, entry) => sum + lengthBytes + entry.length, 0))
  let at = 0
  for (const entry of entries) {
    framed.writeUInt16BE(entry.length, at)
    framed.set(entry, at + lengthBytes)
    at += lengthBytes + entry.length
  }
  return framed
}

/**
 * The entries at the head of `framed`, `count` of them, without their lengths; views of it.
 * @throws RangeError when there are fewer
 */
export function unframe(framed: Buffer, count: number): Buffer[] {
  const entries: Buffer[] = []
  for (let at = 0; entries.length < count; ) {
    const end = endOf(framed, at)
    entries.push(framed.subarray(at + lengthBytes, end))
    at = end
  }
  return entries
}

/** How many bytes the first `count` framed entries take. */
export function lengthOf(framed: Buffer, count: number): number {
  let at = 0
  for (let index = 0; index < count; index += 1) at = endOf(framed, at)
  return at
}

function endOf(framed: Buffer, at: number): number {
  const end = at + lengthBytes + framed.readUInt16BE(at)
  if (end > framed.length) throw new RangeError('an entry runs past the end')
  return end
}

/** A record at byte `offset`: its entry, or why none could be cut out there. */
export type Record = { offset: number; entry: Buffer } | { offset: number; problem: string }

const readAhead = 1 << 18

/** Reads the records of [offset, end) one after another; ends after the first that cannot be cut out. */
export async function* records(file: DiskFile, offset: number, end: number): AsyncGenerator<Record> {
  for await (const block of recordBlocks(file, offset, end)) yield* block
}

/** The same, in blocks of some 800 entries of ours: a log of a million entries then costs no million turns, and what is
 * made of a block is small enough to be collected young (blocks of a mebibyte cost 100 MB more of resident memory). */
export async function* recordBlocks(file: DiskFile, offset: number, end: number): AsyncGenerator<Record[]> {
  let at = offset
  while (at < end) {
    const buffer = Buffer.allocUnsafe(Math.min(readAhead, end - at))
    const bytes = buffer.subarray(0, await file.read(buffer, at))
    const { block, whole } = cutBlock(bytes, at, at + bytes.length >= end || bytes.length < buffer.length)
    yield block
    if (!whole) return
    const last = block.at(-1)!
    at = last.offset + lengthBytes + ('entry' in last ? last.entry.length : 0)
  }
}

/** @param isEnd whether nothing follows `bytes`; else a record that they end inside of is left for the next block */
function cutBlock(bytes: Buffer, offset: number, isEnd: boolean): { block: Record[]; whole: boolean } {
  const block: Record[] = []
  let at = 0
  do {
    const cut = cutRecord(bytes, at)
    if (typeof cut !== 'string') {
      block.push({ offset: offset + at, entry: cut })
      at += lengthBytes + cut.length
    } else if (isEnd || bytes.length - at >= lengthBytes + maxEntryBytes) {
      block.push({ offset: offset + at, problem: cut })
      return { block, whole: false }
    } else return { block, whole: true }
  } while (at < bytes.length)
  return { block, whole: true }
}

/** The entry at `at`, or what is wrong. */
function cutRecord(bytes: Buffer, at: number): Buffer | string {
  if (bytes.length - at < lengthBytes) return 'the file ends inside a length'
  const length = bytes.readUInt16BE(at)
  if (length === 0) return 'a length is zero'
  if (length > maxEntryBytes) return `a length of ${length} is more than an entry may have`
  if (bytes.length - at < lengthBytes + length) return 'the file ends inside an entry'
  return bytes.subarray(at + lengthBytes, at + lengthBytes + length)
}

import { ChainError, emptyHead, type Head } from '../chain.ts'
import type { DiskFile } from '../disk/disk.ts'
import { type Followed, Follower } from '../follower.ts'
import { lengthBytes, recordBlocks } from '../store/frames.ts'
import type { Mark } from './mark.ts'

/** The log holds something else than what was acknowledged. Nothing is repaired: a person has to look. */
export class LogDamaged extends Error {
  readonly seq: number
  readonly offset: number

  constructor(seq: number, offset: number, what: string, options?: ErrorOptions) {
    super(`The log is damaged at entry ${seq}, byte ${offset}: ${what}.`, options)
    this.name = 'LogDamaged'
    this.seq = seq
    this.offset = offset
  }
}

export interface Recovered {
  head: Head
  /** Where the sound entries end; what lies beyond is a torn tail. */
  bytes: number
  /** Why the tail is no entry; null where the file ends with a whole entry. */
  torn: string | null
}

/** What is made of the entries while they are read. */
export interface RecoveryListener {
  entry(entry: Followed, offset: number): void
  /** After some thousand entries. */
  flush(): Promise<void>
}

/**
 * Reads a log from its beginning, checking every entry, and tells where its sound part ends.
 * @param mark what is known to have been durable; null where that is not known any more
 * @throws LogDamaged where something that was acknowledged is missing or changed
 */
export async function recover(
  file: DiskFile,
  mark: Mark | null,
  listener: RecoveryListener,
): Promise<Recovered> {
  const end = await file.size()
  const follower = new Follower()
  let bytes = 0
  let torn: string | null = null
  if (mark?.size === 0 && mark.hash !== emptyHead.hash)
    throw new LogDamaged(0, 0, 'the mark is not one of this log')
  for await (const block of recordBlocks(file, 0, end)) {
    for (const record of block) {
      const step = 'entry' in record ? tryFollow(follower, record.entry) : record.problem
      if (typeof step === 'string') {
        torn = step
        break
      }
      listener.entry(step, record.offset)
      bytes = record.offset + lengthBytes + ('entry' in record ? record.entry.length : 0)
      const { head } = follower
      if (head.size === mark?.size && (head.hash !== mark.hash || bytes !== mark.bytes)) {
        throw new LogDamaged(head.size - 1, record.offset, 'it is not the entry that was acknowledged')
      }
    }
    await listener.flush()
    if (torn !== null) break
  }
  const { head } = follower
  if (mark && head.size < mark.size) {
    const missing = `${torn ?? 'the file ends'}; ${mark.size} entries were acknowledged`
    throw new LogDamaged(head.size, bytes, missing)
  }
  if (torn !== null && mark === null && !(await isPlainlyTorn(file, bytes, end))) {
    throw new LogDamaged(head.size, bytes, torn)
  }
  return { head, bytes, torn }
}

function tryFollow(follower: Follower, entry: Buffer): Followed | string {
  try {
    return follower.next(entry)
  } catch (error) {
    if (error instanceof ChainError) return error.message
    throw error
  }
}

/**
 * Without a mark only two endings are taken for a torn write: a last record that runs past the end of the file,
 * and a file that was lengthened and never filled.
 */
async function isPlainlyTorn(file: DiskFile, from: number, end: number): Promise<boolean> {
  const tail = Buffer.alloc(Math.min(end - from, 1 << 20))
  await file.read(tail, from)
  if (tail.every((byte) => byte === 0)) return true
  return tail.length < lengthBytes || from + lengthBytes + tail.readUInt16BE() > end
}

import { ChainError, emptyHead, follow, type Head } from '../chain.ts'
import type { Entry } from '../entry.ts'
import { lengthBytes, records } from './frames.ts'
import type { LogFile } from './log-file.ts'
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

/**
 * Reads a log from its beginning, checking every entry, and tells where its sound part ends.
 * @param mark what is known to have been durable; null where that is not known any more
 * @throws LogDamaged where something that was acknowledged is missing or changed
 */
export async function recover(
  file: LogFile,
  mark: Mark | null,
  onEntry: (entry: Entry, offset: number) => void,
): Promise<Recovered> {
  const end = await file.size()
  let head = emptyHead
  let bytes = 0
  let torn: string | null = null
  if (mark?.size === 0 && mark.hash !== head.hash)
    throw new LogDamaged(0, 0, 'the mark is not one of this log')
  for await (const record of records(file, 0, end)) {
    const step = 'entry' in record ? tryFollow(head, record.entry) : record.problem
    if (typeof step === 'string') {
      torn = step
      break
    }
    head = step.head
    onEntry(step.entry, record.offset)
    bytes = record.offset + lengthBytes + ('entry' in record ? record.entry.length : 0)
    if (head.size === mark?.size && (head.hash !== mark.hash || bytes !== mark.bytes)) {
      throw new LogDamaged(head.size - 1, record.offset, 'it is not the entry that was acknowledged')
    }
  }
  if (mark && head.size < mark.size) {
    const missing = `${torn ?? 'the file ends'}; ${mark.size} entries were acknowledged`
    throw new LogDamaged(head.size, bytes, missing)
  }
  if (torn !== null && mark === null && !(await isPlainlyTorn(file, bytes, end))) {
    throw new LogDamaged(head.size, bytes, torn)
  }
  return { head, bytes, torn }
}

function tryFollow(head: Head, entry: Buffer): ReturnType<typeof follow> | string {
  try {
    return follow(head, entry)
  } catch (error) {
    if (error instanceof ChainError) return error.message
    throw error
  }
}

/**
 * Without a mark only two endings are taken for a torn write: a last record that runs past the end of the file,
 * and a file that was lengthened and never filled.
 */
async function isPlainlyTorn(file: LogFile, from: number, end: number): Promise<boolean> {
  const tail = Buffer.alloc(Math.min(end - from, 1 << 20))
  await file.read(tail, from)
  if (tail.every((byte) => byte === 0)) return true
  return tail.length < lengthBytes || from + lengthBytes + tail.readUInt16BE() > end
}

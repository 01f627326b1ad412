import { decodeEntry, type Entry, leafHash, noEntry } from './entry.ts'

/** How far a chain goes: number of entries and leaf hash of the last one. All that is needed to go on. */
export interface Head {
  size: number
  hash: string
}

export const emptyHead: Head = { size: 0, hash: noEntry }

/** Entry number `seq` is not what it has to be. */
export class ChainError extends Error {
  readonly seq: number

  constructor(seq: number, message: string, options?: ErrorOptions) {
    super(`entry ${seq}: ${message}`, options)
    this.name = 'ChainError'
    this.seq = seq
  }
}

/**
 * Checks that `bytes` are the entry that follows `head`: canonical, of the right shape, numbered next, and
 * chained to the one before.
 * @throws ChainError naming the entry
 */
export function follow(head: Head, bytes: Uint8Array): { head: Head; entry: Entry } {
  const entry = decode(head.size, bytes)
  if (entry.seq !== head.size) throw new ChainError(head.size, `it calls itself number ${entry.seq}`)
  if (entry.prev !== head.hash)
    throw new ChainError(head.size, 'its prev is not the hash of the entry before')
  return { head: { size: head.size + 1, hash: leafHash(bytes) }, entry }
}

function decode(seq: number, bytes: Uint8Array): Entry {
  try {
    return decodeEntry(bytes)
  } catch (cause) {
    throw new ChainError(seq, cause instanceof Error ? cause.message : String(cause), { cause })
  }
}

import type { Head } from '../chain.ts'
import { Follower } from '../follower.ts'
import { unframe } from '../store/frames.ts'
import { hashBytes, hashLeaf, hashRow } from '../tree/hash.ts'
import type { HashReader } from '../tree/prove.ts'
import { fullWidth, tileHeight } from '../tree/tiles.ts'
import type { RemoteLog } from './remote-log.ts'

/** Entries that follow what was held before, of one bundle or of a few. */
export interface FetchedBundle {
  entries: Buffer[]
  leaves: Buffer[]
  /** After the last of them. */
  head: Head
}

/** Bundles asked for at the same time: some 640 KB of our entries, 33 MB of the longest there can be. */
const inFlight = 8
/** Bundles given out at a time: writing has a price for each time beside that for each byte. */
const together = 4

/** A bundle holds something else than what its tree is made of. */
export class BundleMismatch extends Error {
  readonly index: number

  constructor(index: number, what: string) {
    super(`bundle ${index}: ${what}`)
    this.name = 'BundleMismatch'
    this.index = index
  }
}

/**
 * The entries from `head` to `size`, a few bundles at a time, in order. Each continues the chain of the one before; those
 * of full bundles are compared with the tree behind `reader` before they are given out. The last, partial one has to be
 * compared with the root by the caller, as has everything when there is no reader. What was right before an error is
 * given out before it is thrown.
 * @throws BundleMismatch, ChainError, and what source and reader throw
 */
export async function* fetchEntries(
  source: RemoteLog,
  { head, size, reader }: { head: Head; size: number; reader: HashReader | null },
): AsyncGenerator<FetchedBundle> {
  const first = Math.floor(head.size / fullWidth)
  const until = Math.ceil(size / fullWidth)
  const asked: Promise<Buffer>[] = []
  const ask = (index: number) => {
    const bundle = fetchBundle(source, index, Math.min(fullWidth, size - index * fullWidth))
    // It may fail before its turn comes.
    bundle.catch(() => {})
    asked.push(bundle)
  }
  for (let index = first; index < Math.min(until, first + inFlight); index += 1) ask(index)
  const follower = new Follower(head)
  let batch: FetchedBundle = { entries: [], leaves: [], head }
  try {
    for (let index = first; index < until; index += 1) {
      const framed = await asked.shift()!
      if (index + inFlight < until) ask(index + inFlight)
      const width = Math.min(fullWidth, size - index * fullWidth)
      const skipped = Math.max(0, head.size - index * fullWidth)
      const entries = cut(framed, index, width)
      // Those that are held already are fetched once more with their bundle; they are part of what is compared.
      const before = reader && width === fullWidth ? entries.slice(0, skipped) : []
      const fresh = entries.slice(skipped)
      const leaves = fresh.map((entry) => follower.next(entry).leaf)
      if (reader && width === fullWidth) await compare(reader, index, [...before.map(hashLeaf), ...leaves])
      batch.entries.push(...fresh)
      batch.leaves.push(...leaves)
      batch.head = follower.head
      if (index + 1 < until && (index + 1 - first) % together !== 0) continue
      const whole = batch
      batch = { entries: [], leaves: [], head: follower.head }
      yield whole
    }
  } catch (error) {
    if (batch.entries.length > 0) yield batch
    throw error
  }
}

/** The bundle, from the full one where the partial one has gone: its beginning is the same. */
async function fetchBundle(source: RemoteLog, index: number, width: number): Promise<Buffer> {
  try {
    return await source.tile({ level: 'entries', index, width })
  } catch (error) {
    if (width === fullWidth) throw error
    return await source.tile({ level: 'entries', index, width: fullWidth }).catch(() => {
      throw error
    })
  }
}

function cut(framed: Buffer, index: number, width: number): Buffer[] {
  try {
    return unframe(framed, width)
  } catch (cause) {
    if (cause instanceof RangeError) throw new BundleMismatch(index, `it holds fewer than ${width} entries`)
    throw cause
  }
}

/** @param leaves of a full bundle */
async function compare(reader: HashReader, index: number, leaves: readonly Buffer[]): Promise<void> {
  let row: Buffer = Buffer.concat(leaves)
  while (row.length > hashBytes) row = hashRow(row)
  const [wanted] = await reader([{ level: tileHeight, index }])
  if (!row.equals(wanted!)) throw new BundleMismatch(index, 'its entries are not those of the tree')
}

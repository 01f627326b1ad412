import { Frontier, hashLeaf } from './honest.ts'

/** What a checkpoint says: so many entries, and this root (lower-case hex). */
export interface Claim {
  size: number
  root: string
}

/** Entries that were once written under a log key, and the roots of all their beginnings. */
export class History {
  readonly entries: readonly Buffer[]
  private readonly roots: string[] = []

  /** @param before a history of which this one probably is the continuation: its roots are not computed again */
  constructor(entries: readonly Buffer[], before?: History) {
    this.entries = entries
    const frontier = new Frontier()
    const known = before?.entries.every((entry, at) => entries[at]?.equals(entry)) ? before.roots : []
    this.roots.push(frontier.root().toString('hex'))
    for (const [at, entry] of entries.entries()) {
      frontier.append(hashLeaf(entry))
      this.roots.push(known[at + 1] ?? frontier.root().toString('hex'))
    }
  }

  get size(): number {
    return this.entries.length
  }

  has({ size, root }: Claim): boolean {
    return this.roots[size] === root
  }
}

/** Whether some history has all of these: else whoever said them all has contradicted itself. */
export function agree(histories: readonly History[], claims: readonly Claim[]): boolean {
  return histories.some((history) => claims.every((claim) => history.has(claim)))
}

/** Entries out of the bytes of a file `entries`; what is cut off at its end is left out. */
export function readEntries(file: Buffer): Buffer[] {
  const entries: Buffer[] = []
  for (let at = 0; at + 2 <= file.length; ) {
    const end = at + 2 + file.readUInt16BE(at)
    if (end > file.length || end === at + 2) break
    entries.push(file.subarray(at + 2, end))
    at = end
  }
  return entries
}

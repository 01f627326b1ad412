import { Frontier, hashLeaf } from './honest.ts'

/** What a checkpoint says: so many entries, and this root (lower-case hex). */
export interface Claim {
  size: number
  root: string
}

/** Entries that were once written under a log key, and the roots of all their beginnings. */
export class History {
  readonly entries: readonly Buffer[]
  private readonly roots: string[]
  /** Of all of them; null where another history told the roots. */
  private readonly frontier: InstanceType<typeof Frontier> | null

  /** @param known a history of which this one probably is the continuation, or the beginning: nothing is hashed twice */
  constructor(entries: readonly Buffer[], known?: History) {
    this.entries = entries
    const same = known ? beginTogether(entries, known.entries) : false
    if (known && same && entries.length <= known.size) {
      this.roots = known.roots.slice(0, entries.length + 1)
      this.frontier = entries.length === known.size ? known.frontier : null
      return
    }
    const before = known && same && known.frontier ? known : null
    const frontier = before?.frontier?.clone() ?? new Frontier()
    this.roots = before ? [...before.roots] : [frontier.root().toString('hex')]
    for (const entry of entries.slice(before?.size ?? 0)) {
      frontier.append(hashLeaf(entry))
      this.roots.push(frontier.root().toString('hex'))
    }
    this.frontier = frontier
  }

  get size(): number {
    return this.entries.length
  }

  has({ size, root }: Claim): boolean {
    return this.roots[size] === root
  }
}

function beginTogether(one: readonly Buffer[], other: readonly Buffer[]): boolean {
  const both = Math.min(one.length, other.length)
  return one.slice(0, both).every((entry, at) => other[at]!.equals(entry))
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

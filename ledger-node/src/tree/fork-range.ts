import { foldRange } from './frontier.ts'
import { hashBytes, hashChildren } from './hash.ts'
import { ProofError } from './proof.ts'

/** What a newer tree says about the leaves below `m`, and about those from there to its end. */
export interface ForkClaim {
  /** Leaves in the older tree, 1 or more. */
  m: bigint
  /** Leaves in the newer tree, more than `m`. */
  n: bigint
  /**
   * Out of the newer tree: the hashes of the largest complete subtrees that cover leaves [0, m), then of those that
   * cover [m, n), from left to right. Those of [0, m) are always there, also where they are the one root of a power of
   * two: a consistency proof leaves that one out, and would take it from the very root that is in question.
   */
  hashes: readonly Buffer[]
}

/** Sizes of trees are 64-bit numbers; so there are at most 64 and twice 64 subtrees. */
const sizeLimit = 2n ** 64n

/**
 * Folds the subtrees of a newer tree twice: to its own root, and to the root that its first `m` leaves have. Where the
 * first is the signed newer root and the second is not the signed older root, the two checkpoints are a fork.
 * @throws ProofError when sizes or hashes cannot be those of two trees
 */
export function foldFork({ m, n, hashes }: ForkClaim): { oldRoot: Buffer; newRoot: Buffer } {
  if (m < 1n || m >= n || n >= sizeLimit) {
    throw new ProofError('out-of-range', 'a fork needs an older tree of 1 leaf or more, and a larger one')
  }
  const older = levelsOf(0n, m)
  const levels = [...older, ...levelsOf(m, n)]
  if (hashes.length !== levels.length) {
    throw new ProofError(
      'wrong-length',
      `these two trees share ${levels.length} subtrees, not ${hashes.length}`,
    )
  }
  if (hashes.some((hash) => hash.length !== hashBytes))
    throw new ProofError('not-a-hash', 'a hash has 32 bytes')
  return { oldRoot: foldRange(hashes.slice(0, older.length)), newRoot: foldLevels(levels, hashes) }
}

/** Levels of the largest complete subtrees that cover leaves [from, to), from left to right; not beyond 63. */
function levelsOf(from: bigint, to: bigint): number[] {
  const levels: number[] = []
  for (let at = from; at < to; ) {
    let level = 0n
    while (at % (2n << level) === 0n && at + (2n << level) <= to) level += 1n
    levels.push(Number(level))
    at += 1n << level
  }
  return levels
}

/**
 * Root of the tree that complete subtrees cover from its first leaf to its last. Two of one level that meet are
 * siblings: each of them is aligned, and what stands to the left of the first is of higher levels.
 */
function foldLevels(levels: readonly number[], hashes: readonly Buffer[]): Buffer {
  const open: { level: number; hash: Buffer }[] = []
  for (const [at, first] of hashes.entries()) {
    let level = levels[at]!
    let hash = first
    while (open.at(-1)?.level === level) {
      hash = hashChildren(open.pop()!.hash, hash)
      level += 1
    }
    open.push({ level, hash })
  }
  return foldRange(open.map((node) => node.hash))
}

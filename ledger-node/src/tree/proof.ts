import { hashBytes, hashChildren } from './hash.ts'

export type ProofProblem =
  /** Sizes or index do not go together, or are no 64-bit numbers. */
  | 'out-of-range'
  /** Not as many hashes as the sizes ask for. */
  | 'wrong-length'
  /** Something that is not 32 bytes. */
  | 'not-a-hash'
  /** The hashes do not lead to the root, or the roots. */
  | 'wrong-root'

/** A proof that proves nothing. */
export class ProofError extends Error {
  readonly code: ProofProblem

  constructor(code: ProofProblem, message: string) {
    super(message)
    this.name = 'ProofError'
    this.code = code
  }
}

/** Sizes of trees are 64-bit numbers wherever they are hashed or signed as numbers. */
const sizeLimit = 2n ** 64n

export interface InclusionClaim {
  index: bigint
  /** Leaves in the tree. */
  size: bigint
  /** Leaf hash of the entry. */
  leaf: Buffer
  root: Buffer
  /** From the leaf's sibling up. */
  proof: readonly Buffer[]
}

/**
 * Checks that the leaf stands at `index` in the tree (RFC 6962, section 2.1.1; the walk is that of RFC 9162, section
 * 2.1.3.2).
 * @throws ProofError
 */
export function verifyInclusion({ index, size, leaf, root, proof }: InclusionClaim): void {
  if (index < 0n || index >= size || size >= sizeLimit) {
    throw new ProofError('out-of-range', `a tree of ${short(size)} leaves has no leaf ${short(index)}`)
  }
  checkHashes([leaf, ...proof])
  // Walks up with the place of the node on its row and that of the last node of the row.
  let node = index
  let last = size - 1n
  let hash = leaf
  for (const sibling of proof) {
    if (last === 0n) throw wrongLength()
    // A node without a right sibling is carried up as it is.
    while (node === last && node % 2n === 0n) {
      node >>= 1n
      last >>= 1n
    }
    hash = node % 2n === 1n ? hashChildren(sibling, hash) : hashChildren(hash, sibling)
    node >>= 1n
    last >>= 1n
  }
  if (last !== 0n) throw wrongLength()
  if (!hash.equals(root)) throw new ProofError('wrong-root', 'the leaf and its proof lead to another root')
}

export interface ConsistencyClaim {
  /** Leaves in the older tree: 1 or more. Of nothing every tree is a continuation; there is nothing to prove. */
  from: bigint
  to: bigint
  fromRoot: Buffer
  toRoot: Buffer
  proof: readonly Buffer[]
}

/**
 * Checks that the newer tree begins with the leaves of the older one (RFC 6962, section 2.1.2; the walk is that of RFC
 * 9162, section 2.1.4.2). Of trees of one size the proof is empty and the roots are equal.
 * @throws ProofError
 */
export function verifyConsistency({ from, to, fromRoot, toRoot, proof }: ConsistencyClaim): void {
  if (from < 1n || from > to || to >= sizeLimit) {
    throw new ProofError('out-of-range', `no proof leads from ${short(from)} to ${short(to)} leaves`)
  }
  if (from === to) {
    if (proof.length > 0) throw wrongLength()
    if (!fromRoot.equals(toRoot)) throw new ProofError('wrong-root', 'trees of one size have two roots')
    return
  }
  checkHashes([fromRoot, toRoot, ...proof])

  let node = from - 1n
  let last = to - 1n
  while (node % 2n === 1n) {
    node >>= 1n
    last >>= 1n
  }
  // An older tree of a power of two is a subtree of the newer one, and its root needs not be said again.
  const [first, ...rest] = node === 0n ? [fromRoot, ...proof] : proof
  if (first === undefined) throw wrongLength()
  let older = first
  let newer = first
  for (const sibling of rest) {
    if (last === 0n) throw wrongLength()
    if (node % 2n === 1n || node === last) {
      older = hashChildren(sibling, older)
      newer = hashChildren(sibling, newer)
      while (node % 2n === 0n && node > 0n) {
        node >>= 1n
        last >>= 1n
      }
    } else {
      newer = hashChildren(newer, sibling)
    }
    node >>= 1n
    last >>= 1n
  }
  if (last !== 0n) throw wrongLength()
  if (!older.equals(fromRoot)) throw new ProofError('wrong-root', 'the proof leads to another older root')
  if (!newer.equals(toRoot)) throw new ProofError('wrong-root', 'the proof leads to another newer root')
}

function checkHashes(hashes: readonly Buffer[]): void {
  if (hashes.some((hash) => hash.length !== hashBytes))
    throw new ProofError('not-a-hash', 'a hash has 32 bytes')
}

function wrongLength(): ProofError {
  return new ProofError('wrong-length', 'the proof has not as many hashes as the sizes ask for')
}

/** A number from outside, short enough for a message whatever it is. */
function short(value: bigint): string {
  return value >= sizeLimit || value <= -sizeLimit ? 'too many' : String(value)
}

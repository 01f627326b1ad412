import { emptyRoot, hashBytes, hashChildren } from './hash.ts'
import { decompose, isSize } from './node-id.ts'

/** Told of a node that an append completed, from the lowest up; `level` is 1 or more. The hash may be kept. */
export type NodeListener = (level: number, index: number, hash: Buffer) => void

/**
 * The right edge of a tree: all that is needed to append to it and to know its root. Holds one hash for each bit
 * set in `size`, that of the complete subtree of so many leaves.
 */
export class Frontier {
  size: number
  /** By level. Only those of the bits that are set in `size` count; others are leftovers. */
  readonly #complete: Buffer[] = []

  /**
   * @param hashes of `decompose(0, size)`, 32 bytes each
   * @throws RangeError when they are not as many, or not hashes
   */
  constructor(size = 0, hashes: readonly Buffer[] = []) {
    const nodes = decompose(0, size)
    if (nodes.length !== hashes.length || hashes.some((hash) => hash.length !== hashBytes)) {
      throw new RangeError(`the edge of a tree of ${size} leaves is ${nodes.length} hashes`)
    }
    this.size = size
    // From the lowest level: an array that is filled without large holes stays a fast one.
    for (const [at, node] of [...nodes.entries()].reverse()) this.#complete[node.level] = hashes[at]!
  }

  /**
   * Appends a leaf.
   * @param leaf its leaf hash, 32 bytes; copied
   */
  append(leaf: Buffer, onNode?: NodeListener): void {
    if (leaf.length !== hashBytes || !isSize(this.size + 1)) throw new RangeError('no leaf to append')
    let level = 0
    let index = this.size
    let hash = leaf
    // Each bit set from the lowest up is a complete subtree that this leaf makes a larger one with.
    while (index % 2 === 1) {
      hash = hashChildren(this.#complete[level]!, hash)
      level += 1
      index = (index - 1) / 2
      onNode?.(level, index, hash)
    }
    this.#complete[level] = level === 0 ? Buffer.from(leaf) : hash
    this.size += 1
  }

  /** The root (RFC 6962, section 2.1), 32 bytes. */
  root(): Buffer {
    return foldRange(this.hashes())
  }

  /** The hashes of `decompose(0, size)`: what makes the same frontier again. */
  hashes(): Buffer[] {
    return decompose(0, this.size).map(({ level }) => this.#complete[level]!)
  }

  clone(): Frontier {
    return new Frontier(this.size, this.hashes())
  }
}

/**
 * Root of a subtree out of the hashes of `decompose(from, to)`. It is a subtree as RFC 6962 splits trees: `from` is
 * divisible by a power of two that is `to - from` or more, so that the levels fall from left to right.
 */
export function foldRange(hashes: readonly Buffer[]): Buffer {
  return hashes.length === 0
    ? Buffer.from(emptyRoot)
    : hashes.reduceRight((right, left) => hashChildren(left, right))
}

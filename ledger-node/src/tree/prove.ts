import { foldRange } from './frontier.ts'
import { decompose, isSize, type NodeId, splitPoint } from './node-id.ts'

/** Hashes of complete nodes, in the order asked for. Who provides it says which tree it reads, and what it throws. */
export type HashReader = (nodes: readonly NodeId[]) => Promise<Buffer[]>

/** Leaves [from, to), a subtree as RFC 6962 splits trees. */
type Range = readonly [from: number, to: number]

/**
 * Proof that leaf `index` is in the tree of `size` leaves (RFC 6962, section 2.1.1), from its sibling up.
 * @throws RangeError when the tree has no such leaf
 */
export async function proveInclusion(read: HashReader, index: number, size: number): Promise<Buffer[]> {
  if (!isSize(index) || !isSize(size) || index >= size) {
    throw new RangeError(`a tree of ${size} leaves has no leaf ${index}`)
  }
  const siblings: Range[] = []
  let from = 0
  let to = size
  while (to - from > 1) {
    const middle = from + splitPoint(to - from)
    if (index < middle) {
      siblings.push([middle, to])
      to = middle
    } else {
      siblings.push([from, middle])
      from = middle
    }
  }
  return rootsOf(read, siblings.reverse())
}

/**
 * Proof that the tree of `to` leaves continues that of `from` leaves (RFC 6962, section 2.1.2). Empty for equal sizes,
 * and from 0, where tlog-witness asks for it and no verifier takes it for a proof.
 * @throws RangeError unless 0 <= from <= to
 */
export async function proveConsistency(read: HashReader, from: number, to: number): Promise<Buffer[]> {
  if (!isSize(from) || !isSize(to) || from > to)
    throw new RangeError(`no proof leads from ${from} to ${to} leaves`)
  if (from === 0) return []
  const ranges: Range[] = []
  let low = 0
  let high = to
  while (high !== from) {
    const middle = low + splitPoint(high - low)
    if (from <= middle) {
      ranges.push([middle, high])
      high = middle
    } else {
      ranges.push([low, middle])
      low = middle
    }
  }
  // Where [0, from) is itself a node of the newer tree, its root is what the verifier begins with.
  if (low > 0) ranges.push([low, high])
  return rootsOf(read, ranges.reverse())
}

/** Root of the first `size` leaves. */
export async function rootOf(read: HashReader, size: number): Promise<Buffer> {
  return foldRange(await rangeHashes(read, 0, size))
}

/** The hashes of `decompose(from, to)`. */
export async function rangeHashes(read: HashReader, from: number, to: number): Promise<Buffer[]> {
  return read(decompose(from, to))
}

/** One root for each range, of one reading. */
async function rootsOf(read: HashReader, ranges: readonly Range[]): Promise<Buffer[]> {
  const nodes = ranges.map(([from, to]) => decompose(from, to))
  const hashes = await read(nodes.flat())
  let at = 0
  return nodes.map(({ length }) => {
    at += length
    return foldRange(hashes.slice(at - length, at))
  })
}

/** A complete subtree: the one over leaves [index * 2^level, (index + 1) * 2^level). Level 0 are the leaves. */
export interface NodeId {
  level: number
  index: number
}

/**
 * The largest complete subtrees that cover leaves [from, to), from left to right: at most two of each level.
 * From 0 their levels fall; they are then the subtrees that RFC 6962 splits a tree of `to` leaves into.
 * @throws RangeError unless 0 <= from <= to, both safe integers
 */
export function decompose(from: number, to: number): NodeId[] {
  if (!isSize(from) || !isSize(to) || from > to) throw new RangeError(`no range of leaves: ${from} to ${to}`)
  const nodes: NodeId[] = []
  for (let at = from; at < to; ) {
    let level = 0
    let width = 1
    while (at % (width * 2) === 0 && width * 2 <= to - at) {
      width *= 2
      level += 1
    }
    nodes.push({ level, index: at / width })
    at += width
  }
  return nodes
}

/** Whether a number can be the number of leaves of a tree. */
export function isSize(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}

/** The largest power of two below `size`, which is 2 or more: where RFC 6962 splits a tree of that size. */
export function splitPoint(size: number): number {
  let width = 1
  while (width * 2 < size) width *= 2
  return width
}

import { decompose, type NodeId } from '../tree/node-id.ts'
import type { HashReader } from '../tree/prove.ts'

/** One history of a log, of `size` entries. */
export interface Side {
  size: number
  read: HashReader
}

/** One that is held here. */
export interface HeldSide extends Side {
  rootAt: (size: number) => Promise<Buffer>
}

/**
 * How many entries two histories begin with in common: goes down the first subtree in which they differ.
 * @throws what the readers throw
 */
export async function commonPrefix(one: Side, other: Side): Promise<number> {
  const both = Math.min(one.size, other.size)
  let node = await firstDifferent(one, other, decompose(0, both))
  if (node === null) return both
  while (node.level > 0) {
    const left: NodeId = { level: node.level - 1, index: node.index * 2 }
    const right: NodeId = { level: node.level - 1, index: node.index * 2 + 1 }
    node = (await firstDifferent(one, other, [left])) ?? right
  }
  return node.index
}

async function firstDifferent(one: Side, other: Side, nodes: readonly NodeId[]): Promise<NodeId | null> {
  const [mine, theirs] = await Promise.all([one.read(nodes), other.read(nodes)])
  return nodes.find((_, at) => !mine[at]!.equals(theirs[at]!)) ?? null
}

import { hashBytes, hashRow } from '../tree/hash.ts'
import type { NodeId } from '../tree/node-id.ts'
import type { HashReader } from '../tree/prove.ts'
import { fullWidth, tileHeight } from '../tree/tiles.ts'
import { type HashLevels, hashesAt } from './hash-levels.ts'

/** Full tiles with all their inner hashes that are kept at hand, 16 KiB each. */
const kept = 64
/** Nodes in the tiles at the right edge that are kept at hand: nearly every proof needs them, eight a level at most. */
const keptAtEdge = 128

/** Hashes of complete nodes out of the files of a store, of which `size()` leaves are written. */
export function readNodes(levels: HashLevels, size: () => number): HashReader {
  /** `<tile level>/<tile index>` -> rows of the tile from the lowest up; the least lately used first. */
  const tiles = new Map<string, readonly Buffer[]>()
  /** `<level>/<index>` -> hash of a complete node whose tile is not full yet, kept alike. */
  const edge = new Map<string, Buffer>()

  const fullTile = async (level: number, index: number): Promise<readonly Buffer[]> => {
    const name = `${level}/${index}`
    const rows = tiles.get(name) ?? fold(await levels.read(level, index * fullWidth, fullWidth))
    keep(tiles, name, rows, kept)
    return rows
  }

  const edgeNode = async (node: NodeId, level: number, first: number, width: number): Promise<Buffer> => {
    const name = `${node.level}/${node.index}`
    const hash = edge.get(name) ?? fold(await levels.read(level, first, width)).at(-1)!
    keep(edge, name, hash, keptAtEdge)
    return Buffer.from(hash)
  }

  const readNode = async (node: NodeId): Promise<Buffer> => {
    const row = node.level % tileHeight
    const level = (node.level - row) / tileHeight
    const width = 2 ** row
    const first = node.index * width
    if (first + width > hashesAt(level, size())) {
      throw new RangeError(`node ${node.index} at level ${node.level} is not complete`)
    }
    const index = Math.floor(first / fullWidth)
    if ((index + 1) * fullWidth > hashesAt(level, size())) {
      return edgeNode(node, level, first, width)
    }
    const rows = await fullTile(level, index)
    const offset = (first - index * fullWidth) / width
    return Buffer.from(rows[row]!.subarray(offset * hashBytes, (offset + 1) * hashBytes))
  }

  return async (nodes) => {
    const hashes: Buffer[] = []
    for (const node of nodes) hashes.push(await readNode(node))
    return hashes
  }
}

/** Puts a value behind all others; the one that was used least lately goes when there are too many. */
function keep<T>(map: Map<string, T>, name: string, value: T, limit: number): void {
  map.delete(name)
  map.set(name, value)
  if (map.size > limit) for (const oldest of map.keys()) if (map.delete(oldest)) break
}

/** A row of 2^n hashes and those above it, up to the one over all, or to two for the row of a full tile. */
function fold(row: Buffer): Buffer[] {
  const rows = [row]
  const least = row.length === fullWidth * hashBytes ? 2 * hashBytes : hashBytes
  while (rows.at(-1)!.length > least) rows.push(hashRow(rows.at(-1)!))
  return rows
}

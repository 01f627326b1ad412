import { isSize, type NodeId } from './node-id.ts'

/** Hashes in a full tile, entries in a full bundle (C2SP tlog-tiles): 8 levels of the tree. */
export const fullWidth = 256
/** Levels of the tree from a tile's lowest row to the hash of the whole tile. */
export const tileHeight = 8

/** A tile of hashes, or a bundle of entries. */
export interface TileId {
  level: number | 'entries'
  /** Its place in the level, from 0. */
  index: number
  /** Hashes or entries in it: 1 to 256, of which below 256 it is partial. */
  width: number
}

/** Where a log serves a tile, below its prefix: `tile/0/x001/x234/067.p/3`, `tile/entries/000`. */
export function tilePath({ level, index, width }: TileId): string {
  let digits = String(index % 1000).padStart(3, '0')
  for (let rest = Math.floor(index / 1000); rest > 0; rest = Math.floor(rest / 1000)) {
    digits = `x${String(rest % 1000).padStart(3, '0')}/${digits}`
  }
  return `tile/${level}/${digits}${width === fullWidth ? '' : `.p/${width}`}`
}

const pattern = /^tile\/(entries|\d{1,2})\/((?:x\d{3}\/){0,5}\d{3})(?:\.p\/(\d{1,3}))?$/

/**
 * Reads what `tilePath` writes. Null for every other spelling (leading zeros, an index in more elements than it
 * takes), for levels above 63, partial widths outside 1 to 255, and an index that is no safe integer.
 */
export function parseTilePath(path: string): TileId | null {
  const [, level, elements, partial] = pattern.exec(path) ?? []
  if (level === undefined || elements === undefined) return null
  const id: TileId = {
    level: level === 'entries' ? level : Number(level),
    index: Number(elements.replace(/[x/]/g, '')),
    width: partial === undefined ? fullWidth : Number(partial),
  }
  if (id.level !== 'entries' && id.level > 63) return null
  if (partial !== undefined && (id.width < 1 || id.width >= fullWidth)) return null
  return Number.isSafeInteger(id.index) && tilePath(id) === path ? id : null
}

/** How wide a tile is in a tree of `size` leaves: 0 where there is none, 256 where it is full. */
export function tileWidth(level: number | 'entries', index: number, size: number): number {
  const hashes = Math.floor(size / fullWidth ** (level === 'entries' ? 0 : level))
  return Math.min(fullWidth, Math.max(0, hashes - index * fullWidth))
}

/** Every tile that a tree of `size` leaves has: hashes from the lowest level up, each from the left, then bundles. */
export function* tilesOf(size: number): Generator<TileId> {
  if (!isSize(size)) throw new RangeError(`no size of a tree: ${size}`)
  for (let level = 0; tileWidth(level, 0, size) > 0; level++) yield* tilesOfLevel(level, size)
  yield* tilesOfLevel('entries', size)
}

function* tilesOfLevel(level: number | 'entries', size: number): Generator<TileId> {
  for (let index = 0; ; index++) {
    const width = tileWidth(level, index, size)
    if (width === 0) return
    yield { level, index, width }
  }
}

/** Where in the tiles a node is: `level` rows (0 to 7) up from the row that the tile spells out, `offset` from its left. */
export interface Place {
  tile: TileId & { level: number }
  level: number
  offset: number
}

/**
 * The place of a complete node in the tiles of a tree of `size` leaves; the node covers the tile's hashes
 * [offset * 2^level, (offset + 1) * 2^level).
 * @throws RangeError when the tree does not have the node
 */
export function placeOf(node: NodeId, size: number): Place {
  if (!isSize(node.index) || !isSize(node.level) || (node.index + 1) * 2 ** node.level > size) {
    throw new RangeError(`a tree of ${size} leaves has no node ${node.index} at level ${node.level}`)
  }
  const level = node.level % tileHeight
  const tileLevel = (node.level - level) / tileHeight
  const nodesInTile = 2 ** (tileHeight - level)
  const offset = node.index % nodesInTile
  const index = (node.index - offset) / nodesInTile
  return { tile: { level: tileLevel, index, width: tileWidth(tileLevel, index, size) }, level, offset }
}

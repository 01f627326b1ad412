import { foldRange } from './frontier.ts'
import { hashBytes, hashRow } from './hash.ts'
import { decompose, isSize, type NodeId } from './node-id.ts'
import type { HashReader } from './prove.ts'
import { fullWidth, placeOf, type TileId, tileHeight, tilePath, tileWidth } from './tiles.ts'

/** Where tiles come from: our own files, or a stranger. */
export interface TileSource {
  /**
   * The bytes of a tile, 32 for each hash. They are not changed afterwards.
   * @throws whatever when it is not to be had
   */
  tile(id: TileId): Promise<Buffer>
}

/** Tiles came that are not those of the tree: one, or several of which at least one is wrong. */
export class TileMismatch extends Error {
  readonly tiles: readonly TileId[]

  constructor(tiles: readonly TileId[], message: string) {
    super(`${tiles.map(tilePath).join(', ')}: ${message}`)
    this.name = 'TileMismatch'
    this.tiles = tiles
  }
}

interface HashTileId extends TileId {
  level: number
}

/** A tile's rows from the one that it spells out upward; those above are hashed when first asked for. */
class FoldedTile {
  readonly #rows: Buffer[]

  constructor(bytes: Buffer) {
    this.#rows = [bytes]
  }

  /** Hash number `offset` of a row, 0 to 8 rows up; it is the caller's own. */
  hash(row: number, offset: number): Buffer {
    while (this.#rows.length <= row) this.#rows.push(hashRow(this.#rows.at(-1)!))
    return Buffer.from(this.#rows[row]!.subarray(offset * hashBytes, (offset + 1) * hashBytes))
  }
}

/** Tiles kept folded: 16 KiB each at most, so 1 MiB. */
const tilesKept = 64
/** Nodes looked for at a time: bounds how many tiles are asked for at once. */
const nodesAtOnce = 32

/** The most recently used tiles, also those still on their way, so that none is asked for twice at a time. */
class RecentTiles {
  readonly #tiles = new Map<string, Promise<FoldedTile>>()

  get(id: TileId, load: () => Promise<FoldedTile>): Promise<FoldedTile> {
    const path = tilePath(id)
    const known = this.#tiles.get(path)
    const tile = known ?? load()
    this.#tiles.delete(path)
    this.#tiles.set(path, tile)
    if (known === undefined) {
      tile.catch(() => {
        if (this.#tiles.get(path) === tile) this.#tiles.delete(path)
      })
      const [oldest] = this.#tiles.keys()
      if (this.#tiles.size > tilesKept && oldest !== undefined) this.#tiles.delete(oldest)
    }
    return tile
  }
}

/**
 * Reads the tree of `size` leaves out of tiles that are trusted: our own. Checks no more than their length. The reader
 * throws a RangeError for nodes that the tree does not have, and what the source throws.
 */
export function tileHashReader(source: TileSource, size: number): HashReader {
  const recent = new RecentTiles()
  return readNodes(size, (id) => recent.get(id, async () => new FoldedTile(await fetchTile(source, id))))
}

/**
 * Reads the tree of `size` leaves and this root out of tiles that anybody may have made. The partial tiles of its
 * right edge are fetched at once and have to fold to the root; every other tile is full, and is compared with its hash
 * in the tile above it before it is used. What comes out is therefore the tree of that root, or an error.
 * @throws TileMismatch, also later from the reader; what the source throws
 */
export async function authenticatedReader(
  source: TileSource,
  size: number,
  root: Buffer,
): Promise<HashReader> {
  const edge = await fetchEdge(source, size, root)
  const recent = new RecentTiles()

  function tile(id: HashTileId): Promise<FoldedTile> {
    const onEdge = id.width < fullWidth ? edge.get(id.level) : undefined
    return onEdge === undefined ? recent.get(id, () => checkedTile(id)) : Promise.resolve(onEdge)
  }

  async function checkedTile(id: HashTileId): Promise<FoldedTile> {
    // The hash of a full tile always stands in a tile above; the topmost tile of a tree is never full.
    const above = placeOf({ level: (id.level + 1) * tileHeight, index: id.index }, size)
    const [bytes, parent] = await Promise.all([fetchTile(source, id), tile(above.tile)])
    const folded = new FoldedTile(bytes)
    if (!folded.hash(tileHeight, 0).equals(parent.hash(0, above.offset))) {
      throw new TileMismatch([id], 'it is not the tile that the tile above it is made of')
    }
    return folded
  }

  return readNodes(size, tile)
}

/** The partial tiles of the right edge by level, all of which together make the root. */
async function fetchEdge(source: TileSource, size: number, root: Buffer): Promise<Map<number, FoldedTile>> {
  const ids = edgeOf(size)
  const tiles = await Promise.all(ids.map(async (id) => new FoldedTile(await fetchTile(source, id))))
  const edge = new Map(ids.map((id, at) => [id.level, tiles[at]!]))
  const hashes = decompose(0, size).map((node) => {
    const place = placeOf(node, size)
    return edge.get(place.tile.level)!.hash(place.level, place.offset)
  })
  if (!foldRange(hashes).equals(root)) {
    throw new TileMismatch(ids, `they do not fold to the root of ${size} leaves`)
  }
  return edge
}

function edgeOf(size: number): HashTileId[] {
  if (!isSize(size)) throw new RangeError(`no size of a tree: ${size}`)
  const ids: HashTileId[] = []
  for (let level = 0; tileWidth(level, 0, size) > 0; level++) {
    const index = Math.floor(size / fullWidth ** (level + 1))
    const width = tileWidth(level, index, size)
    if (width > 0) ids.push({ level, index, width })
  }
  return ids
}

function readNodes(size: number, tile: (id: HashTileId) => Promise<FoldedTile>): HashReader {
  async function hashOf(node: NodeId): Promise<Buffer> {
    const place = placeOf(node, size)
    return (await tile(place.tile)).hash(place.level, place.offset)
  }
  return async (nodes) => {
    const hashes: Buffer[] = []
    for (let at = 0; at < nodes.length; at += nodesAtOnce) {
      hashes.push(...(await Promise.all(nodes.slice(at, at + nodesAtOnce).map(hashOf))))
    }
    return hashes
  }
}

/**
 * The bytes of a tile, `width` hashes. A log may take a partial tile away once the full one is there (tlog-tiles,
 * "Partial Tiles"): its first hashes are then those of the partial one.
 */
async function fetchTile(source: TileSource, id: HashTileId): Promise<Buffer> {
  let gone: unknown
  try {
    return hasLength(id, await source.tile(id))
  } catch (cause) {
    if (id.width === fullWidth || cause instanceof TileMismatch) throw cause
    gone = cause
  }
  const full = { ...id, width: fullWidth }
  try {
    return hasLength(full, await source.tile(full)).subarray(0, id.width * hashBytes)
  } catch (cause) {
    // The full tile was only tried in its place: why the tile that is meant cannot be had says more.
    throw cause instanceof TileMismatch ? cause : gone
  }
}

function hasLength(id: TileId, bytes: Buffer): Buffer {
  if (bytes.length === id.width * hashBytes) return bytes
  throw new TileMismatch([id], `${bytes.length} bytes are not ${id.width} hashes`)
}

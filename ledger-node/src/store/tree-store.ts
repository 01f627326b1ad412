import { join } from 'node:path'
import type { Disk, DiskFile } from '../disk/disk.ts'
import { Frontier } from '../tree/frontier.ts'
import { decompose } from '../tree/node-id.ts'
import type { HashReader } from '../tree/prove.ts'
import { fullWidth, type TileId } from '../tree/tiles.ts'
import { BundleOffsets } from './bundle-offsets.ts'
import { HashLevels } from './hash-levels.ts'
import { readNodes } from './node-reader.ts'
import { TreeOnDisk } from './tree-on-disk.ts'

/** Entries of one log and the hashes of their tree, on a disk: our own log, or what is held of a peer's. */
export interface TreeStore extends AsyncDisposable {
  /** Entries held. Those that were appended last may not be synced yet. */
  readonly size: number
  /** Bytes of the file `entries`. */
  readonly bytes: number
  /** At `size`. An append puts another in its place and never changes it. */
  readonly frontier: Frontier
  /**
   * Adds entries (not framed). Written, not synced; one call at a time.
   * @param leaves their leaf hashes
   * @throws StoreFailed: none of them has been added
   */
  append(entries: readonly Uint8Array[], leaves: readonly Buffer[]): Promise<void>
  sync(): Promise<void>
  /**
   * Drops all but the first `size` entries. Written, not synced; not while another call is under way.
   * @throws StoreFailed: the files may not be written any more
   */
  cut(size: number): Promise<void>
  /** Bytes that the first `size` entries take. */
  bytesAt(size: number): Promise<number>
  /** Root of the first `size` entries. */
  rootAt(size: number): Promise<Buffer>
  /** Bytes of the entries [from, from + limit), as many as there are. */
  read(from: number, limit: number): Promise<Buffer[]>
  /** Complete nodes at `size`. */
  readonly hashes: HashReader
  /** Exact bytes of a tile or bundle of width 1 to 256; null where fewer are held. */
  tile(id: TileId): Promise<Buffer | null>
}

/** The files of a store are not those that its state record tells of. What they hold cannot be relied on. */
export class StoreDamaged extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'StoreDamaged'
  }
}

/** Bytes of an offset in the file `bundles`: a big-endian 64-bit number. */
const offsetBytes = 8

/**
 * Opens what is held of a peer's log, in a folder that is there. The files are taken for what `at` says, which was
 * written durably after a `sync`; what they hold beyond is cut off. `{ size: 0, bytes: 0 }` begins anew.
 * @throws StoreDamaged when a file holds less
 */
export async function openTreeStore(
  disk: Disk,
  folder: string,
  at: { size: number; bytes: number },
): Promise<TreeStore> {
  await using opened = new AsyncDisposableStack()
  const open = async (name: string) =>
    opened.adopt(await disk.open(join(folder, name)), (file) => file.close())
  const levels = opened.adopt(new HashLevels(disk, folder), (it) => it.close())
  const entries = await open('entries')
  const bundles = await open('bundles')
  const bundleCount = Math.ceil(at.size / fullWidth)
  await cut(entries, at.bytes, `${folder}/entries`)
  await cut(bundles, bundleCount * offsetBytes, `${folder}/bundles`)
  if (!(await levels.cut(at.size))) throw new StoreDamaged(`hashes in ${folder} are missing`)
  const offsets = await readOffsets(bundles, bundleCount)
  const edge = await readNodes(levels, () => at.size)(decompose(0, at.size))
  const frontier = new Frontier(at.size, edge)
  const syncNames = () => disk.syncFolder(folder)
  const files = { entries, bundles, levels, offsets, syncNames, opened: opened.move() }
  return new TreeOnDisk(files, { bytes: at.bytes, frontier })
}

async function cut(file: DiskFile, wanted: number, path: string): Promise<void> {
  const held = await file.size()
  if (held < wanted) throw new StoreDamaged(`${path} holds ${held} bytes, not ${wanted}`)
  if (held > wanted) await file.truncate(wanted)
}

async function readOffsets(bundles: DiskFile, count: number): Promise<BundleOffsets> {
  const bytes = Buffer.alloc(count * offsetBytes)
  await bundles.read(bytes, 0)
  const offsets = new BundleOffsets()
  for (let at = 0; at < bytes.length; at += offsetBytes) offsets.push(Number(bytes.readBigUInt64BE(at)))
  return offsets
}

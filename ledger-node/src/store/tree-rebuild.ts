import type { Disk, DiskFile } from '../disk/disk.ts'
import { Frontier } from '../tree/frontier.ts'
import { fullWidth, tileHeight } from '../tree/tiles.ts'
import { BundleOffsets } from './bundle-offsets.ts'
import { HashLevels } from './hash-levels.ts'
import { TreeOnDisk } from './tree-on-disk.ts'
import type { TreeStore } from './tree-store.ts'

/**
 * Makes what follows from the entries of a log while its start reads them one after another: offsets, frontier, and
 * the files of hashes, which are written where they are missing or differ.
 */
export class TreeRebuild {
  readonly #levels: HashLevels
  readonly #offsets = new BundleOffsets()
  readonly #frontier = new Frontier()
  /** Hashes of a tree of `#written` leaves and more, by level of tiles. */
  #added: Buffer[][] = []
  #written = 0

  constructor(disk: Disk, folder: string) {
    this.#levels = new HashLevels(disk, folder)
  }

  /** The next entry, which begins at byte `offset`. */
  add(leaf: Buffer, offset: number): void {
    if (this.#frontier.size % fullWidth === 0) this.#offsets.push(offset)
    this.#keep(0, leaf)
    this.#frontier.append(leaf, (level, _index, hash) => {
      if (level % tileHeight === 0) this.#keep(level / tileHeight, hash)
    })
  }

  /** Writes what has been added. */
  async flush(): Promise<void> {
    await this.#levels.rewrite(this.#written, this.#added)
    this.#added = []
    this.#written = this.#frontier.size
  }

  /** The store over all that was added. It closes `entries` when it is disposed of. */
  async finish(entries: DiskFile, bytes: number): Promise<TreeStore> {
    await this.flush()
    await this.#levels.cut(this.#frontier.size)
    const opened = new AsyncDisposableStack()
    opened.defer(() => entries.close())
    opened.defer(() => this.#levels.close())
    const files = { entries, bundles: null, levels: this.#levels, offsets: this.#offsets }
    return new TreeOnDisk(
      { ...files, syncNames: async () => {}, opened },
      { bytes, frontier: this.#frontier },
    )
  }

  /** For a rebuild that is given up. */
  close(): Promise<void> {
    return this.#levels.close()
  }

  #keep(level: number, hash: Buffer): void {
    this.#added[level] ??= []
    this.#added[level].push(hash)
  }
}

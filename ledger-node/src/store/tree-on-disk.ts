import type { DiskFile } from '../disk/disk.ts'
import { Frontier, foldRange } from '../tree/frontier.ts'
import { decompose } from '../tree/node-id.ts'
import type { HashReader } from '../tree/prove.ts'
import { fullWidth, type TileId, tileHeight } from '../tree/tiles.ts'
import { type BundleOffsets, bundleStarts } from './bundle-offsets.ts'
import { frame, lengthOf, unframe } from './frames.ts'
import { type HashLevels, hashesAt } from './hash-levels.ts'
import { readNodes } from './node-reader.ts'
import type { TreeStore } from './tree-store.ts'

/** The disk did not take what was to be added. */
export class StoreFailed extends Error {
  /** Whether the files may not be written any more: what they hold beyond `size` is not known. */
  readonly final: boolean

  constructor(message: string, final: boolean, options?: ErrorOptions) {
    super(message, options)
    this.name = 'StoreFailed'
    this.final = final
  }
}

export interface TreeFiles {
  entries: DiskFile
  /** Where bundles begin. Null for a log whose start reads the entries and makes all the rest anew: that needs no sync. */
  bundles: DiskFile | null
  levels: HashLevels
  offsets: BundleOffsets
  /** Makes the names of files that are new durable. */
  syncNames(): Promise<void>
  opened: AsyncDisposableStack
}

/** A store over files that are open and agree with `at`. */
export class TreeOnDisk implements TreeStore {
  readonly hashes: HashReader = (nodes) => this.#nodes(nodes)
  readonly #files: TreeFiles
  /** It remembers nodes: after a cut it is another. */
  #nodes: HashReader
  #at: { bytes: number; frontier: Frontier }
  /** Levels whose files have durable names. */
  #levelsNamed: number
  #failed: StoreFailed | null = null

  constructor(files: TreeFiles, at: { bytes: number; frontier: Frontier }) {
    this.#files = files
    this.#at = at
    this.#levelsNamed = levelsOf(at.frontier.size)
    this.#nodes = readNodes(files.levels, () => this.size)
  }

  get size(): number {
    return this.#at.frontier.size
  }

  get bytes(): number {
    return this.#at.bytes
  }

  get frontier(): Frontier {
    return this.#at.frontier
  }

  async append(entries: readonly Uint8Array[], leaves: readonly Buffer[]): Promise<void> {
    if (this.#failed) throw this.#failed
    const { size, bytes } = this
    const frontier = this.frontier.clone()
    const added: Buffer[][] = [[...leaves]]
    const onNode = (level: number, _index: number, hash: Buffer) => {
      if (level % tileHeight !== 0) return
      added[level / tileHeight] ??= []
      added[level / tileHeight]!.push(hash)
    }
    for (const leaf of leaves) frontier.append(leaf, onNode)
    const framed = frame(entries)
    const starts = bundleStarts(size, bytes, entries)
    // All have to end before anything is taken back.
    const done = await Promise.allSettled([
      this.#files.entries.write(framed, bytes),
      this.#files.levels.write(size, added),
      this.#writeStarts(starts),
    ])
    const failure = done.find((it) => it.status === 'rejected')
    if (failure) throw await this.#takeBack(failure.reason)
    for (const start of starts) this.#files.offsets.push(start)
    this.#at = { bytes: bytes + framed.length, frontier }
  }

  async sync(): Promise<void> {
    const { entries, bundles, levels, syncNames } = this.#files
    if (!bundles) return entries.sync()
    await Promise.all([entries.sync(), bundles.sync(), levels.sync()])
    if (levelsOf(this.size) === this.#levelsNamed) return
    await syncNames()
    this.#levelsNamed = levelsOf(this.size)
  }

  async cut(size: number): Promise<void> {
    if (this.#failed) throw this.#failed
    if (size >= this.size) return
    const bytes = await this.bytesAt(size)
    const frontier = new Frontier(size, await this.hashes(decompose(0, size)))
    const { entries, bundles, levels, offsets } = this.#files
    offsets.cut(Math.ceil(size / fullWidth))
    this.#at = { bytes, frontier }
    this.#nodes = readNodes(levels, () => this.size)
    try {
      await entries.truncate(bytes)
      await bundles?.truncate(offsets.count * 8)
      await levels.cut(size)
    } catch (cause) {
      this.#failed = new StoreFailed('entries could not be cut off', true, { cause })
      throw this.#failed
    }
  }

  async bytesAt(size: number): Promise<number> {
    const bundle = Math.floor(size / fullWidth)
    if (bundle >= this.#files.offsets.count) return this.bytes
    const start = this.#files.offsets.at(bundle)
    const within = size % fullWidth
    return within === 0 ? start : start + lengthOf(await this.#readBundles(bundle, bundle + 1), within)
  }

  async rootAt(size: number): Promise<Buffer> {
    if (size === this.size) return this.frontier.root()
    return foldRange(await this.hashes(decompose(0, size)))
  }

  async read(from: number, limit: number): Promise<Buffer[]> {
    const until = Math.min(from + limit, this.size)
    if (from >= until) return []
    const first = Math.floor(from / fullWidth)
    const framed = await this.#readBundles(first, Math.ceil(until / fullWidth))
    return unframe(framed, until - first * fullWidth).slice(from - first * fullWidth)
  }

  async tile({ level, index, width }: TileId): Promise<Buffer | null> {
    const first = index * fullWidth
    if (first + width > hashesAt(level === 'entries' ? 0 : level, this.size)) return null
    if (level !== 'entries') return this.#files.levels.read(level, first, width)
    const framed = await this.#readBundles(index, index + 1)
    return width === fullWidth ? framed : framed.subarray(0, lengthOf(framed, width))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#failed ??= new StoreFailed('the store is closed', true)
    await this.#files.opened.disposeAsync()
  }

  /** Bundles [from, until) as they lie in the file; the last may be partial. */
  async #readBundles(from: number, until: number): Promise<Buffer> {
    const { offsets, entries } = this.#files
    const start = offsets.at(from)
    const end = until < offsets.count ? offsets.at(until) : this.bytes
    const framed = Buffer.allocUnsafe(end - start)
    if ((await entries.read(framed, start)) < framed.length)
      throw new Error('the file of entries has become shorter')
    return framed
  }

  async #writeStarts(starts: readonly number[]): Promise<void> {
    const { bundles, offsets } = this.#files
    if (!bundles || starts.length === 0) return
    const bytes = Buffer.alloc(starts.length * 8)
    for (const [index, start] of starts.entries()) bytes.writeBigUInt64BE(BigInt(start), index * 8)
    await bundles.write(bytes, offsets.count * 8)
  }

  /**
   * Entries that were written in part (a full disk) are cut off again, so that the next can follow. Other files are
   * read only as far as the entries go.
   */
  async #takeBack(cause: unknown): Promise<StoreFailed> {
    try {
      await this.#files.entries.truncate(this.bytes)
      return new StoreFailed('the entries could not be written', false, { cause })
    } catch {
      this.#failed = new StoreFailed('the entries could not be written', true, { cause })
      return this.#failed
    }
  }
}

/** How many levels of tiles a tree has. */
function levelsOf(size: number): number {
  let levels = 0
  while (hashesAt(levels, size) > 0) levels += 1
  return levels
}

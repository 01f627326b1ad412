import { join } from 'node:path'
import type { Disk } from '../disk/disk.ts'
import { openCheckpoint } from '../note/checkpoint.ts'
import type { VerifierKey } from '../note/key.ts'
import { hashesAt } from '../store/hash-levels.ts'
import { openTreeStore, type TreeStore } from '../store/tree-store.ts'
import { foldRange } from '../tree/frontier.ts'
import { type HashReader, rangeHashes } from '../tree/prove.ts'
import { authenticatedReader } from '../tree/tile-reader.ts'
import { fullWidth, type TileId } from '../tree/tiles.ts'
import { BundleMismatch, type FetchedBundle, fetchEntries } from './fetch-entries.ts'
import { compareHeld, compareLarger, type Shown, type SizedNote } from './mirror-compare.ts'
import { emptyMirror, type MirrorState, readMirrorState, writeMirrorState } from './mirror-state.ts'
import type { RemoteLog } from './remote-log.ts'
import { steadyTree, type TreeReading } from './steady-tree.ts'

/** No more of this log is stored: it has reached the bytes it may take here. */
export class QuotaReached extends Error {
  constructor(quota: number) {
    super(`its copy has reached the ${quota} bytes it may take here`)
    this.name = 'QuotaReached'
  }
}

export interface MirrorSettings {
  disk: Disk
  folder: string
  key: VerifierKey
  /** Bytes that the files of the copy may have. */
  quotaBytes: number
}

/** Entries between two durable notes of how far a mirror has come. */
const progressEvery = 16_384
/** What an entry takes on the disk beside itself: its leaf hash, and its share of the hashes and offsets above. */
const bytesBeside = 33
/** A gap of so few entries is fetched at once: the root tells whether they are the right ones. */
const smallGap = fullWidth

/**
 * The copy of one peer's log. What it says to hold is the beginning of a tree that the log has signed. One
 * checkpoint after another: `show` is not called while another call is under way.
 */
export class Mirror implements AsyncDisposable {
  readonly #settings: MirrorSettings
  /** Also while the files are opened anew. */
  readonly tree: TreeReading
  #tree: TreeStore
  #opening: Promise<void> | null = null
  /** Leaf hash of the last entry of `#tree`, which may be ahead of what is recorded. */
  #hash: string
  #state: MirrorState
  /** What was read of `#state.verified` last: its signature is verified once. */
  #verified: SizedNote | null = null

  constructor(settings: MirrorSettings, tree: TreeStore, state: MirrorState) {
    this.#settings = settings
    this.#tree = tree
    this.#hash = state.hash
    this.#state = state
    this.tree = steadyTree({ store: () => this.#tree, opening: () => this.#opening })
  }

  /** Newest checkpoint whose tree is held whole, with its size; null before the first. */
  get verified(): SizedNote | null {
    const { verified } = this.#state
    if (verified === null) return null
    if (this.#verified?.note !== verified)
      this.#verified = { note: verified, size: this.#open(verified).size }
    return this.#verified
  }

  /**
   * A tile or bundle of the tree of `verified`, or the beginning of one; null for others. What is held beyond may have to
   * give way to another, and whoever gets a tile keeps it for good.
   */
  async tile(id: TileId): Promise<Buffer | null> {
    const hashes = hashesAt(id.level === 'entries' ? 0 : id.level, this.verified?.size ?? 0)
    return id.index * fullWidth + id.width > hashes ? null : this.tree.tile(id)
  }

  /** The checkpoint on the way to which this mirror is. */
  get target(): string | null {
    return this.#state.target
  }

  /**
   * Holds the tree of this checkpoint, or says why it cannot be held beside the one that is. Ends early only by an
   * error; what was stored by then is kept.
   * @param note signed by the log; others are an error
   * @throws NoteError, TileMismatch, MissingTile, ChainError, QuotaReached, Unreachable, StoreFailed
   */
  async show(note: string, source: RemoteLog, signal?: AbortSignal): Promise<Shown> {
    const { size, root } = this.#open(note)
    const { verified } = this
    const told = verified && (await compareHeld(this.#tree, verified, { note, size, root }))
    if (told) return told
    let reader: HashReader | null = null
    const small = size - this.#tree.size <= smallGap && this.#tree.size === (verified?.size ?? 0)
    if (!small || !(await this.#fetchSmall(note, size, root, source))) {
      reader = await authenticatedReader(source, size, root)
      const fork = verified && (await compareLarger(this.#tree, verified, { note, size }, reader))
      if (fork) return fork
      await this.#fetch(note, size, root, { source, reader, signal })
    }
    return { outcome: 'held' }
  }

  /**
   * The same without copying anything: for a log that has used up its room. `held` is said of a tree that begins with
   * the one that is held.
   * @throws as `show`
   */
  async compare(note: string, source: RemoteLog): Promise<Shown> {
    const { size, root } = this.#open(note)
    const { verified } = this
    if (!verified) return { outcome: 'held' }
    const told = await compareHeld(this.#tree, verified, { note, size, root })
    if (told) return told
    const reader = await authenticatedReader(source, size, root)
    return (await compareLarger(this.#tree, verified, { note, size }, reader)) ?? { outcome: 'held' }
  }

  /** The usual few new entries. False when they do not make the root, or cannot be had that way. */
  async #fetchSmall(note: string, size: number, root: Buffer, source: RemoteLog): Promise<boolean> {
    const from = this.#tree.size
    const batch = { leaves: [] as Buffer[], entries: [] as Buffer[], hash: this.#hash }
    const frontier = this.#tree.frontier.clone()
    try {
      for await (const bundle of fetchEntries(source, { head: this.#head, size, reader: null })) {
        for (const leaf of bundle.leaves) frontier.append(leaf)
        batch.leaves.push(...bundle.leaves)
        batch.entries.push(...bundle.entries)
        batch.hash = bundle.head.hash
      }
    } catch {
      // The long way has the reason.
      return false
    }
    if (frontier.size !== size || !frontier.root().equals(root)) return false
    this.#keepQuota(batch.entries)
    if (size > from) await this.#append({ ...batch, head: { size, hash: batch.hash } })
    await this.#save({ verified: note, target: note })
    return true
  }

  async #fetch(
    note: string,
    size: number,
    root: Buffer,
    from: { source: RemoteLog; reader: HashReader; signal: AbortSignal | undefined },
  ): Promise<void> {
    await this.#begin(note, size, from.reader)
    let saved = this.#tree.size
    try {
      for await (const bundle of fetchEntries(from.source, { head: this.#head, size, reader: from.reader })) {
        from.signal?.throwIfAborted()
        this.#keepQuota(bundle.entries)
        await this.#append(bundle)
        // The last, partial bundle is known to be right only when the root is.
        if (this.#tree.size - saved < progressEvery || this.#tree.size === size) continue
        await this.#save({})
        saved = this.#tree.size
      }
    } catch (error) {
      // What was fetched until then is right and need not be fetched again.
      await this.#save({})
      throw error
    }
    if (!this.#tree.frontier.root().equals(root)) {
      await this.#reopen(this.#state)
      throw new BundleMismatch(
        Math.floor(size / fullWidth),
        'the last entries are not those of the checkpoint',
      )
    }
    await this.#save({ verified: note, target: note })
  }

  async #append({ entries, leaves, head }: FetchedBundle): Promise<void> {
    await this.#tree.append(entries, leaves)
    this.#hash = head.hash
  }

  /** Goes on from what is held when that is the beginning of the new tree too, else from what was verified. */
  async #begin(note: string, size: number, reader: HashReader): Promise<void> {
    const held = this.#tree.size
    const fits =
      held <= size &&
      (held === 0 || foldRange(await rangeHashes(reader, 0, held)).equals(this.#tree.frontier.root()))
    if (!fits) await this.#goBack()
    await this.#save({ target: note })
  }

  /** Drops what was fetched for a checkpoint that another has taken the place of. */
  async #goBack(): Promise<void> {
    const { verified } = this
    const size = verified?.size ?? 0
    const last = size === 0 ? [] : await this.#tree.hashes([{ level: 0, index: size - 1 }])
    const entries = await this.#tree.read(size - (size % fullWidth), size % fullWidth)
    const bundle = await this.#bytesBefore(size - (size % fullWidth))
    const bytes = entries.reduce((sum, entry) => sum + 2 + entry.length, bundle)
    const hash = last[0]?.toString('hex') ?? emptyMirror.hash
    await writeMirrorState(this.#settings.disk, this.#path, { ...this.#state, size, bytes, hash })
    await this.#reopen({ ...this.#state, size, bytes, hash })
  }

  /** Bytes of the entries before a bundle. */
  async #bytesBefore(size: number): Promise<number> {
    let bytes = this.#tree.bytes
    for (let at = size; at < this.#tree.size; at += fullWidth) {
      const entries = await this.#tree.read(at, fullWidth)
      bytes -= entries.reduce((sum, entry) => sum + 2 + entry.length, 0)
    }
    return bytes
  }

  async #reopen(state: MirrorState): Promise<void> {
    const { disk, folder } = this.#settings
    const opened = Promise.withResolvers<void>()
    this.#opening = opened.promise
    try {
      await this.#tree[Symbol.asyncDispose]()
      this.#tree = await openTreeStore(disk, folder, state)
      this.#hash = state.hash
      this.#state = state
    } finally {
      this.#opening = null
      opened.resolve()
    }
  }

  async #save(changes: Pick<Partial<MirrorState>, 'verified' | 'target'>): Promise<void> {
    try {
      await this.#tree.sync()
    } catch (error) {
      // What a failed sync should have covered may be gone though it is still seen.
      await this.#reopen(this.#state)
      throw error
    }
    const { size, bytes } = this.#tree
    const state = { ...this.#state, size, bytes, hash: this.#hash, ...changes }
    await writeMirrorState(this.#settings.disk, this.#path, state)
    this.#state = state
  }

  #keepQuota(entries: readonly Buffer[]): void {
    const { quotaBytes } = this.#settings
    const { bytes, size } = this.#tree
    const more = entries.reduce((sum, entry) => sum + 2 + entry.length, 0)
    if (bytes + more + (size + entries.length) * bytesBeside > quotaBytes) throw new QuotaReached(quotaBytes)
  }

  get #head() {
    return { size: this.#tree.size, hash: this.#hash }
  }

  get #path(): string {
    return join(this.#settings.folder, 'state.json')
  }

  #open(note: string): { size: number; root: Buffer } {
    const { checkpoint } = openCheckpoint(note, this.#settings.key)
    if (checkpoint.size > BigInt(Number.MAX_SAFE_INTEGER))
      throw new RangeError('the log is too large to copy')
    return { size: Number(checkpoint.size), root: checkpoint.root }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tree[Symbol.asyncDispose]()
  }
}

/** Opens what is held of a log in its folder, or begins with nothing. */
export async function openMirror(settings: MirrorSettings): Promise<Mirror> {
  const { disk, folder } = settings
  await disk.makeFolder(folder)
  const state = await readMirrorState(disk, join(folder, 'state.json'))
  return new Mirror(settings, await openTreeStore(disk, folder, state), state)
}

import type { Head } from '../chain.ts'
import type { DiskFile } from '../disk/disk.ts'
import type { VerifierKey } from '../note/key.ts'
import type { TreeStore } from '../store/tree-store.ts'
import type { TileId } from '../tree/tiles.ts'
import type { NewEntry } from './encode-next.ts'
import type { Marker, Published } from './published.ts'
import type { Standing } from './standing.ts'

/** A log of this box: what it holds, what it has published, and whether it goes on. */
export interface OwnLog extends AsyncDisposable {
  readonly origin: string
  /** Verifies its checkpoints; its name is the origin. */
  readonly key: VerifierKey

  /** Number of durable entries, and the leaf hash of the last one. */
  readonly head: Head
  /** Bytes of the durable entries in `file`. */
  readonly bytes: number
  readonly file: DiskFile
  /** Entries beyond `head` may be in it that are not durable yet. */
  readonly tree: TreeStore
  /** Appends that have not been answered yet. */
  readonly waiting: number

  /**
   * Appends an entry, durably; one whose commitment is in the log already is not added again.
   * @returns its index
   * @throws TypeError at once for what is no entry; LogHeld; LogFailed when the disk refuses
   */
  append(entry: NewEntry): Promise<number>
  /** Bytes of the entries [from, from + limit), as many as are durable. */
  read(from: number, limit: number): Promise<Buffer[]>
  /** Index of the entry with this commitment. */
  find(commitment: string): Promise<number | null>

  /** The newest checkpoint that others may see, with the cosignatures so far. */
  readonly published: Published | null
  /** The newest that satisfied the policy. */
  readonly final: Published | null
  /** Told of every new checkpoint once it is durable; the answer ends it. */
  onPublished(listener: (published: Published) => void): () => void
  /** Keeps a cosignature, which the caller has verified, with the newest or the final checkpoint if it is of that. */
  addCosignature(noteText: string, line: string): Promise<void>
  /**
   * Keeps a published checkpoint with its cosignatures as the newest that satisfied the policy; an older one is ignored.
   * @throws NoteError, RangeError for what this log did not publish
   */
  setFinal(note: string): Promise<void>
  /** Whether a tile is served: full, or partial at a size that was published. */
  hasTile(id: TileId): boolean

  readonly standing: Standing
  /** Told of every change of the standing. */
  onStanding(listener: (standing: Standing) => void): () => void
  /** From now on nothing is appended or signed. Durable when it ends. A closed log stays as it is. */
  hold(because: string): Promise<void>
  /**
   * Goes on after `hold`.
   * @throws LogHeld when the log does not hold the checkpoint that it signed last, or is closed
   */
  release(): Promise<void>
  /**
   * Adds entries that peers hold and a restore lost, as they are; all or none of them. Only while held.
   * @throws ChainError for what does not follow, LogFailed
   */
  adopt(entries: readonly Buffer[]): Promise<void>
  /**
   * Drops what follows the newest published checkpoint, because a later one shows that it was never acknowledged. A copy
   * is kept. Only of a log that is held since its data were restored: what another one holds it may have acknowledged.
   * @returns whether nothing follows now
   * @throws LogFailed when the disk refuses
   */
  dropUnpublished(): Promise<boolean>
  /** Ends the log for good: it has forked, or another goes on in its place. */
  conclude(because: string): Promise<void>
  /** The checkpoint that was signed last, as remembered outside what is backed up. */
  readonly marker: Marker | null
}

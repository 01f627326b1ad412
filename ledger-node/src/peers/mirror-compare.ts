import type { TreeStore } from '../store/tree-store.ts'
import { foldRange } from '../tree/frontier.ts'
import { type HashReader, rangeHashes } from '../tree/prove.ts'

/** What came of a checkpoint that was shown to a mirror. */
export type Shown =
  /** Its tree is held, whole. */
  | { outcome: 'held' }
  /** Another root at the size of the checkpoint that is held. */
  | { outcome: 'same-size'; other: string }
  /** No tree has both: `hashes` are the subtrees of [0, m) and [m, n) of the larger one. */
  | { outcome: 'fork'; smaller: string; larger: string; hashes: Buffer[] }

/** A checkpoint that the log has signed. */
export interface SizedNote {
  note: string
  size: number
}

/** What can be told of a checkpoint without asking anybody; null for a tree larger than the one that is held. */
export async function compareHeld(
  tree: TreeStore,
  verified: SizedNote,
  shown: SizedNote & { root: Buffer },
): Promise<Shown | null> {
  const { note, size, root } = shown
  if (size > verified.size) return null
  if (root.equals(await tree.rootAt(size))) return { outcome: 'held' }
  if (size === verified.size) return { outcome: 'same-size', other: verified.note }
  const { hashes: read } = tree
  const hashes = [...(await rangeHashes(read, 0, size)), ...(await rangeHashes(read, size, verified.size))]
  return { outcome: 'fork', smaller: note, larger: verified.note, hashes }
}

/** Whether the larger tree behind `reader` does not begin with the one that is held; null when it does. */
export async function compareLarger(
  tree: TreeStore,
  verified: SizedNote,
  { note, size }: SizedNote,
  reader: HashReader,
): Promise<Shown | null> {
  const old = await rangeHashes(reader, 0, verified.size)
  if (foldRange(old).equals(await tree.rootAt(verified.size))) return null
  const hashes = [...old, ...(await rangeHashes(reader, verified.size, size))]
  return { outcome: 'fork', smaller: verified.note, larger: note, hashes }
}

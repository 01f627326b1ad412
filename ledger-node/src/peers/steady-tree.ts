import type { TreeStore } from '../store/tree-store.ts'

/** What can be read of a store. */
export type TreeReading = Pick<
  TreeStore,
  'size' | 'bytes' | 'frontier' | 'rootAt' | 'read' | 'hashes' | 'tile'
>

/** A store that is closed and opened anew now and then. */
export interface Reopened {
  store(): TreeStore
  /** Ends, without an error, when it is open again; null while it is open. */
  opening(): Promise<void> | null
}

/** Reads what is held whether or not it is just being opened anew: a look that was cut off is taken again. */
export function steadyTree(at: Reopened): TreeReading {
  async function look<T>(take: (store: TreeStore) => Promise<T>): Promise<T> {
    for (;;) {
      await at.opening()
      const store = at.store()
      try {
        return await take(store)
      } catch (error) {
        if (store === at.store() && at.opening() === null) throw error
      }
    }
  }
  return {
    get size() {
      return at.store().size
    },
    get bytes() {
      return at.store().bytes
    },
    get frontier() {
      return at.store().frontier
    },
    rootAt: (size) => look((store) => store.rootAt(size)),
    read: (from, limit) => look((store) => store.read(from, limit)),
    hashes: (nodes) => look((store) => store.hashes(nodes)),
    tile: (id) => look((store) => store.tile(id)),
  }
}

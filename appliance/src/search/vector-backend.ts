import { join } from 'node:path'
import { createExactIndex } from './exact.ts'
import { HnswIndex, neighbours } from './hnsw.ts'
import { loadHnsw } from './hnsw-native.ts'
import type { IndexSettings } from './index-messages.ts'
import type { IndexStatus } from './passage-index.ts'
import type { Slots } from './slots.ts'
import type { VectorIndex } from './vector-index.ts'

/** Which vector index is used, for all views of the passages, and its work in the background. */
export interface VectorBackend {
  createView(view: number, slots: Slots): VectorIndex
  /** Forgets all views. */
  reset(): void
  /** After everything was read from the store: takes over what index files hold of it. */
  restore(seq: number): void
  work(budgetMs: number): boolean
  save(seq: number): Promise<void>
  status(): Pick<IndexStatus, 'backend' | 'building' | 'note'>
}

/** See HnswSettings; measured with limits of 10 and 200. */
const scanUpTo = 20_000

export function openVectorBackend(settings: IndexSettings): VectorBackend {
  const hnsw = settings.backend === 'exact' ? { missing: null } : loadHnsw()
  if ('native' in hnsw) return hnswBackend(settings, hnsw.native)
  return {
    createView: () => createExactIndex(settings.dimension),
    reset: () => {},
    restore: () => {},
    work: () => false,
    save: async () => {},
    status: () => ({
      backend: 'exact',
      building: null,
      note: settings.backend === 'hnsw' ? hnsw.missing : null,
    }),
  }
}

function hnswBackend(
  settings: IndexSettings,
  native: ConstructorParameters<typeof HnswIndex>[0]['native'],
): VectorBackend {
  const { folder, pipeline, dimension } = settings
  let views: HnswIndex[] = []
  return {
    createView(view, slots) {
      const index = new HnswIndex({
        native,
        owner: { pipeline, dimension, view, neighbours },
        path: join(folder, `vectors-${view}.hnsw`),
        passageOf: (slot) => slots.passage(slot),
        scanUpTo: settings.scanUpTo ?? scanUpTo,
      })
      views.push(index)
      return index
    },
    reset() {
      views = []
    },
    restore: (seq) => {
      for (const view of views) view.restore(seq)
    },
    work: (budgetMs) => views.some((view) => view.work(budgetMs)),
    save: async (seq) => {
      for (const view of views) await view.save(seq)
    },
    status() {
      // In steps of a hundredth, so that not every vector is news.
      const built = Math.min(1, ...views.map((view) => Math.floor(100 * view.built) / 100))
      const exact = views.some((view) => view.backend === 'exact')
      return { backend: exact ? 'exact' : 'hnsw', building: built < 1 ? built : null, note: null }
    },
  }
}

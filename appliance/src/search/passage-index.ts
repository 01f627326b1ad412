import type { Filters } from '../model.ts'

/** A term of a question and how much it counts. */
export interface WeightedTerm {
  term: string
  weight: number
}

/** A passage by its row number in the store, and its score in one method. */
export interface Scored {
  passage: number
  score: number
}

export interface IndexRequest {
  spaces: readonly string[]
  filters?: Filters
  terms: readonly WeightedTerm[]
  /** `view`: which of the vectors of a passage to compare with. Unit length, so that scores are cosines. */
  vectors: readonly { view: number; vector: Float32Array }[]
  /** Most hits per method. */
  limit: number
}

export interface IndexAnswer {
  words: Scored[]
  /** One list per requested vector. */
  vectors: Scored[][]
  /** Passages that the spaces and filters admit. */
  eligible: number
  tookMs: number
}

export interface IndexStatus {
  /** What answers wide searches at the moment. */
  backend: 'exact' | 'hnsw'
  passages: number
  /** Number of the last change of the store that is in the index. */
  seq: number
  /** False until everything in the store was read once. */
  ready: boolean
  /** Share (0-1) of the vectors in the graph while it is being built; null when nothing is to be built. */
  building: number | null
  /** Why there is no hnsw although the setting asks for it. */
  note: string | null
}

/**
 * Port: words and vectors of all passages, off the event loop. A search sees every document whose transaction was
 * committed before the call and none that was removed before it. Best first; equal scores in the order of the
 * passages' ids. BM25's document frequencies, number of passages and average length are those of the passages that
 * the spaces and filters admit: what may not be seen changes no order. Failures are TanboxErrors: `index-broken`,
 * `bad-request` for a filter that cannot be understood.
 */
export interface PassageIndex {
  search(request: IndexRequest): Promise<IndexAnswer>
  status(): Promise<IndexStatus>
  close(): Promise<void>
}

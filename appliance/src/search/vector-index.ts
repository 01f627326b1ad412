import type { SlotScore, Tie } from './best.ts'
import type { SlotSet } from './slots.ts'

/**
 * Port: nearest vectors by inner product (cosine, for unit vectors). Vectors belong to slots; scores are exact
 * inner products in every driver, only which of them are found may differ.
 */
export interface VectorIndex {
  readonly backend: 'exact' | 'hnsw'
  /** @throws RangeError for a vector of another dimension */
  add(slot: number, vector: Float32Array): void
  /** The vectors of these slots are found no more. */
  remove(first: number, count: number): void
  /** The nearest among the slots of a set, best first. */
  search(query: Float32Array, limit: number, within: SlotSet, tie: Tie): SlotScore[]
  /** Drops the slots that are gone; see Slots.compact. */
  compact(renumbered: Int32Array): void
}

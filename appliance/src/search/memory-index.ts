import type { SlotScore } from './best.ts'
import { LexicalIndex } from './lexical.ts'
import type { IndexRequest, Scored } from './passage-index.ts'
import { type SlotSet, Slots } from './slots.ts'
import { unpackTerms } from './term-row.ts'
import type { VectorIndex } from './vector-index.ts'

/** A passage as it is read from the store. */
export interface StoredPassage {
  passage: number
  id: string
  /** Packed by packTerms. */
  words: Uint8Array
  vectors: { view: number; vector: Float32Array }[]
}

/** Empty slots are put up with until they are this share of all, and this many. */
const emptyShare = 0.25
const emptySlots = 4096

/** Words and vectors of all passages, in memory. Knows nothing of SQL, threads or files. */
export class MemoryIndex {
  readonly slots = new Slots()
  readonly #words = new LexicalIndex()
  readonly #views = new Map<number, VectorIndex>()
  readonly #createView: (view: number, slots: Slots) => VectorIndex

  /** @param createView makes the vector index of a view when its first vector comes */
  constructor(createView: (view: number, slots: Slots) => VectorIndex) {
    this.#createView = createView
  }

  add(document: number, passages: readonly StoredPassage[]): void {
    const rows = passages.map(({ words }) => unpackTerms(words))
    const first = this.slots.add(
      document,
      passages.map(({ passage, id }, i) => ({ passage, id, length: rows[i]!.length })),
    )
    this.#words.add(rows)
    passages.forEach(({ vectors }, i) => {
      for (const { view, vector } of vectors) this.#view(view).add(first + i, vector)
    })
  }

  remove(document: number): void {
    const stretch = this.slots.remove(document)
    if (!stretch) return
    for (const vectors of this.#views.values()) vectors.remove(stretch.first, stretch.count)
    const empty = this.slots.used - this.slots.live
    if (empty > emptySlots && empty > emptyShare * this.slots.used) this.compact()
  }

  compact(): void {
    const renumbered = this.slots.compact()
    this.#words.compact(renumbered)
    for (const vectors of this.#views.values()) vectors.compact(renumbered)
  }

  search({ terms, vectors, limit }: Pick<IndexRequest, 'terms' | 'vectors' | 'limit'>, within: SlotSet) {
    const passages = (found: SlotScore[]): Scored[] =>
      found.map(({ slot, score }) => ({ passage: this.slots.passage(slot), score }))
    const lengthOf = (slot: number) => this.slots.length(slot)
    return {
      words: passages(this.#words.search(terms, limit, within, lengthOf, this.slots.tie)),
      vectors: vectors.map(({ view, vector }) =>
        passages(this.#views.get(view)?.search(vector, limit, within, this.slots.tie) ?? []),
      ),
    }
  }

  #view(view: number): VectorIndex {
    const known = this.#views.get(view)
    if (known) return known
    const fresh = this.#createView(view, this.slots)
    this.#views.set(view, fresh)
    return fresh
  }
}

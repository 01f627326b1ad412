import type { HierarchicalNSW } from 'hnswlib-node'
import type { SlotScore, Tie } from './best.ts'
import { createExactIndex, type ExactIndex } from './exact.ts'
import { type GraphOwner, graphFits, writeGraph } from './hnsw-file.ts'
import type { Hnsw } from './hnsw-native.ts'
import type { SlotSet } from './slots.ts'
import type { VectorIndex } from './vector-index.ts'

export interface HnswSettings {
  native: Hnsw
  owner: GraphOwner
  /** Path of the graph file. */
  path: string
  /** Row number of the passage at a slot: the label in the graph, as slots are renumbered and rows never are. */
  passageOf(slot: number): number
  /**
   * A set of all vectors is scanned up to this many: faster than the graph, and complete. Of a set that is a share of
   * all, the graph looks at one over the share as many vectors and the scan at fewer, so the bound is on the size of
   * the set times its share (docs/decisions/305).
   */
  scanUpTo: number
}

/** Sets smaller than this share of all vectors are always scanned: there the graph loses recall. */
const narrow = 0.1
export const neighbours = 16
const effortBuilding = 200
/** Candidates kept while searching: recall@10 above .99 on bundled vectors (bench:search). */
const effortSearching = 256
/** The graph is written when it is complete and differs from the file by so many, or so large a share. */
const unsavedCount = 1000
const unsavedShare = 0.05
/** Deleted nodes stay in the graph as way-marks; beyond this share it is built anew. */
const deletedShare = 0.3
const spotChecks = 256

/**
 * Approximate search by a graph of neighbours (HNSW) over the exact index. Vectors enter the graph in the background
 * (`work`); until then they are scanned, so that nothing is missing meanwhile. Scores are always exact.
 */
export class HnswIndex implements VectorIndex {
  readonly #settings: HnswSettings
  readonly #exact: ExactIndex
  #graph: HierarchicalNSW
  #slots = new Map<number, number>()
  /** 1: the vector at this slot is in the graph. */
  #inGraph = new Uint8Array(1024)
  #waiting: number[] = []
  #graphed = 0
  #deleted = 0
  #unsaved = 0
  #saving = false

  constructor(settings: HnswSettings) {
    this.#settings = settings
    this.#exact = createExactIndex(settings.owner.dimension)
    this.#graph = this.#emptyGraph(1024)
  }

  get backend(): 'exact' | 'hnsw' {
    return this.#waiting.length > Math.max(this.#settings.scanUpTo, this.#graphed) ? 'exact' : 'hnsw'
  }

  /** Share of the vectors that are in the graph, 0-1. */
  get built(): number {
    const all = this.#graphed + this.#waiting.length
    return all === 0 ? 1 : this.#graphed / all
  }

  add(slot: number, vector: Float32Array): void {
    this.#exact.add(slot, vector)
    this.#slots.set(this.#settings.passageOf(slot), slot)
    this.#reserve(slot + 1)
    this.#inGraph[slot] = 0
    this.#waiting.push(slot)
  }

  remove(first: number, count: number): void {
    for (let slot = first; slot < first + count; slot++) {
      const passage = this.#settings.passageOf(slot)
      if (!this.#slots.delete(passage) || !this.#inGraph[slot]) continue
      this.#inGraph[slot] = 0
      this.#drop(passage)
      this.#graphed--
    }
    this.#exact.remove(first, count)
    if (this.#deleted > unsavedCount && this.#deleted > deletedShare * (this.#graphed + this.#deleted))
      this.#startAnew()
  }

  search(query: Float32Array, limit: number, within: SlotSet, tie: Tie): SlotScore[] {
    const wide = within.slots.length
    const all = this.#graphed + this.#waiting.length
    if (
      wide <= this.#settings.scanUpTo ||
      wide < narrow * all ||
      this.backend === 'exact' ||
      this.#graphed === 0
    )
      return this.#exact.search(query, limit, within, tie)
    // All candidates are taken, not only the nearest: exact scores then settle what the graph left open.
    const wanted = Math.min(Math.max(effortSearching, 2 * limit), this.#graphed)
    this.#graph.setEf(wanted)
    const admits = (passage: number) => within.flags[this.#slots.get(passage) ?? -1] === 1
    const { neighbors } = this.#graph.searchKnn(Array.from(query), wanted, wide < all ? admits : undefined)
    const candidates = neighbors.map((passage) => this.#slots.get(passage) ?? -1)
    // Checked here once more: the graph was asked without a filter where the set seemed to be everything.
    const seen = [...candidates, ...this.#waiting].filter((slot) => within.flags[slot] === 1)
    const slots = Uint32Array.from(seen).sort()
    return this.#exact.search(query, limit, { ...within, slots }, tie)
  }

  compact(renumbered: Int32Array): void {
    this.#exact.compact(renumbered)
    const inGraph = new Uint8Array(this.#inGraph.length)
    for (const [passage, slot] of this.#slots) {
      const now = renumbered[slot]!
      this.#slots.set(passage, now)
      inGraph[now] = this.#inGraph[slot]!
    }
    this.#inGraph = inGraph
    this.#waiting = this.#waiting.map((slot) => renumbered[slot]!).filter((slot) => slot >= 0)
  }

  /** Takes over the graph file as far as it fits what is in the store now; without one, everything waits. */
  restore(seq: number): void {
    const { path, owner, native } = this.#settings
    if (!graphFits(path, owner, seq)) return
    const graph = new native('ip', owner.dimension)
    try {
      graph.readIndexSync(path)
    } catch {
      return // whole, but written by another version of hnswlib: it is made again
    }
    const labels = graph.getIdsList().sort((a, b) => b - a)
    if (!this.#matches(graph, labels)) return
    this.#graph = graph
    this.#unsaved = 0
    for (const label of labels) {
      const slot = this.#slots.get(label)
      if (slot === undefined) this.#drop(label)
      else this.#inGraph[slot] = 1
    }
    this.#waiting = this.#waiting.filter((slot) => this.#inGraph[slot] === 0)
    this.#graphed = labels.length - this.#deleted
  }

  /**
   * Moves waiting vectors into the graph for about `budgetMs`.
   * @returns whether more is to be done
   */
  work(budgetMs: number): boolean {
    if (this.#saving) return false
    const end = performance.now() + budgetMs
    while (this.#waiting.length > 0 && performance.now() < end) this.#insert(this.#waiting.pop()!)
    return this.#waiting.length > 0
  }

  /**
   * Writes the graph file when it is complete and differs enough from the last one. The graph does not grow
   * meanwhile, and what is deleted meanwhile is deleted again when the file is read. After a failure it is tried
   * again when as much has changed once more.
   * @param seq last change of the store that the index has seen
   */
  async save(seq: number): Promise<void> {
    const due = this.#unsaved > Math.max(unsavedCount, unsavedShare * this.#graphed)
    if (this.#waiting.length > 0 || this.#saving || !due) return
    this.#saving = true
    this.#unsaved = 0
    const graph = this.#graph
    try {
      await writeGraph(this.#settings.path, this.#settings.owner, seq, (draft) => graph.writeIndex(draft))
    } finally {
      this.#saving = false
    }
  }

  #insert(slot: number): void {
    const vector = this.#exact.vector(slot)
    if (!vector) return // removed while it waited
    const capacity = this.#graph.getMaxElements()
    if (this.#graph.getCurrentCount() >= capacity) this.#graph.resizeIndex(Math.ceil(capacity * 1.5))
    this.#graph.addPoint(Array.from(vector), this.#settings.passageOf(slot))
    this.#inGraph[slot] = 1
    this.#graphed++
    this.#unsaved++
  }

  #drop(label: number): void {
    try {
      this.#graph.markDelete(label)
      this.#unsaved++
    } catch {
      // Was deleted before the file was written.
    }
    this.#deleted++
  }

  #startAnew(): void {
    this.#graph = this.#emptyGraph(this.#slots.size)
    this.#inGraph.fill(0)
    this.#graphed = 0
    this.#deleted = 0
    this.#waiting = [...this.#slots.values()]
  }

  /** A store put back from a backup may have given the same row numbers to other passages. */
  #matches(graph: HierarchicalNSW, labels: number[]): boolean {
    const step = Math.max(1, Math.floor(labels.length / spotChecks))
    const checked = labels.filter((_, i) => i < spotChecks || i % step === 0)
    return checked.every((label) => {
      const slot = this.#slots.get(label)
      if (slot === undefined) return true
      const ours = this.#exact.vector(slot)!
      return graph.getPoint(label).every((x, i) => x === ours[i])
    })
  }

  #emptyGraph(capacity: number): HierarchicalNSW {
    const { native, owner } = this.#settings
    const graph = new native('ip', owner.dimension)
    // The seed is fixed: the same vectors in the same order give the same graph.
    graph.initIndex(Math.max(1024, capacity), neighbours, effortBuilding, 1)
    return graph
  }

  #reserve(slots: number): void {
    if (slots <= this.#inGraph.length) return
    const larger = new Uint8Array(Math.max(slots, this.#inGraph.length * 2))
    larger.set(this.#inGraph)
    this.#inGraph = larger
  }
}

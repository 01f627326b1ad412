import { Best, type SlotScore, type Tie } from './best.ts'
import type { WeightedTerm } from './passage-index.ts'
import type { SlotSet } from './slots.ts'
import { type TermRow, termHash } from './term-row.ts'
import {
  compactSegment,
  countOf,
  findTerm,
  mergeSegments,
  segmentOf,
  segmentSlots,
  slotOf,
  type WordSegment,
} from './word-segment.ts'

/** BM25's usual constants: how fast repetition saturates, how much long passages are held back. */
const k1 = 1.2
const b = 0.75

/**
 * Inverted index over terms. Rows gather until the next search, then become a segment, and small segments are merged
 * with their predecessors (as in a log-structured merge tree): no search waits for more than the making of one full
 * segment.
 */
export class LexicalIndex {
  #segments: WordSegment[] = []
  #gathered: TermRow[] = []
  #next = 0

  /** Adds the passages at the next slots. */
  add(rows: readonly TermRow[]): void {
    for (const row of rows) {
      this.#gathered.push(row)
      if (this.#gathered.length === segmentSlots) this.#flush()
    }
  }

  /**
   * The passages of a set by BM25, best first.
   * @param lengthOf number of terms of a passage
   */
  search(
    terms: readonly WeightedTerm[],
    limit: number,
    within: SlotSet,
    lengthOf: (slot: number) => number,
    tie: Tie,
  ): SlotScore[] {
    this.#flush()
    const passages = within.slots.length
    if (passages === 0 || terms.length === 0) return []
    const scores = new Float64Array(within.flags.length)
    const averageLength = within.length / passages
    for (const { term, weight } of terms) {
      const found = this.#find(termHash(term), within)
      if (found.frequency === 0) continue
      const rarity = Math.log(1 + (passages - found.frequency + 0.5) / (found.frequency + 0.5))
      for (const { segment, from, to } of found.stretches) {
        for (let at = from; at < to; at++) {
          const posting = segment.postings[at]!
          const slot = segment.base + slotOf(posting)
          if (within.flags[slot] === 0) continue
          const count = countOf(posting)
          const norm = k1 * (1 - b + (b * lengthOf(slot)) / averageLength)
          scores[slot]! += (weight * rarity * count * (k1 + 1)) / (count + norm)
        }
      }
    }
    const best = new Best(limit, tie)
    for (const slot of within.slots) if (scores[slot]! > 0) best.offer(slot, scores[slot]!)
    return best.take()
  }

  /** Drops the slots that are gone; see Slots.compact. */
  compact(renumbered: Int32Array): void {
    this.#flush()
    const old = this.#segments
    this.#segments = []
    this.#next = renumbered.reduce((count, slot) => count + (slot >= 0 ? 1 : 0), 0)
    for (const segment of old) {
      const kept = compactSegment(segment, renumbered)
      if (!kept) continue
      this.#segments.push(kept)
      this.#mergeTail(() => true)
    }
  }

  #flush(): void {
    if (this.#gathered.length === 0) return
    this.#segments.push(segmentOf(this.#next, this.#gathered))
    this.#next += this.#gathered.length
    this.#gathered = []
    this.#mergeTail((previous, last) => previous.slots <= last.slots)
  }

  #find(hash: number, within: SlotSet) {
    const stretches: { segment: WordSegment; from: number; to: number }[] = []
    let frequency = 0
    for (const segment of this.#segments) {
      const place = findTerm(segment, hash)
      if (!place) continue
      stretches.push({ segment, ...place })
      for (let at = place.from; at < place.to; at++)
        frequency += within.flags[segment.base + slotOf(segment.postings[at]!)]!
    }
    return { stretches, frequency }
  }

  #mergeTail(wanted: (previous: WordSegment, last: WordSegment) => boolean): void {
    for (;;) {
      const [previous, last] = this.#segments.slice(-2)
      if (!previous || !last || previous.slots + last.slots > segmentSlots || !wanted(previous, last)) return
      this.#segments.splice(-2, 2, mergeSegments(previous, last))
    }
  }
}

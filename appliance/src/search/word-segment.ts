import type { TermRow } from './term-row.ts'

/**
 * The inverted terms of up to 8,192 consecutive slots (places of passages in the index). Immutable.
 *
 * A posting is 16 bits: 13 for the slot within the segment, 3 for how often the term occurs there, less one, at most
 * 8. BM25 saturates: a count of 8 already gives 87 % of what any count could.
 */
export interface WordSegment {
  /** First slot. */
  base: number
  /** Number of slots. */
  slots: number
  /** Hashes of the terms, ascending. */
  hashes: Uint32Array
  /** Postings of term i: starts[i] ... starts[i + 1] - 1. */
  starts: Uint32Array
  /** By slot within a term. */
  postings: Uint16Array
}

export const segmentSlots = 8192
const mostCounted = 8

export const slotOf = (posting: number): number => posting >>> 3
export const countOf = (posting: number): number => (posting & 7) + 1

/** The segment of consecutive slots from `base` on, one row each; at most `segmentSlots` rows. */
export function segmentOf(base: number, rows: readonly TermRow[]): WordSegment {
  const total = rows.reduce((sum, { hashes }) => sum + hashes.length, 0)
  let keys = new Uint32Array(total)
  let postings = new Uint16Array(total)
  let filled = 0
  for (const [slot, { hashes, counts }] of rows.entries()) {
    keys.set(hashes, filled)
    for (let i = 0; i < counts.length; i++)
      postings[filled++] = (slot << 3) | (Math.min(counts[i]!, mostCounted) - 1)
  }
  // Radix sort by hash, eleven bits at a time. It is stable, so that a term's postings stay in the order of slots.
  for (const shift of [0, 11, 22]) {
    ;[keys, postings] = sortByDigit(keys, postings, shift)
  }
  let terms = 0
  for (let i = 0; i < total; i++) if (i === 0 || keys[i] !== keys[i - 1]) terms++
  const hashes = new Uint32Array(terms)
  const starts = new Uint32Array(terms + 1)
  let term = 0
  for (let i = 0; i < total; i++) {
    if (i > 0 && keys[i] === keys[i - 1]) continue
    hashes[term] = keys[i]!
    starts[term++] = i
  }
  starts[terms] = total
  return { base, slots: rows.length, hashes, starts, postings }
}

function sortByDigit(
  keys: Uint32Array,
  postings: Uint16Array,
  shift: number,
): [Uint32Array<ArrayBuffer>, Uint16Array<ArrayBuffer>] {
  const places = new Uint32Array(2049)
  for (let i = 0; i < keys.length; i++) places[((keys[i]! >>> shift) & 2047) + 1]!++
  for (let digit = 1; digit < places.length; digit++) places[digit]! += places[digit - 1]!
  const sortedKeys = new Uint32Array(keys.length)
  const sortedPostings = new Uint16Array(keys.length)
  for (let i = 0; i < keys.length; i++) {
    const place = places[(keys[i]! >>> shift) & 2047]!++
    sortedKeys[place] = keys[i]!
    sortedPostings[place] = postings[i]!
  }
  return [sortedKeys, sortedPostings]
}

/** Joins a segment with the one that follows it. Together they have at most `segmentSlots` slots. */
export function mergeSegments(a: WordSegment, b: WordSegment): WordSegment {
  const hashes = new Uint32Array(a.hashes.length + b.hashes.length)
  const starts = new Uint32Array(hashes.length + 1)
  const postings = new Uint16Array(a.postings.length + b.postings.length)
  const shift = a.slots << 3
  let terms = 0
  let filled = 0
  for (let i = 0, j = 0; i < a.hashes.length || j < b.hashes.length; ) {
    const left = i < a.hashes.length ? a.hashes[i]! : Infinity
    const right = j < b.hashes.length ? b.hashes[j]! : Infinity
    hashes[terms] = Math.min(left, right)
    if (left <= right) {
      for (let at = a.starts[i]!; at < a.starts[i + 1]!; at++) postings[filled++] = a.postings[at]!
      i++
    }
    if (right <= left) {
      for (let at = b.starts[j]!; at < b.starts[j + 1]!; at++) postings[filled++] = b.postings[at]! + shift
      j++
    }
    starts[++terms] = filled
  }
  return {
    base: a.base,
    slots: a.slots + b.slots,
    hashes: hashes.slice(0, terms),
    starts: starts.slice(0, terms + 1),
    postings,
  }
}

/**
 * A segment without the slots that are gone.
 * @param renumbered new slot of each old one, ascending; -1: gone
 * @returns null when nothing is left
 */
export function compactSegment(segment: WordSegment, renumbered: Int32Array): WordSegment | null {
  const kept = renumbered.subarray(segment.base, segment.base + segment.slots).filter((slot) => slot >= 0)
  if (kept.length === 0) return null
  const base = kept[0]!
  const hashes = new Uint32Array(segment.hashes.length)
  const starts = new Uint32Array(hashes.length + 1)
  const postings = new Uint16Array(segment.postings.length)
  let terms = 0
  let filled = 0
  segment.hashes.forEach((hash, term) => {
    for (let at = segment.starts[term]!; at < segment.starts[term + 1]!; at++) {
      const posting = segment.postings[at]!
      const slot = renumbered[segment.base + slotOf(posting)]!
      if (slot >= 0) postings[filled++] = ((slot - base) << 3) | (posting & 7)
    }
    if (filled === starts[terms]) return
    hashes[terms] = hash
    starts[++terms] = filled
  })
  return {
    base,
    slots: kept.length,
    hashes: hashes.slice(0, terms),
    starts: starts.slice(0, terms + 1),
    postings: postings.slice(0, filled),
  }
}

/** Where a term's postings stand, or null. */
export function findTerm(segment: WordSegment, hash: number): { from: number; to: number } | null {
  let low = 0
  let high = segment.hashes.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (segment.hashes[middle]! < hash) low = middle + 1
    else high = middle
  }
  if (segment.hashes[low] !== hash) return null
  return { from: segment.starts[low]!, to: segment.starts[low + 1]! }
}

/**
 * Passages stand in the index at slots 0, 1, 2, ...: those of one document side by side. A slot whose document was
 * removed is empty until the next compaction.
 */
export interface Passing {
  /** Row number in the store. */
  passage: number
  /** The passage's own id, hex: settles equal scores, so that the order does not depend on how the index came about. */
  id: string
  /** Terms with repetitions. */
  length: number
}

/** The slots that a search may touch. */
export interface SlotSet {
  /** 1 for each slot in the set. */
  flags: Uint8Array
  /** Ascending. */
  slots: Uint32Array
  /** Sum of the lengths of these passages in terms. */
  length: number
}

interface Stretch {
  first: number
  count: number
}

export class Slots {
  #used = 0
  #live = 0
  #passage = new Float64Array(1024)
  #length = new Uint32Array(1024)
  /** The leading 104 bits of the ids, as two numbers. */
  #high = new Float64Array(1024)
  #low = new Float64Array(1024)
  readonly #documents = new Map<number, Stretch>()

  /** Slots taken, empty ones included. */
  get used(): number {
    return this.#used
  }

  /** Passages present. */
  get live(): number {
    return this.#live
  }

  has(document: number): boolean {
    return this.#documents.has(document)
  }

  documents(): Iterable<number> {
    return this.#documents.keys()
  }

  passage(slot: number): number {
    return this.#passage[slot]!
  }

  length(slot: number): number {
    return this.#length[slot]!
  }

  /** Takes the next slots; returns the first. */
  add(document: number, passages: readonly Passing[]): number {
    const first = this.#used
    this.#reserve(first + passages.length)
    passages.forEach(({ passage, id, length }, i) => {
      this.#passage[first + i] = passage
      this.#length[first + i] = length
      this.#high[first + i] = Number.parseInt(id.slice(0, 13), 16)
      this.#low[first + i] = Number.parseInt(id.slice(13, 26), 16)
    })
    this.#used += passages.length
    this.#live += passages.length
    this.#documents.set(document, { first, count: passages.length })
    return first
  }

  /** Empties the slots of a document; returns them. */
  remove(document: number): Stretch | null {
    const stretch = this.#documents.get(document)
    if (!stretch) return null
    this.#documents.delete(document)
    this.#live -= stretch.count
    return stretch
  }

  /** The slots of those of `documents` that are here. */
  of(documents: Iterable<number>): SlotSet {
    const flags = new Uint8Array(this.#used)
    for (const document of documents) {
      const stretch = this.#documents.get(document)
      if (stretch) flags.fill(1, stretch.first, stretch.first + stretch.count)
    }
    const slots = new Uint32Array(this.#used)
    let count = 0
    let length = 0
    for (let slot = 0; slot < flags.length; slot++) {
      if (flags[slot] === 0) continue
      slots[count++] = slot
      length += this.#length[slot]!
    }
    return { flags, slots: slots.subarray(0, count), length }
  }

  /** Order of two slots with equal scores: negative when `a` comes first. */
  tie = (a: number, b: number): number =>
    this.#high[a]! - this.#high[b]! || this.#low[a]! - this.#low[b]! || this.#passage[a]! - this.#passage[b]!

  /** Closes the gaps; returns the new slot of each old one, -1 for the empty. */
  compact(): Int32Array {
    const renumbered = new Int32Array(this.#used).fill(-1)
    const stretches = [...this.#documents].sort(([, a], [, b]) => a.first - b.first)
    let next = 0
    for (const [document, { first, count }] of stretches) {
      for (const column of [this.#passage, this.#length, this.#high, this.#low])
        column.copyWithin(next, first, first + count)
      for (let i = 0; i < count; i++) renumbered[first + i] = next + i
      this.#documents.set(document, { first: next, count })
      next += count
    }
    this.#used = next
    return renumbered
  }

  #reserve(slots: number): void {
    if (slots <= this.#passage.length) return
    const size = Math.max(slots, Math.ceil(this.#passage.length * 1.5))
    const larger = <T extends Float64Array | Uint32Array>(old: T, fresh: T): T => {
      fresh.set(old)
      return fresh
    }
    this.#passage = larger(this.#passage, new Float64Array(size))
    this.#length = larger(this.#length, new Uint32Array(size))
    this.#high = larger(this.#high, new Float64Array(size))
    this.#low = larger(this.#low, new Float64Array(size))
  }
}

/** A slot and its score. */
export interface SlotScore {
  slot: number
  score: number
}

/** Negative when `a` comes before `b` at equal scores. */
export type Tie = (a: number, b: number) => number

/** Keeps the best of many scores: a heap of the best so far with the worst of them on top. */
export class Best {
  readonly #limit: number
  readonly #tie: Tie
  readonly #heap: SlotScore[] = []

  constructor(limit: number, tie: Tie) {
    this.#limit = limit
    this.#tie = tie
  }

  offer(slot: number, score: number): void {
    const heap = this.#heap
    if (heap.length < this.#limit) {
      heap.push({ slot, score })
      this.#rise(heap.length - 1)
      return
    }
    const worst = heap[0]
    if (!worst || score < worst.score || (score === worst.score && this.#tie(slot, worst.slot) >= 0)) return
    heap[0] = { slot, score }
    this.#sink(0)
  }

  /** Best first. */
  take(): SlotScore[] {
    return this.#heap.sort((a, b) => b.score - a.score || this.#tie(a.slot, b.slot))
  }

  #worse(a: SlotScore, b: SlotScore): boolean {
    return a.score < b.score || (a.score === b.score && this.#tie(a.slot, b.slot) > 0)
  }

  #rise(at: number): void {
    const heap = this.#heap
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!this.#worse(heap[at]!, heap[parent]!)) return
      this.#swap(at, parent)
      at = parent
    }
  }

  #sink(at: number): void {
    const heap = this.#heap
    for (;;) {
      let worst = at
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < heap.length && this.#worse(heap[child]!, heap[worst]!)) worst = child
      }
      if (worst === at) return
      this.#swap(at, worst)
      at = worst
    }
  }

  #swap(a: number, b: number): void {
    const kept = this.#heap[a]!
    this.#heap[a] = this.#heap[b]!
    this.#heap[b] = kept
  }
}

import type { Answer } from './answer.ts'
import type { Kept } from './dispatch.ts'

/** The answers of one box that are not forgotten yet, the oldest first. What is forgotten while one goes over them is left out. */
export class KeptAnswers implements Iterable<Kept> {
  readonly #byRid = new Map<string, Kept>()

  get size(): number {
    return this.#byRid.size
  }

  /** Those on whose text a model works, or will. */
  get running(): number {
    let count = 0
    for (const { phase } of this.answers()) if (phase === 'reserving' || phase === 'running') count += 1
    return count
  }

  /** Something is still to be written or sent for a box that is here. */
  get busy(): boolean {
    for (const { detachedAt, ended } of this.answers()) if (detachedAt === null && !ended) return true
    return false
  }

  /** Since when the oldest is without its box, by performance.now(); Infinity: none is. */
  get awaySince(): number {
    let since = Number.POSITIVE_INFINITY
    for (const { detachedAt } of this.answers())
      if (detachedAt !== null && detachedAt < since) since = detachedAt
    return since
  }

  /** Held for answers that are without their box. */
  get awayBytes(): number {
    let bytes = 0
    for (const { detachedAt, buffer } of this.answers()) if (detachedAt !== null) bytes += buffer.heldBytes
    return bytes
  }

  [Symbol.iterator](): IterableIterator<Kept> {
    return this.#byRid.values()
  }

  *answers(): IterableIterator<Answer> {
    for (const { answer } of this) yield answer
  }

  get(rid: string): Kept | undefined {
    return this.#byRid.get(rid)
  }

  /** Undefined where another answer, or none, is kept under its id. */
  of(answer: Answer): Kept | undefined {
    const kept = this.#byRid.get(answer.rid)
    return kept?.answer === answer ? kept : undefined
  }

  keep(kept: Kept): void {
    this.#byRid.set(kept.answer.rid, kept)
  }

  forget({ answer }: Kept): void {
    if (this.of(answer)) this.#byRid.delete(answer.rid)
  }

  oldestAway(): Kept | undefined {
    for (const kept of this) if (kept.answer.detachedAt !== null) return kept
    return undefined
  }

  /** Of those that are over and told, or left behind. */
  oldestDone(): Kept | undefined {
    for (const kept of this) {
      const { phase, ended, detachedAt } = kept.answer
      if (phase === 'over' && (ended || detachedAt !== null)) return kept
    }
    return undefined
  }
}

import { type Kept, maxKept, type Shelf } from '../forks/shelf.ts'
import { agree, type SignedNote, type Statement } from '../forks/signed-note.ts'
import type { Background } from './background.ts'

export interface DoubtsParts {
  shelf: Shelf
  /** Milliseconds that a checkpoint may be without a good proof from anybody. */
  patienceMs: number
  background: Background
}

/**
 * What a log that is cosigned and not copied has signed, and what came without a good proof. Anybody can send a genuine
 * checkpoint with a junk proof, so that by itself it says nothing against the log: it is kept, as it may contradict what
 * comes later, and bars the log only when nobody has proved it, or a later one, within the time. A good proof to it or
 * to a later one ends that, whoever brings it.
 */
export class Doubts {
  readonly #parts: DoubtsParts
  readonly #timers = new Map<string, () => void>()
  #cosigned = 0n

  constructor(parts: DoubtsParts) {
    this.#parts = parts
  }

  /** What makes the log unproven, as far as this was told what is cosigned. */
  get barring(): Kept | null {
    return this.#parts.shelf.kept.find((it) => it.bars && it.size > this.#cosigned) ?? null
  }

  /**
   * What keeps a checkpoint, though it continues what is cosigned, from being cosigned: a later one without a proof.
   * @param cosigned size by now, which may be ahead of what this was told
   */
  against({ size }: Statement, cosigned: bigint): Kept | null {
    const { kept } = this.#parts.shelf
    return kept.find((it) => it.bars && it.size > cosigned && it.size > size) ?? null
  }

  /** Goes on with what was kept before a new start; the time begins anew. */
  begin(): void {
    for (const kept of this.#parts.shelf.kept) if (!kept.bars) this.#wait(kept)
  }

  /** A genuine checkpoint came with a proof that does not hold. */
  async add(signed: SignedNote): Promise<void> {
    const { shelf } = this.#parts
    if (signed.size <= this.#cosigned || shelf.find(signed)) return
    // What has been passed makes room; what has not been is reason enough already.
    const passed = shelf.kept.find(({ size }) => size <= this.#cosigned)
    if (shelf.kept.length >= maxKept && passed) await shelf.take(passed)
    if (await shelf.put(signed, 'the proof that came with it does not hold', false)) this.#wait(signed)
  }

  /** This checkpoint was proved to continue what was cosigned before. */
  async pass(signed: SignedNote): Promise<void> {
    const { shelf } = this.#parts
    if (signed.size > this.#cosigned) this.#cosigned = signed.size
    for (const kept of shelf.kept) {
      if (kept.size > signed.size) continue
      this.#forget(kept)
      if (agree(kept, signed)) await shelf.take(kept)
      else if (kept.bars) await shelf.put(kept, 'a later checkpoint was proved', false)
    }
  }

  close(): void {
    for (const cancel of this.#timers.values()) cancel()
    this.#timers.clear()
  }

  #wait(signed: SignedNote): void {
    const { background, patienceMs, shelf } = this.#parts
    const name = nameOf(signed)
    if (this.#timers.has(name) || signed.size <= this.#cosigned) return
    const cancel = background.after(patienceMs, () => {
      this.#timers.delete(name)
      const because = `nobody proved it within ${Math.round(patienceMs / 1000)} seconds`
      background.run('A checkpoint without a proof', async () => {
        if (signed.size > this.#cosigned && shelf.find(signed)) await shelf.put(signed, because, true)
      })
    })
    this.#timers.set(name, cancel)
  }

  #forget(signed: Statement): void {
    const name = nameOf(signed)
    this.#timers.get(name)?.()
    this.#timers.delete(name)
  }
}

const nameOf = ({ size, root }: Statement) => `${size} ${root.toString('hex')}`

/**
 * What goes to one box, and when: text at once while its socket is free, gathered while it is not; never more held for
 * it than may be; and a box that takes nothing is cut off. It outlives connections, as the answers do.
 */
import { closeCodes, type GatewayMessage } from '../protocol.ts'
import type { Upstream } from '../providers/provider.ts'
import type { GatewayLimits, GatewayTiming } from '../timing.ts'
import type { Answer } from './answer.ts'
import type { Meter } from './answer-buffer.ts'
import { deltaFrame } from './delta-frame.ts'
import type { Outlet } from './outlet.ts'
import { createUpstreams } from './upstreams.ts'

/** An answer at the desk of its box, and the beginning of its deltas' frames. */
export interface Kept {
  answer: Answer
  head: Buffer
}

export interface DispatchCollaborators {
  limits: GatewayLimits
  timing: Pick<GatewayTiming, 'gatherMs' | 'stalledMs' | 'leftMs'>
  counts: { deltas: number }
  fault(error: unknown): void
}

export class Dispatch {
  /** Text of all answers of the box, sent or not, that it has not acknowledged. */
  readonly held: Meter = { bytes: 0 }
  readonly #with: DispatchCollaborators
  readonly #upstreams = createUpstreams()
  #outlet: Outlet | null = null
  #connectedAt = performance.now()
  /** Answers with text that waits for the socket. */
  readonly #backlog = new Set<Kept>()
  #gather: NodeJS.Timeout | null = null
  /** Since when text waits and nothing moves, by performance.now(); and what moved since the last look. */
  #stillSince = performance.now()
  #moved = false
  #flushed = false

  constructor(collaborators: DispatchCollaborators) {
    this.#with = collaborators
  }

  get outlet(): Outlet | null {
    return this.#outlet
  }

  get heldBytes(): number {
    return this.held.bytes + (this.#outlet?.unsentBytes ?? 0) + this.#upstreams.waitingBytes
  }

  /** Waiting from model servers. */
  get upstreamBytes(): number {
    return this.#upstreams.waitingBytes
  }

  connect(outlet: Outlet): void {
    this.#outlet = outlet
    this.#connectedAt = performance.now()
    this.#stillSince = this.#connectedAt
  }

  disconnect(): void {
    this.#outlet = null
    this.#backlog.clear()
    if (this.#gather) clearTimeout(this.#gather)
    this.#gather = null
  }

  say(message: GatewayMessage): void {
    this.#outlet?.send(JSON.stringify(message))
  }

  /** A model writes this answer. */
  add(upstream: Upstream, answer: Answer): () => void {
    return this.#upstreams.add(upstream, answer)
  }

  /** Text of an answer that the box follows has come. */
  wrote(kept: Kept): void {
    if (this.#outlet?.unsentBytes === 0) this.move(kept)
    else if (this.#outlet?.leaving) this.#backlog.add(kept)
    else this.#wait(kept)
  }

  /** Reading from models stops, within this very call, when much is held. `answer` is whose text has come. */
  holdBack(answer: Answer): void {
    if (this.#upstreams.paused) return
    const sent = this.held.bytes + (this.#outlet?.unsentBytes ?? 0)
    if (sent + this.#upstreams.waitingNow(answer) > this.#with.limits.highWaterBytes) this.#upstreams.pause()
  }

  /** Models are read again when little is held; to be called whenever something was let go. */
  goOn(): void {
    if (this.#upstreams.paused && this.heldBytes <= this.#with.limits.lowWaterBytes) this.#upstreams.resume()
  }

  /**
   * The models of a box that is here wait for `bytes` alone: those of answers that it has not taken up again, so that it
   * will never acknowledge them.
   */
  waitsForLeft(bytes: number, now: number): boolean {
    if (this.#outlet === null || !this.#upstreams.paused) return false
    const { timing, limits } = this.#with
    return now - this.#connectedAt >= timing.leftMs && this.heldBytes - bytes <= limits.lowWaterBytes
  }

  /** The box has acknowledged something it had not before. */
  acknowledged(): void {
    this.#moved = true
  }

  forget(kept: Kept): void {
    this.#backlog.delete(kept)
  }

  /** Sends what the window and the socket allow, and the last message after the last delta. */
  move(kept: Kept): void {
    if (kept.answer.detachedAt !== null || this.#outlet === null) return
    const { socketFullBytes } = this.#with.limits
    while (this.#outlet.unsentBytes < socketFullBytes) {
      if (this.#sendNext(kept)) continue
      this.#backlog.delete(kept)
      return
    }
    // The socket is full: `flushed` goes on.
    this.#backlog.add(kept)
  }

  /** The socket has taken something. */
  flushed(): void {
    this.#flushed = true
    if (this.#outlet?.unsentBytes !== 0) return
    try {
      if (this.#backlog.size > 0) this.#moveAll()
      this.goOn()
    } catch (error) {
      this.#with.fault(error)
    }
  }

  /** Text that came after what leaves now goes with it. */
  leaving(): void {
    try {
      if (this.#backlog.size > 0) this.#moveAll()
    } catch (error) {
      this.#with.fault(error)
    }
  }

  /** Cuts a box off that has taken nothing for too long; true when it did. */
  cutStalled(followed: Iterable<Answer>, now: number): boolean {
    const outlet = this.#outlet
    if (outlet === null) return false
    // While models are held back their text waits for the box's word, unless it is the socket that is full.
    let forCredit = this.#upstreams.paused && this.#backlog.size === 0
    let waits = outlet.unsentBytes > 0 || this.#upstreams.paused
    for (const { detachedAt, buffer } of followed) {
      if (detachedAt !== null || buffer.drained) continue
      waits = true
      if (!buffer.ready) forCredit = true
    }
    // A socket that takes short messages does not help text that waits for the box's word.
    if (!waits || this.#moved || (this.#flushed && !forCredit)) this.#stillSince = now
    this.#moved = false
    this.#flushed = false
    if (now - this.#stillSince < this.#with.timing.stalledMs) return false
    outlet.close(closeCodes.tooSlow, 'the box does not read')
    return true
  }

  /** One delta or the last message; false when there is nothing to send now. */
  #sendNext({ answer, head }: Kept): boolean {
    const outlet = this.#outlet
    if (outlet === null) return false
    const delta = answer.buffer.next()
    if (delta !== null) {
      answer.stirred = true
      this.#moved = true
      this.#with.counts.deltas += 1
      outlet.sendFrame(deltaFrame(head, delta))
      return true
    }
    if (answer.phase === 'over' && !answer.ended && answer.buffer.drained) {
      answer.ended = true
      this.say(answer.lastMessage())
    }
    return false
  }

  /** Every answer in turn, a delta each, until the socket is full. */
  #moveAll(): void {
    const { socketFullBytes } = this.#with.limits
    for (const kept of this.#backlog) {
      if (this.#outlet === null || this.#outlet.unsentBytes >= socketFullBytes) return
      // To the end of the line, or out of it.
      this.#backlog.delete(kept)
      if (this.#sendNext(kept) && kept.answer.buffer.ready) this.#backlog.add(kept)
      else this.#sendNext(kept)
    }
  }

  /** The socket has unsent bytes: text is gathered for a moment. */
  #wait(kept: Kept): void {
    this.#backlog.add(kept)
    const { gatherBytes, socketFullBytes } = this.#with.limits
    if (this.#outlet === null || this.#outlet.unsentBytes >= socketFullBytes) return
    if (kept.answer.buffer.unsentBytes >= gatherBytes) this.move(kept)
    else this.#arm()
  }

  /** One timer per connection at most; when it is early it changes nothing. */
  #arm(): void {
    this.#gather ??= setTimeout(() => {
      this.#gather = null
      try {
        if (this.#backlog.size > 0) this.#moveAll()
      } catch (error) {
        this.#with.fault(error)
      }
    }, this.#with.timing.gatherMs)
  }
}

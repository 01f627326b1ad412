/**
 * The answers of one box. They outlive its connections: one that comes back takes them up where it was cut off.
 * What is held for the box (text not acknowledged, text not sent, what the socket and the model servers hold) stays
 * within `limits.boxHeldBytes`.
 */
import { AskError, askError } from '../errors.ts'
import {
  type BoxMessageOf,
  closeCodes,
  type GatewayMessage,
  limits,
  ProtocolError,
  type Quota,
} from '../protocol.ts'
import type { Upstream } from '../providers/provider.ts'
import type { GatewayLimits, GatewayTiming } from '../timing.ts'
import { Answer, type AnswerCollaborators, type AnswerHost } from './answer.ts'
import { AnswerBuffer, type Meter } from './answer-buffer.ts'
import { deltaHead } from './delta-frame.ts'
import { Dispatch, type Kept } from './dispatch.ts'
import { KeptAnswers } from './kept-answers.ts'
import type { Outlet } from './outlet.ts'
import { readQuestion } from './read-question.ts'
import { reassure } from './reassure.ts'
import { Revoked } from './reserve.ts'

export interface DeskCollaborators extends AnswerCollaborators {
  limits: GatewayLimits
  timing: GatewayTiming
  /** What all boxes that are away hold together. */
  away: Meter
  /** Why no question is taken at present; null: they are. */
  refusal(): AskError | null
  /** More is held for boxes that are away than may be. */
  tooMuchAway(): void
  counts: { deltas: number }
}

export class BoxDesk implements AnswerHost {
  readonly box: string
  quota: Quota | null = null
  /** Of the newest connection seen here. */
  generation = 0
  readonly #with: DeskCollaborators
  readonly #kept = new KeptAnswers()
  readonly #dispatch: Dispatch

  constructor(box: string, collaborators: DeskCollaborators) {
    this.box = box
    this.#with = collaborators
    const { limits, timing, counts } = collaborators
    this.#dispatch = new Dispatch({ limits, timing, counts, fault: (error) => this.fault(error) })
  }

  get connected(): boolean {
    return this.#dispatch.outlet !== null
  }

  get size(): number {
    return this.#kept.size
  }

  get heldBytes(): number {
    return this.#dispatch.heldBytes
  }

  /** Waiting from model servers. */
  get upstreamBytes(): number {
    return this.#dispatch.upstreamBytes
  }

  /** Since when its oldest answer is without the box, by performance.now(); Infinity: none is. */
  get awaySince(): number {
    return this.#kept.awaySince
  }

  /** Something is still to be written or sent for a box that is here. */
  get busy(): boolean {
    return this.#kept.busy
  }

  answers(): IterableIterator<Answer> {
    return this.#kept.answers()
  }

  // ---- connections

  connect(outlet: Outlet, quota: Quota): void {
    this.#dispatch.connect(outlet)
    this.generation = Math.max(this.generation, outlet.generation)
    this.quota = quota
  }

  /** The connection is gone. Answers go on for a while without it. */
  disconnect(outlet: Outlet): void {
    if (this.#dispatch.outlet !== outlet) return
    this.#dispatch.disconnect()
    const now = performance.now()
    for (const answer of this.answers()) this.#detach(answer, now)
    this.#dispatch.goOn()
  }

  /** What `auth.resume` names. Throws ProtocolError when a box claims what was never sent. */
  resume(places: readonly { rid: string; epoch: number; seq: number }[]): void {
    for (const { rid, epoch, seq } of places) {
      const kept = this.#kept.get(rid)
      if (kept?.answer.epoch !== epoch) {
        this.#lost(rid, epoch)
        continue
      }
      if (kept.answer.detachedAt === null) throw new ProtocolError('resumed twice')
      if (seq > kept.answer.buffer.seq) throw new ProtocolError('resume of a delta that was never sent')
      if (!this.#attach(kept, seq)) this.#lost(rid, epoch)
    }
  }

  // ---- messages of the box

  ask(message: BoxMessageOf<'ask'>): void {
    const { rid } = message
    const kept = this.#kept.get(rid)
    try {
      if (kept && kept.answer.digest !== message.digest) throw askError('rid-conflict')
      const epoch = message.epoch ?? 1
      if (kept && epoch === kept.answer.epoch) this.#askAgain(kept)
      else if (kept && epoch !== kept.answer.epoch + 1) this.#lost(rid, kept.answer.epoch)
      else {
        if (kept) this.#drop(kept)
        this.#begin(message, epoch)
      }
    } catch (error) {
      if (!(error instanceof AskError)) throw error
      this.#refuse(rid, error)
    }
  }

  credit({ rid, epoch, seq, bytes }: BoxMessageOf<'credit'>): void {
    const kept = this.#kept.get(rid)
    if (!kept || kept.answer.epoch !== epoch || kept.answer.detachedAt !== null) return
    const { buffer } = kept.answer
    if (seq > buffer.acked) this.#dispatch.acknowledged()
    if (!buffer.acknowledge(seq, bytes)) throw new ProtocolError('credit for a delta that was never sent')
    this.#dispatch.move(kept)
    this.#dispatch.goOn()
  }

  cancel(rid: string): void {
    const kept = this.#kept.get(rid)
    kept?.answer.stop('cancelled')
  }

  acknowledge(rid: string): void {
    const kept = this.#kept.get(rid)
    if (kept?.answer.ended) this.#forget(kept)
  }

  // ---- what the connection tells

  /** The socket has taken something. */
  flushed(): void {
    this.#dispatch.flushed()
  }

  /** What was sent in this turn leaves now, and what is sent here with it. */
  leaving(): void {
    this.#dispatch.leaving()
  }

  // ---- what answers tell

  say(answer: Answer, message: GatewayMessage): void {
    if (answer.detachedAt !== null || !this.#kept.of(answer)) return
    if (message.type === 'accepted') answer.accepted = true
    answer.stirred = true
    this.#dispatch.say(message)
  }

  wrote(answer: Answer): void {
    const kept = this.#kept.of(answer)
    if (!kept) return
    if (answer.detachedAt !== null) {
      if (this.#with.away.bytes > this.#with.limits.detachedBytes) this.#with.tooMuchAway()
    } else this.#dispatch.wrote(kept)
    this.#dispatch.holdBack(answer)
  }

  reading(answer: Answer, upstream: Upstream): () => void {
    return this.#dispatch.add(upstream, answer)
  }

  refused(answer: Answer, error: AskError, lost: number | null): void {
    const kept = this.#kept.of(answer)
    if (!kept) return
    const { detachedAt } = answer
    this.#forget(kept)
    if (detachedAt !== null) return
    if (error.cause instanceof Revoked) {
      this.#dispatch.outlet?.close(closeCodes.revoked, 'this box was revoked')
      return
    }
    if (lost !== null) this.#lost(answer.rid, lost)
    else this.#refuse(answer.rid, error)
    if (error.code === 'superseded')
      this.#dispatch.outlet?.close(closeCodes.superseded, 'a newer connection of this box')
  }

  stopped(): void {
    this.#dispatch.goOn()
  }

  over(answer: Answer): void {
    const kept = this.#kept.of(answer)
    if (kept) this.#dispatch.move(kept)
    this.#forgetOldest()
  }

  // ---- from time to time

  /** Looks after everything that takes time, about once a second. */
  sweep(now: number): void {
    const { timing } = this.#with
    for (const kept of [...this.#kept]) {
      const { answer } = kept
      if (answer.phase === 'over') {
        const since = Math.max(answer.stoppedAt ?? 0, answer.detachedAt ?? 0)
        if (now - since >= timing.keepMs) this.#forget(kept)
      } else if (answer.detachedAt !== null && now - answer.detachedAt >= timing.awayMs) {
        answer.stop('cancelled')
      }
      const word = answer.detachedAt === null ? reassure(answer, now, timing.progressMs) : null
      if (word) this.#dispatch.say(word)
    }
    this.#dispatch.goOn()
    this.#leaveBehind(now)
    if (this.#dispatch.cutStalled(this.answers(), now)) this.#with.observer.observe({ type: 'stalled' })
  }

  /** Something that must not happen: it ends the connection of this box, and nothing else. */
  fault(error: unknown): void {
    // The class of an error is safe to keep; its message may hold a text.
    this.#with.log('desk-fault', { box: this.box, cause: error instanceof Error ? error.name : typeof error })
    this.#dispatch.outlet?.close(closeCodes.fault, 'the gateway failed')
  }

  /** Ends every answer that still runs. */
  stopAll(why: 'cancelled' | AskError): void {
    for (const answer of [...this.answers()]) answer.stop(why)
  }

  stopAway(why: AskError): void {
    for (const answer of [...this.answers()]) if (answer.detachedAt !== null) answer.stop(why)
  }

  /** Drops its oldest answer that is away; false: there is none. */
  dropOldestAway(): boolean {
    const oldest = this.#kept.oldestAway()
    if (oldest) this.#drop(oldest)
    return oldest !== undefined
  }

  // ---- steps

  #begin(message: BoxMessageOf<'ask'>, epoch: number): void {
    const { rid, digest, deadlineMs, credit, traceparent = null } = message
    const refusal = this.#with.refusal()
    if (refusal) throw refusal
    const most = Math.min(limits.inFlight, this.quota?.streams ?? limits.inFlight)
    if (this.#kept.running >= most || !this.#room()) throw askError('too-many-asks')
    const question = readQuestion(message.body, digest)
    if (!this.#with.router.has(question.model)) throw askError('model-unknown')
    const { generation } = this.#dispatch.outlet!
    const { deltaBytes, deltaOverheadBytes } = this.#with.limits
    const { answerBytes, reasoningBytes } = limits
    const bounds = { answerBytes, reasoningBytes, deltaBytes, deltaOverheadBytes }
    const buffer = new AnswerBuffer(bounds, credit, this.#dispatch.held)
    const answer = new Answer(
      { box: this.box, generation, rid, digest, epoch, deadlineMs, credit, traceparent },
      question.model,
      buffer,
      this.#with,
      this,
    )
    this.#kept.keep({ answer, head: deltaHead(rid, epoch) })
    answer.run(question).catch((error) => this.fault(error))
  }

  /** The same question once more. */
  #askAgain(kept: Kept): void {
    const { answer } = kept
    this.#with.observer.observe({ type: 'asked-again' })
    if (answer.detachedAt !== null) {
      // From the first delta; not when the box had acknowledged that over an earlier connection.
      if (!this.#attach(kept, 0)) this.#lost(answer.rid, answer.epoch)
      return
    }
    if (answer.phase === 'reserving') return
    this.#dispatch.say(answer.acceptedMessage())
    if (answer.ended) this.#dispatch.say(answer.lastMessage())
  }

  /** Goes on over the present connection behind delta `seq`; false when what comes next is not there any more. */
  #attach(kept: Kept, seq: number): boolean {
    const { answer } = kept
    if (answer.detachedAt === null || !answer.buffer.resume(seq, answer.window)) return false
    answer.detachedAt = null
    answer.buffer.countAlso(null)
    answer.ended = false
    answer.accepted = false
    this.#with.observer.observe({ type: 'resumed' })
    if (answer.phase === 'reserving') return true
    this.say(answer, answer.acceptedMessage())
    const progress = answer.phase === 'running' && answer.buffer.seq === 0 ? answer.progressMessage() : null
    if (progress) this.say(answer, progress)
    this.#dispatch.move(kept)
    this.#dispatch.goOn()
    return true
  }

  #detach(answer: Answer, now: number): void {
    if (answer.detachedAt !== null) return
    answer.detachedAt = now
    answer.buffer.countAlso(this.#with.away)
    if (this.#with.away.bytes > this.#with.limits.detachedBytes) this.#with.tooMuchAway()
  }

  #lost(rid: string, epoch: number): void {
    this.#with.observer.observe({ type: 'resume-lost' })
    const { code, message, retryable } = askError('RESUME_LOST')
    this.#dispatch.say({ type: 'error', rid, epoch, code, message, retryable })
  }

  #refuse(rid: string, { code, message, retryable, retryAfterMs }: AskError): void {
    const later = retryAfterMs === null ? {} : { retryAfterMs }
    this.#dispatch.say({ type: 'error', rid, code, message, retryable, ...later })
  }

  #forget(kept: Kept): void {
    const { answer } = kept
    this.#kept.forget(kept)
    this.#dispatch.forget(kept)
    answer.buffer.release()
    answer.buffer.countAlso(null)
    this.#dispatch.goOn()
  }

  /** Nobody will have this answer. */
  #drop(kept: Kept): void {
    this.#forget(kept)
    kept.answer.stop('cancelled')
  }

  /** What a box has not taken up again is let go of, the oldest first, where its other answers wait for that. */
  #leaveBehind(now: number): void {
    for (const kept of this.#kept) {
      if (!this.#dispatch.waitsForLeft(this.#kept.awayBytes, now)) return
      if (kept.answer.detachedAt !== null) this.#drop(kept)
    }
  }

  /** A box that takes in the end of none of its answers has no place for more of them. */
  #room(): boolean {
    const most = this.#with.limits.keptAnswers + limits.inFlight
    if (this.#kept.size >= most) this.#forgetOldest()
    return this.#kept.size < most
  }

  /** Of answers that are over and told, or left behind, the last few are kept for a box that does not acknowledge. */
  #forgetOldest(): void {
    if (this.#kept.size <= this.#with.limits.keptAnswers) return
    const oldest = this.#kept.oldestDone()
    if (oldest) this.#forget(oldest)
  }
}

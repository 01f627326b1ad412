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
import { deltaFrame, deltaHead } from './delta-frame.ts'
import type { Outlet } from './outlet.ts'
import { readQuestion } from './read-question.ts'
import { createUpstreams } from './upstreams.ts'

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

interface Kept {
  answer: Answer
  head: Buffer
}

export class BoxDesk implements AnswerHost {
  readonly box: string
  quota: Quota | null = null
  /** Of the newest connection seen here. */
  generation = 0
  readonly #with: DeskCollaborators
  readonly #kept = new Map<string, Kept>()
  readonly #held: Meter = { bytes: 0 }
  readonly #upstreams = createUpstreams()
  #outlet: Outlet | null = null
  /** Answers with text that waits for the socket. */
  readonly #backlog = new Set<Kept>()
  #gather: NodeJS.Timeout | null = null
  /** Since when text waits and nothing moves, by performance.now(); and what moved since the last look. */
  #stillSince = performance.now()
  #moved = false
  #flushed = false

  constructor(box: string, collaborators: DeskCollaborators) {
    this.box = box
    this.#with = collaborators
  }

  get connected(): boolean {
    return this.#outlet !== null
  }

  get size(): number {
    return this.#kept.size
  }

  get heldBytes(): number {
    return this.#held.bytes + (this.#outlet?.unsentBytes ?? 0) + this.#upstreams.waitingBytes
  }

  /** Waiting from model servers. */
  get upstreamBytes(): number {
    return this.#upstreams.waitingBytes
  }

  /** Since when its oldest answer is without the box, by performance.now(); Infinity: none is. */
  get awaySince(): number {
    let since = Number.POSITIVE_INFINITY
    for (const { detachedAt } of this.answers())
      if (detachedAt !== null && detachedAt < since) since = detachedAt
    return since
  }

  /** Something is still to be written or sent for a box that is here. */
  get busy(): boolean {
    for (const { detachedAt, ended } of this.answers()) if (detachedAt === null && !ended) return true
    return false
  }

  *answers(): IterableIterator<Answer> {
    for (const { answer } of this.#kept.values()) yield answer
  }

  // ---- connections

  connect(outlet: Outlet, quota: Quota): void {
    this.#outlet = outlet
    this.generation = Math.max(this.generation, outlet.generation)
    this.quota = quota
    this.#stillSince = performance.now()
  }

  /** The connection is gone. Answers go on for a while without it. */
  disconnect(outlet: Outlet): void {
    if (this.#outlet !== outlet) return
    this.#outlet = null
    this.#backlog.clear()
    this.#disarm()
    const now = performance.now()
    for (const { answer } of this.#kept.values()) this.#detach(answer, now)
    this.#goOn()
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
    if (seq > buffer.acked) this.#moved = true
    if (!buffer.acknowledge(seq, bytes)) throw new ProtocolError('credit for a delta that was never sent')
    this.#move(kept)
    this.#goOn()
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
    this.#flushed = true
    if (this.#outlet?.unsentBytes !== 0) return
    try {
      if (this.#backlog.size > 0) this.#moveAll()
      this.#goOn()
    } catch (error) {
      this.fault(error)
    }
  }

  // ---- what answers tell

  say(answer: Answer, message: GatewayMessage): void {
    if (answer.detachedAt !== null || this.#kept.get(answer.rid)?.answer !== answer) return
    if (message.type === 'accepted') answer.accepted = true
    answer.stirred = true
    this.#send(message)
  }

  wrote(answer: Answer): void {
    const kept = this.#kept.get(answer.rid)
    if (!kept || kept.answer !== answer) return
    if (answer.detachedAt !== null) {
      if (this.#with.away.bytes > this.#with.limits.detachedBytes) this.#with.tooMuchAway()
    } else if (this.#outlet?.unsentBytes === 0) this.#move(kept)
    else this.#wait(kept)
    if (!this.#upstreams.paused && this.heldBytes > this.#with.limits.highWaterBytes) this.#upstreams.pause()
  }

  reading(_answer: Answer, upstream: Upstream): () => void {
    return this.#upstreams.add(upstream)
  }

  refused(answer: Answer, error: AskError, lost: number | null): void {
    const kept = this.#kept.get(answer.rid)
    if (kept?.answer !== answer) return
    const { detachedAt } = answer
    this.#forget(kept)
    if (detachedAt !== null) return
    if (lost !== null) this.#lost(answer.rid, lost)
    else this.#refuse(answer.rid, error)
    if (error.code === 'superseded')
      this.#outlet?.close(closeCodes.superseded, 'a newer connection of this box')
  }

  stopped(): void {
    this.#goOn()
  }

  over(answer: Answer): void {
    const kept = this.#kept.get(answer.rid)
    if (kept?.answer === answer) this.#move(kept)
    this.#forgetOldest()
  }

  // ---- from time to time

  /** Looks after everything that takes time, about once a second. */
  sweep(now: number): void {
    const { timing } = this.#with
    for (const kept of [...this.#kept.values()]) {
      const { answer } = kept
      if (answer.phase === 'over') {
        const since = Math.max(answer.stoppedAt ?? 0, answer.detachedAt ?? 0)
        if (now - since >= timing.keepMs) this.#forget(kept)
      } else if (answer.detachedAt !== null && now - answer.detachedAt >= timing.awayMs) {
        answer.stop('cancelled')
      }
      if (answer.detachedAt === null) this.#reassure(answer, now)
    }
    this.#cutStalled(now)
  }

  /** Something that must not happen: it ends the connection of this box, and nothing else. */
  fault(error: unknown): void {
    // The class of an error is safe to keep; its message may hold a text.
    this.#with.log('desk-fault', { box: this.box, cause: error instanceof Error ? error.name : typeof error })
    this.#outlet?.close(closeCodes.fault, 'the gateway failed')
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
    for (const kept of this.#kept.values()) {
      if (kept.answer.detachedAt === null) continue
      this.#drop(kept)
      return true
    }
    return false
  }

  // ---- steps

  #begin(message: BoxMessageOf<'ask'>, epoch: number): void {
    const { rid, digest, deadlineMs, credit, traceparent = null } = message
    const refusal = this.#with.refusal()
    if (refusal) throw refusal
    const most = Math.min(limits.inFlight, this.quota?.streams ?? limits.inFlight)
    let running = 0
    for (const { phase } of this.answers()) if (phase === 'reserving' || phase === 'running') running += 1
    if (running >= most || !this.#room()) throw askError('too-many-asks')
    const question = readQuestion(message.body, digest)
    if (!this.#with.router.has(question.model)) throw askError('model-unknown')
    const { generation } = this.#outlet!
    const { deltaBytes, deltaOverheadBytes } = this.#with.limits
    const { answerBytes, reasoningBytes } = limits
    const bounds = { answerBytes, reasoningBytes, deltaBytes, deltaOverheadBytes }
    const buffer = new AnswerBuffer(bounds, credit, this.#held)
    const answer = new Answer(
      { box: this.box, generation, rid, digest, epoch, deadlineMs, credit, traceparent },
      question.model,
      buffer,
      this.#with,
      this,
    )
    this.#kept.set(rid, { answer, head: deltaHead(rid, epoch) })
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
    this.#send(answer.acceptedMessage())
    if (answer.ended) this.#send(answer.lastMessage())
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
    this.#move(kept)
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
    this.#send({ type: 'error', rid, epoch, code, message, retryable })
  }

  #refuse(rid: string, { code, message, retryable, retryAfterMs }: AskError): void {
    const later = retryAfterMs === null ? {} : { retryAfterMs }
    this.#send({ type: 'error', rid, code, message, retryable, ...later })
  }

  #forget(kept: Kept): void {
    const { answer } = kept
    if (this.#kept.get(answer.rid) === kept) this.#kept.delete(answer.rid)
    this.#backlog.delete(kept)
    answer.buffer.release()
    answer.buffer.countAlso(null)
  }

  /** Nobody will have this answer. */
  #drop(kept: Kept): void {
    this.#forget(kept)
    kept.answer.stop('cancelled')
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
    for (const kept of this.#kept.values()) {
      const { phase, ended, detachedAt } = kept.answer
      if (phase !== 'over' || (!ended && detachedAt === null)) continue
      this.#forget(kept)
      return
    }
  }

  // ---- sending

  #send(message: GatewayMessage): void {
    this.#outlet?.send(JSON.stringify(message))
  }

  /** Sends what the window and the socket allow, and the last message after the last delta. */
  #move(kept: Kept): void {
    const { answer } = kept
    if (answer.detachedAt !== null || this.#outlet === null) return
    const { socketFullBytes } = this.#with.limits
    while (this.#outlet.unsentBytes < socketFullBytes) {
      if (this.#sendNext(kept)) continue
      this.#backlog.delete(kept)
      return
    }
    // The socket is full: `flushed` goes on.
    this.#backlog.add(kept)
  }

  /** One delta or the last message; false when there is nothing to send now. */
  #sendNext(kept: Kept): boolean {
    const { answer, head } = kept
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
      this.#send(answer.lastMessage())
    }
    return false
  }

  /** Every answer in turn, a delta each, until the socket is full. */
  #moveAll(): void {
    const { socketFullBytes } = this.#with.limits
    for (const kept of this.#backlog) {
      if (this.#outlet === null) return
      if (this.#outlet.unsentBytes >= socketFullBytes) return
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
    if (kept.answer.buffer.unsentBytes >= gatherBytes) this.#move(kept)
    else this.#arm()
  }

  /** One timer per connection at most; when it is early it changes nothing. */
  #arm(): void {
    this.#gather ??= setTimeout(() => {
      this.#gather = null
      try {
        if (this.#backlog.size > 0) this.#moveAll()
      } catch (error) {
        this.fault(error)
      }
    }, this.#with.timing.gatherMs)
  }

  #disarm(): void {
    if (this.#gather) clearTimeout(this.#gather)
    this.#gather = null
  }

  /** Models are read again when little is held. */
  #goOn(): void {
    if (this.#upstreams.paused && this.heldBytes <= this.#with.limits.lowWaterBytes) this.#upstreams.resume()
  }

  #reassure(answer: Answer, now: number): void {
    if (answer.stirred) {
      answer.stirred = false
      answer.quietSince = now
      return
    }
    if (answer.ended || now - answer.quietSince < this.#with.timing.progressMs) return
    answer.quietSince = now
    const { rid, epoch } = answer
    // The epoch before is still being ended elsewhere.
    if (!answer.accepted && epoch > 1) this.#send({ type: 'restart', rid, epoch })
    if (!answer.accepted) return
    this.#send(answer.progressMessage() ?? { ...waiting, rid, epoch })
  }

  #cutStalled(now: number): void {
    const outlet = this.#outlet
    if (outlet === null) return
    // While models are held back their text waits for the box's word, unless it is the socket that is full.
    let forCredit = this.#upstreams.paused && this.#backlog.size === 0
    let waits = outlet.unsentBytes > 0 || this.#upstreams.paused
    for (const { detachedAt, buffer } of this.answers()) {
      if (detachedAt !== null || buffer.drained) continue
      waits = true
      if (!buffer.ready) forCredit = true
    }
    // A socket that takes short messages does not help text that waits for the box's word.
    if (!waits || this.#moved || (this.#flushed && !forCredit)) this.#stillSince = now
    else if (now - this.#stillSince >= this.#with.timing.stalledMs) {
      this.#with.observer.observe({ type: 'stalled' })
      outlet.close(closeCodes.tooSlow, 'the box does not read')
    }
    this.#moved = false
    this.#flushed = false
  }
}

const waiting = { type: 'progress', state: 'prefill' } as const

/**
 * One generation of an answer, from the reservation to the last message: what it costs, how it ended, and the text in
 * between. It knows nothing of connections; its host (the desk of its box) sends what it says.
 */
import type { Accounts, Progress } from '../accounts/accounts.ts'
import { AskError, askError } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Observer } from '../operator/observer.ts'
import type { AskBody, GatewayMessage, GatewayMessageOf, Usage } from '../protocol.ts'
import type { TokenCount, Upstream } from '../providers/provider.ts'
import type { RouteFinish, Router, RouteSink, Target } from '../routing/router.ts'
import type { GatewayTiming } from '../timing.ts'
import type { AnswerBuffer } from './answer-buffer.ts'
import { abortReason, type LastMessage, lastMessage, nameOf, type Outcome } from './outcome.ts'
import { Report } from './report.ts'
import { Lost, reserve } from './reserve.ts'
import type { Settlements } from './settlements.ts'
import { type Cost, Tally } from './tally.ts'

export interface AnswerCollaborators {
  accounts: Pick<Accounts, 'reserve' | 'settleDead' | 'find'>
  router: Router
  settlements: Settlements
  observer: Observer
  log: Log
  timing: GatewayTiming
  /** This run of the gateway, for the accounts. */
  process: string
}

export interface Asked {
  box: string
  generation: number
  rid: string
  digest: string
  epoch: number
  deadlineMs: number
  /** The first window, bytes. */
  credit: number
  traceparent: string | null
}

/** Where an answer lives. None of these throws. */
export interface AnswerHost {
  /** A message about it, for the box if it is there. */
  say(answer: Answer, message: GatewayMessage): void
  /** Text has come. */
  wrote(answer: Answer): void
  reading(answer: Answer, upstream: Upstream): () => void
  /** Nothing was spent; the answer is to be forgotten. `lost`: the epoch that was paid for before. */
  refused(answer: Answer, error: AskError, lost: number | null): void
  /** No model works for it any more, and no text comes. */
  stopped(answer: Answer): void
  /** It is booked: the last message may be sent after the last delta. */
  over(answer: Answer): void
}

export class Answer implements RouteSink {
  readonly rid: string
  readonly digest: string
  readonly epoch: number
  readonly window: number
  readonly buffer: AnswerBuffer
  model: string
  /** `stopped`: no model works for it, and the accounts have not been told yet. */
  phase: 'reserving' | 'running' | 'stopped' | 'over' = 'reserving'
  /** What the box was told it waits for; null: nothing yet. */
  state: { state: GatewayMessageOf<'progress'>['state']; position?: number } | null = null
  /** Whether `accepted` and the last message have gone over the present connection. */
  accepted = false
  ended = false
  /** By performance.now(): since when its box is away (null: it is here), since when nothing was said of it. */
  detachedAt: number | null = null
  quietSince: number
  stirred = false
  stoppedAt: number | null = null

  /** Not the question: that would stay as long as the answer is kept. */
  readonly #asked: Asked
  readonly #alias: string
  readonly #with: AnswerCollaborators
  readonly #host: AnswerHost
  readonly #stop = new AbortController()
  readonly #tally = new Tally()
  readonly #report: Report
  readonly #deadline: NodeJS.Timeout
  #promptTokens = 0
  #reserved = false
  /** The present target has got the request, as far as one can tell. */
  #reached = false
  #outcome: Outcome | null = null
  #usage: Usage | null = null
  #last: LastMessage | null = null

  constructor(
    asked: Asked,
    alias: string,
    buffer: AnswerBuffer,
    collaborators: AnswerCollaborators,
    host: AnswerHost,
  ) {
    this.rid = asked.rid
    this.digest = asked.digest
    this.epoch = asked.epoch
    this.window = asked.credit
    this.buffer = buffer
    this.model = collaborators.router.modelOf(alias)
    this.#alias = alias
    const { box, rid, epoch, traceparent } = asked
    this.#report = new Report({ box, rid, epoch, alias, traceparent }, collaborators)
    this.quietSince = this.#report.readAt
    this.#asked = asked
    this.#with = collaborators
    this.#host = host
    this.#deadline = setTimeout(() => this.stop(askError('deadline')), asked.deadlineMs)
  }

  /** Resolves when the answer is over in whatever way; never rejects. */
  async run(question: AskBody): Promise<void> {
    const { rid, box, traceparent } = this.#asked
    const { router } = this.#with
    const { signal } = this.#stop
    const alias = this.#alias
    const { maxTokens } = question
    try {
      this.#promptTokens = await router.countPrompt(alias, question, signal)
      signal.throwIfAborted()
      await this.#reserve(alias, maxTokens)
      const promptTokens = this.#promptTokens
      this.#finished(
        await router.answer(
          { rid, epoch: this.epoch, alias, box, promptTokens, maxTokens, question, traceparent },
          this,
          signal,
        ),
      )
    } catch (error) {
      // What was stopped has said why already.
      if (!this.#outcome) this.#failed(error)
    }
  }

  /** The model is stopped at once. `cancelled` is answered by `end`, the others by `error` (if the box is there). */
  stop(why: 'cancelled' | AskError): void {
    if (this.#outcome) {
      if (why === 'cancelled') this.#withdraw()
      return
    }
    if (this.phase === 'reserving' && why !== 'cancelled') {
      this.#refuse(why, null)
      return
    }
    const reached = this.#reached || this.#report.hasText
    this.buffer.dropWaiting()
    this.#conclude(
      why === 'cancelled' ? { finish: 'cancelled' } : { error: why },
      reached ? this.#tally.unfinished(this.#estimate()) : this.#tally.failedEarly(),
    )
  }

  /** How far it is, for the lease; null: there is nothing to settle. */
  progressed(): Progress | null {
    if (this.phase !== 'running') return null
    const { usage, cost } = this.#reached
      ? this.#tally.unfinished(this.#estimate())
      : this.#tally.failedEarly()
    const { box, rid, epoch } = this.#asked
    return { box, rid, epoch, target: this.#tally.target?.name ?? null, usage, cost }
  }

  /** What ends the answer for the box; to be asked for when every delta has been cut. */
  lastMessage(): LastMessage {
    const { rid, epoch, buffer } = this
    const [outcome, usage] = [this.#outcome!, this.#usage!]
    const textSha256 = () => buffer.digest()
    this.#last ??= lastMessage(outcome, { rid, epoch, seq: buffer.seq, usage, textSha256 })
    return this.#last
  }

  // ---- what the router tells

  target(target: Target, code: string | null): void {
    if (this.#outcome) return
    this.#tally.turnTo(target)
    this.#reached = false
    const { model } = target.provider
    if (code === null && model === this.model) return
    this.model = model
    const { rid, epoch } = this
    // The first target of all was not even tried.
    const why = code ?? ('model-circuit-open' as const)
    this.#host.say(this, { type: 'fallback', rid, epoch, model, code: why })
  }

  progress(state: 'queued' | 'prefill', position?: number): void {
    if (this.#outcome) return
    if (state === 'prefill') this.#reach()
    this.state = { state, ...(position === undefined ? {} : { position }) }
    this.#host.say(this, this.progressMessage()!)
  }

  text(channel: 'answer' | 'reasoning', text: string): void {
    if (this.#outcome) return
    if (!this.#report.hasText) {
      this.#report.text()
      this.#reach()
    }
    if (channel === 'reasoning' && this.state?.state !== 'reasoning') this.state = { state: 'reasoning' }
    if (this.buffer.write(channel, text)) this.#host.wrote(this)
    else this.#failed(askError('answer-too-long'))
  }

  usage(count: TokenCount): void {
    if (this.#outcome) return
    this.#reach()
    this.#tally.report(count)
  }

  reading(upstream: Upstream): () => void {
    if (this.#outcome) return () => {}
    this.#reach()
    return this.#host.reading(this, upstream)
  }

  progressMessage(): GatewayMessageOf<'progress'> | null {
    const { rid, epoch } = this
    return this.state && { type: 'progress', rid, epoch, ...this.state }
  }

  // ---- steps

  async #reserve(alias: string, maxTokens: number): Promise<void> {
    const { accounts, process, timing } = this.#with
    const { box, generation, rid, digest, epoch } = this.#asked
    const promptTokens = this.#promptTokens
    try {
      await reserve(
        accounts,
        { box, generation, rid, digest, epoch, process, alias, promptTokens, maxTokens },
        timing,
        this.#stop.signal,
      )
    } catch (error) {
      // It may have been written all the same.
      const { code } = error instanceof AskError ? error : { code: '' }
      if (code === 'unavailable' || code === 'internal') this.#giveBack(code)
      throw error
    }
    this.#reserved = true
    if (this.#outcome) {
      this.#giveBack(nameOf(this.#outcome))
      return this.#stop.signal.throwIfAborted()
    }
    this.phase = 'running'
    if (epoch > 1) this.#host.say(this, { type: 'restart', rid, epoch })
    this.#accept()
  }

  /** A reservation under which no model was asked. */
  #giveBack(outcome: string): void {
    const { box, rid, epoch } = this.#asked
    const { process } = this.#with
    const usage = { promptTokens: 0, completionTokens: 0, exact: true }
    void this.#with.settlements.settle({ box, rid, epoch, process, target: null, outcome, usage, cost: 0 })
  }

  /** The model is done, and the box that is here does not want the rest of the text: it is not made to open its window. */
  #withdraw(): void {
    if (this.detachedAt !== null || this.buffer.unsentBytes === 0) return
    this.buffer.dropWaiting()
    if ('finish' in this.#outcome!) this.#outcome = { finish: 'cancelled' }
    if (this.phase === 'over') this.#host.over(this)
  }

  #accept(): void {
    this.#host.say(this, this.acceptedMessage())
  }

  acceptedMessage(): GatewayMessageOf<'accepted'> {
    const { rid, epoch, model } = this
    return { type: 'accepted', rid, epoch, seq: this.buffer.seq, model }
  }

  #reach(): void {
    if (this.#reached) return
    this.#reached = true
    this.#report.asked()
  }

  #finished({ finish, usage }: RouteFinish): void {
    if (this.#outcome) return
    this.buffer.complete()
    this.#host.wrote(this)
    this.#conclude({ finish }, this.#tally.finished(usage, this.#estimate()))
  }

  #failed(error: unknown): void {
    const lost = error instanceof Lost ? error.epoch : null
    const known =
      error instanceof AskError
        ? error
        : askError(lost === null ? 'internal' : 'RESUME_LOST', '', { cause: error })
    if (!this.#reserved) {
      this.#refuse(known, lost)
      return
    }
    this.buffer.complete()
    this.#host.wrote(this)
    const early = !this.#report.hasText
    this.#conclude(
      { error: known },
      early ? this.#tally.failedEarly() : this.#tally.unfinished(this.#estimate()),
    )
  }

  #refuse(error: AskError, lost: number | null): void {
    this.#outcome = { error }
    this.#end()
    this.#report.refused(error)
    this.#host.refused(this, error, lost)
  }

  #conclude(outcome: Outcome, { usage, cost }: Cost): void {
    this.#outcome = outcome
    this.#usage = usage
    // A question that was cancelled while it was being reserved: the box hears the end in order all the same.
    if (this.phase === 'reserving') this.#accept()
    this.#end()
    const target = this.#tally.target?.name ?? null
    this.#report.ended(outcome, target, usage)
    if (!this.#reserved) {
      this.#over()
      return
    }
    const { box, rid, epoch } = this.#asked
    const { process, settlements, timing } = this.#with
    const settled = { box, rid, epoch, process, target, outcome: nameOf(outcome), usage, cost }
    const booked = settlements.settle(settled)
    // The end of an answer waits for the accounts, for a while.
    const patience = setTimeout(() => this.#over(), timing.bookMs)
    void booked.then(() => {
      clearTimeout(patience)
      this.#over()
    })
  }

  #end(): void {
    this.phase = 'stopped'
    this.stoppedAt = performance.now()
    clearTimeout(this.#deadline)
    this.#stop.abort(abortReason(this.#outcome!))
    this.#host.stopped(this)
  }

  #over(): void {
    if (this.phase === 'over') return
    this.phase = 'over'
    this.#host.over(this)
  }

  #estimate(): TokenCount {
    const { wide, narrowBytes } = this.buffer
    return { promptTokens: this.#promptTokens, completionTokens: wide + Math.ceil(narrowBytes / 3) }
  }
}

import type { AskError } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Observer } from '../operator/observer.ts'
import type { Usage } from '../protocol.ts'
import { causeOf, nameOf, type Outcome } from './outcome.ts'

/** The question that is reported on: nothing of what it says. */
export interface ReportedQuestion {
  box: string
  rid: string
  epoch: number
  alias: string
  traceparent: string | null
}

/** What the log and the metrics are told of one answer, and when what happened to it. */
export class Report {
  /** By performance.now(). */
  readonly readAt = performance.now()
  readonly #question: ReportedQuestion
  readonly #to: { observer: Observer; log: Log }
  readonly #startedAt = Date.now()
  #askedAt: number | null = null
  #firstTextAt: number | null = null

  constructor(question: ReportedQuestion, to: { observer: Observer; log: Log }) {
    this.#question = question
    this.#to = to
  }

  get hasText(): boolean {
    return this.#firstTextAt !== null
  }

  /** A model has the request; of several targets the first one counts. */
  asked(): void {
    this.#askedAt ??= performance.now()
  }

  /** The first text is here. */
  text(): void {
    this.#firstTextAt ??= performance.now()
  }

  /** Nothing was spent. */
  refused(error: AskError): void {
    const { box, rid } = this.#question
    this.#to.log('question-refused', { box, rid, code: error.code, cause: causeOf(error) })
  }

  /** @param target name of the one that wrote last; null: no model was asked */
  ended(outcome: Outcome, target: string | null, usage: Usage): void {
    const { box, rid, epoch, alias, traceparent } = this.#question
    const since = (at: number | null) => (at === null ? null : at - this.readAt)
    const totalMs = performance.now() - this.readAt
    const name = nameOf(outcome)
    this.#to.observer.observe({
      type: 'answer',
      ...{ rid, epoch, alias, target, outcome: name },
      startedAt: this.#startedAt,
      queuedMs: since(this.#askedAt) ?? totalMs,
      firstTokenMs: since(this.#firstTextAt),
      totalMs,
      usage,
      traceparent,
    })
    this.#to.log('answer', {
      ...{ box, rid, epoch, alias, target, outcome: name },
      cause: 'error' in outcome ? causeOf(outcome.error) : null,
      ms: Math.round(totalMs),
      promptTokens: usage.promptTokens,
      completionTokens: usage.completionTokens,
      exact: usage.exact,
    })
  }
}

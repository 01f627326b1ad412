import { reasonOf, TanboxError } from '../errors.ts'
import type { Llm, LlmEvent } from '../llm/llm.ts'
import type { Answer, AnswerEvent, EgressReceipt, Reason } from '../model.ts'
import { type Citable, type Cited, type CiteEvent, type CiteTools, createCiter } from './cite.ts'
import type { Parcel } from './egress.ts'
import type { Language } from './language.ts'
import { createRefusalWatch, refusalText } from './refusal.ts'

/** An answer as far as its writer knows it. */
export interface Written extends Cited {
  outcome: Exclude<Answer['outcome'], 'failed'>
  via: Answer['via']
  model: string
  notice: Reason | null
  fallback?: Reason | null
  usage: Answer['usage']
  receipt: EgressReceipt
}

export interface WriteRequest {
  id: string
  /** For the gateway: redacted, with its receipt. */
  parcel: Parcel
  /** For the box itself: nothing leaves, so nothing is taken out. */
  inside: Uint8Array
  citables: readonly Citable[]
  language: Language
  deadlineMs: number
}

export interface Writers {
  /** Null: the box was set up to answer by quoting only. */
  llm: Llm | null
  offline: Llm
  cite: CiteTools
  nothingSent(): EgressReceipt
  /** Longer answers are cut (UTF-16 code units). */
  maxAnswerChars: number
  report(cause: unknown): void
}

type Emit = (event: AnswerEvent) => void

/**
 * Has the answer written: by a model behind the gateway, else by the box itself. The commit point is the first
 * word shown: before it the box takes over and says why; after it a failure leaves an incomplete answer.
 */
export async function writeAnswer(
  writers: Writers,
  request: WriteRequest,
  emit: Emit,
  signal: AbortSignal,
): Promise<Written> {
  const { parcel } = request
  const inside = { payload: request.inside, restorer: noRestorer }
  const byBox = (notice: Reason | null, receipt: EgressReceipt) =>
    follow(writers, writers.offline, { ...request, ...inside, via: 'box', notice, receipt }, emit, signal)

  if (writers.llm === null) return byBox(null, writers.nothingSent())
  if (writers.llm.state !== 'connected')
    return byBox(reasonOf(writers.llm.closedBy ?? 'gateway-unreachable'), writers.nothingSent())
  try {
    const outside = { payload: parcel.payload, restorer: parcel.restorer, receipt: parcel.receipt }
    return await follow(
      writers,
      writers.llm,
      { ...request, ...outside, via: 'gateway', notice: null },
      emit,
      signal,
    )
  } catch (cause) {
    if (signal.aborted || !(cause instanceof NothingWritten)) throw cause
    // The bytes may have left although no answer came: the receipt says so.
    return byBox(cause.reason, parcel.receipt)
  }
}

/** The writer failed before it showed anything. */
class NothingWritten extends Error {
  override name = 'NothingWritten'
  readonly reason: Reason

  constructor(reason: Reason, options?: ErrorOptions) {
    super(`nothing written: ${reason.code}`, options)
    this.reason = reason
  }
}

interface FollowRequest extends WriteRequest {
  payload: Uint8Array
  restorer: Parcel['restorer']
  via: Answer['via']
  notice: Reason | null
  receipt: EgressReceipt
}

/** Follows one writer to its end. Throws NothingWritten while another writer could still take over. */
async function follow(
  writers: Writers,
  llm: Llm,
  request: FollowRequest,
  emit: Emit,
  signal: AbortSignal,
): Promise<Written> {
  const { via, notice, receipt } = request
  const enough = new AbortController()
  const fresh = () => ({
    citer: createCiter(request.citables, writers.cite),
    restorer: request.restorer(),
    watch: createRefusalWatch(),
    refused: false,
  })
  let reading = fresh()
  let model = ''
  let fallback: Reason | null = null
  let usage: Answer['usage'] = null
  let finish: string | null = null

  const show = (events: CiteEvent[]) => {
    for (const event of events) emit(event)
  }
  const read = (text: string, refused: boolean) => {
    const room = writers.maxAnswerChars - reading.citer.result.text.length
    if (text !== '') show(reading.citer.push(text.slice(0, room)))
    if (!refused && text.length < room) return
    reading.refused = refused
    enough.abort()
  }
  const take = (event: LlmEvent) => {
    switch (event.type) {
      case 'writing':
        model = event.model
        if (event.insteadOf !== undefined) fallback ??= reasonOf('gateway-fallback', event.insteadOf)
        return emit({ type: 'writing', via, model, notice, fallback })
      case 'waiting':
        return emit(event)
      case 'restart':
        reading = fresh()
        fallback = null
        return emit(event)
      case 'delta': {
        const { text, refused } = reading.watch.push(reading.restorer.push(event.text))
        return read(text, refused)
      }
      case 'end':
        finish = event.finish
        usage = event.usage
    }
  }

  let failure: unknown = null
  try {
    const question = { rid: request.id, payload: request.payload, deadlineMs: request.deadlineMs }
    for await (const event of llm.ask(question, AbortSignal.any([signal, enough.signal]))) {
      take(event)
      if (enough.signal.aborted) break
    }
  } catch (cause) {
    if (!signal.aborted && !enough.signal.aborted) {
      failure = cause
      writers.report(cause)
    }
  }
  if (!enough.signal.aborted) {
    const rest = reading.restorer.end()
    const { text, refused } = rest === '' ? { text: '', refused: false } : reading.watch.push(rest)
    const last = refused ? { text, refused } : reading.watch.end()
    read(text + last.text, last.refused)
  }
  show(reading.citer.end())

  const { result } = reading.citer
  const made = { via, model, notice, fallback, usage, receipt }
  if (reading.refused) return { ...made, ...sayRefusal(request.language, emit), outcome: 'not-in-documents' }
  if (signal.aborted) return { ...made, ...result, outcome: 'stopped' }
  if (result.text === '') {
    if (via === 'gateway') throw new NothingWritten(reasonFor(failure, finish), { cause: failure })
    if (failure) throw failure
    return { ...made, ...sayRefusal(request.language, emit), outcome: 'not-in-documents' }
  }
  const whole = failure === null && finish === 'stop' && !enough.signal.aborted
  return { ...made, ...result, outcome: whole ? 'answered' : 'incomplete' }
}

function reasonFor(failure: unknown, finish: string | null): Reason {
  if (failure instanceof TanboxError) return failure.reason
  return reasonOf(finish === 'content_filter' ? 'gateway-declined' : 'gateway-failed')
}

/** The box's own sentence in place of the model's. */
export function sayRefusal(language: Language, emit: Emit): Cited {
  const text = refusalText[language]
  emit({ type: 'delta', text })
  return { text, citations: [], unsupported: [], dropped: 0 }
}

const noRestorer: Parcel['restorer'] = () => ({ push: (delta) => delta, end: () => '' })

/**
 * Spans of one answer as OTLP JSON (opentelemetry-proto 1.x, `TracesData`; ids in hex, 64-bit numbers as text). Names and
 * attributes follow OpenTelemetry's semantic conventions for generative AI; what is ours begins with `tanbox.`. Facts
 * only: there is no attribute that could hold a prompt, an answer or a key.
 */
import type { Observation } from './observer.ts'
import { answerSpanId, attemptSpanId, queueSpanId, type TraceContext } from './tracing-context.ts'

export type AnswerObservation = Extract<Observation, { type: 'answer' }>
export type AttemptObservation = Extract<Observation, { type: 'attempt' }>

export interface OtlpSpan {
  traceId: string
  spanId: string
  parentSpanId?: string
  name: string
  kind: number
  startTimeUnixNano: string
  endTimeUnixNano: string
  attributes: OtlpAttribute[]
  events?: { timeUnixNano: string; name: string }[]
  status: { code: number }
}

export interface OtlpAttribute {
  key: string
  value: { stringValue: string } | { intValue: string } | { boolValue: boolean } | { arrayValue: OtlpArray }
}
interface OtlpArray {
  values: { stringValue: string }[]
}

const kinds = { internal: 1, server: 2, client: 3 } as const
const statusUnset = 0
const statusError = 2
const finishes = new Set(['stop', 'length', 'content_filter', 'cancelled'])

/** The answer, and for each attempt its waiting and its asking. */
export function spansOf(
  answer: AnswerObservation,
  attempts: readonly AttemptObservation[],
  { traceId, parentSpanId }: TraceContext,
): OtlpSpan[] {
  const own = answerSpanId(answer)
  const finished = finishes.has(answer.outcome)
  const start = answer.startedAt
  const root: OtlpSpan = {
    traceId,
    spanId: own,
    ...(parentSpanId === null ? {} : { parentSpanId }),
    name: `chat ${answer.alias}`,
    kind: kinds.server,
    startTimeUnixNano: nanoseconds(start),
    endTimeUnixNano: nanoseconds(start + answer.totalMs),
    attributes: attributesOf({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'tanbox',
      'gen_ai.request.model': answer.alias,
      'gen_ai.response.model': attempts.findLast(({ target }) => target === answer.target)?.model,
      'gen_ai.usage.input_tokens': answer.usage?.promptTokens,
      'gen_ai.usage.output_tokens': answer.usage?.completionTokens,
      'gen_ai.response.finish_reasons': finished ? [answer.outcome] : undefined,
      'error.type': finished ? undefined : answer.outcome,
      'tanbox.rid': answer.rid,
      'tanbox.epoch': answer.epoch,
      'tanbox.target': answer.target ?? undefined,
      'tanbox.usage.exact': answer.usage?.exact,
    }),
    ...firstToken(start, answer.firstTokenMs),
    status: { code: finished ? statusUnset : statusError },
  }
  return [root, ...attempts.flatMap((attempt) => attemptSpans(attempt, traceId, own))]
}

function attemptSpans(attempt: AttemptObservation, traceId: string, parentSpanId: string): OtlpSpan[] {
  const { number, target, model, startedAt, queuedMs, askedMs, code } = attempt
  const asked = startedAt + queuedMs
  const failed = code !== null && code !== 'aborted'
  const common = { traceId, parentSpanId }
  const queue: OtlpSpan = {
    ...common,
    spanId: queueSpanId(attempt, number),
    name: 'queue',
    kind: kinds.internal,
    startTimeUnixNano: nanoseconds(startedAt),
    endTimeUnixNano: nanoseconds(asked),
    attributes: attributesOf({
      'tanbox.target': target,
      'error.type': askedMs === null && failed ? code : undefined,
    }),
    status: { code: askedMs === null && failed ? statusError : statusUnset },
  }
  if (askedMs === null) return [queue]
  const asking: OtlpSpan = {
    ...common,
    spanId: attemptSpanId(attempt, number),
    name: `chat ${model}`,
    kind: kinds.client,
    startTimeUnixNano: nanoseconds(asked),
    endTimeUnixNano: nanoseconds(asked + askedMs),
    attributes: attributesOf({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': target,
      'gen_ai.request.model': model,
      'tanbox.target': target,
      'tanbox.attempt': number,
      'tanbox.aborted': code === 'aborted' ? true : undefined,
      'error.type': failed ? code : undefined,
    }),
    ...firstToken(asked, attempt.firstTokenMs),
    status: { code: failed ? statusError : statusUnset },
  }
  return [queue, asking]
}

function firstToken(startedAt: number, ms: number | null): Pick<OtlpSpan, 'events'> {
  return ms === null
    ? {}
    : { events: [{ timeUnixNano: nanoseconds(startedAt + ms), name: 'gen_ai.first_token' }] }
}

export function attributesOf(
  values: Record<string, string | number | boolean | readonly string[] | undefined>,
): OtlpAttribute[] {
  return Object.entries(values).flatMap(([key, value]): OtlpAttribute[] => {
    if (value === undefined) return []
    if (typeof value === 'string') return [{ key, value: { stringValue: value } }]
    if (typeof value === 'number') return [{ key, value: { intValue: String(Math.round(value)) } }]
    if (typeof value === 'boolean') return [{ key, value: { boolValue: value } }]
    return [{ key, value: { arrayValue: { values: value.map((stringValue) => ({ stringValue })) } } }]
  })
}

/** Of milliseconds since 1970, with their fraction. */
const nanoseconds = (ms: number) => String(BigInt(Math.round(ms * 1000)) * 1000n)

/**
 * Ids of traces and spans (W3C Trace Context). Those of an answer follow from its rid and epoch, so that whoever writes the header
 * for a model server and whoever writes the span need not know of each other.
 */
import { createHash } from 'node:crypto'

export interface TraceContext {
  /** 32 hex digits. */
  traceId: string
  /** Span of the box, 16 hex digits; null: the answer begins the trace. */
  parentSpanId: string | null
  sampled: boolean
}

const form = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/
const zero = /^0+$/

/** What the box said, or a trace of the gateway's own where it said nothing (valid). */
export function traceOf({ rid, traceparent }: { rid: string; traceparent: string | null }): TraceContext {
  const [, traceId = '', parentSpanId = '', flags = ''] = form.exec(traceparent ?? '') ?? []
  if (traceId === '' || zero.test(traceId) || zero.test(parentSpanId)) {
    return { traceId: digest('trace', 32, { rid }), parentSpanId: null, sampled: true }
  }
  return { traceId, parentSpanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 }
}

export interface AnswerId {
  rid: string
  epoch: number
}

export const answerSpanId = (answer: AnswerId) => digest('answer', 16, answer)
export const queueSpanId = (answer: AnswerId, attempt: number) => digest(`queue ${attempt}`, 16, answer)
export const attemptSpanId = (answer: AnswerId, attempt: number) => digest(`attempt ${attempt}`, 16, answer)

/** What a model server is told: the attempt is the parent of whatever it does. */
export function traceparentOf(answer: AnswerId & { traceparent: string | null }, attempt: number): string {
  const { traceId, sampled } = traceOf(answer)
  return `00-${traceId}-${attemptSpanId(answer, attempt)}-${sampled ? '01' : '00'}`
}

/** Never all zero, for all that anybody will see. A trace holds all generations of an answer. */
const digest = (what: string, digits: number, { rid, epoch }: { rid: string; epoch?: number }) =>
  createHash('sha256')
    .update(`tanbox trace\n${what}\n${rid} ${epoch ?? ''}`)
    .digest('hex')
    .slice(0, digits)

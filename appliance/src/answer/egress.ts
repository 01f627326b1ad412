import { createHash } from 'node:crypto'
import { type AskBody, limits } from '@tanbox/cloud-gateway/protocol'
import type { EgressReceipt } from '../model.ts'
import { createRedaction, type Redaction } from './redact.ts'

/** What may leave the box for one answer, ready to be handed to the socket. */
export interface Parcel {
  /** The body as it stands in `payload`: redacted, within the limits. */
  body: AskBody
  payload: Uint8Array
  receipt: EgressReceipt
  restorer: Redaction['restorer']
}

/** A body above this is cut; its JSON string inside the frame grows by escapes and must still fit. */
const largestBody = limits.bodyBytes
const largestEscaped = limits.frameBytes - 16 * 1024

/**
 * The only place where text leaves the box (DESIGN rule 5). Redacts, cuts to the limits of the protocol (earliest
 * turns go first, then the last passages) and accounts for the exact bytes. Whoever has the receipt can recompute
 * `sha256` from `payload`.
 */
export function createEgress(settings: { redact: boolean; now: () => Date }) {
  return {
    pack(body: AskBody): Parcel {
      const redaction = createRedaction(textsOf(body))
      const written = fit(settings.redact ? redacted(body, redaction.redact) : body)
      const payload = Buffer.from(JSON.stringify(written), 'utf8')
      return {
        body: written,
        payload,
        receipt: {
          sha256: createHash('sha256').update(payload).digest('hex'),
          bytes: payload.length,
          payload: payload.toString('utf8'),
          redactions: redaction.counts(),
          sentAt: settings.now().toISOString(),
        },
        restorer: redaction.restorer,
      }
    },
    /** The receipt of an answer for which nothing left the box. */
    nothing(): EgressReceipt {
      return { sha256: null, bytes: 0, payload: '', redactions: [], sentAt: settings.now().toISOString() }
    },
  }
}
export type Egress = ReturnType<typeof createEgress>

function textsOf({ question, history, passages, terms = [] }: AskBody): string[] {
  return [
    question,
    ...history.map(({ content }) => content),
    ...passages.flatMap(({ title, where, text }) => [title, where, text]),
    ...terms,
  ]
}

function redacted(body: AskBody, redact: (text: string) => string): AskBody {
  return {
    ...body,
    question: redact(body.question),
    history: body.history.map(({ role, content }) => ({ role, content: redact(content) })),
    passages: body.passages.map(({ n, title, where, text }) => ({
      n,
      title: redact(title),
      where: redact(where),
      text: redact(text),
    })),
    ...(body.terms && { terms: body.terms.map(redact) }),
  }
}

function fit(body: AskBody): AskBody {
  let fitting: AskBody = { ...body, passages: body.passages.slice(0, limits.passages) }
  while (!fits(fitting)) {
    if (fitting.history.length > 0) fitting = { ...fitting, history: fitting.history.slice(1) }
    else if (fitting.passages.length > 0) fitting = { ...fitting, passages: fitting.passages.slice(0, -1) }
    else break
  }
  return fitting
}

function fits(body: AskBody): boolean {
  const text = JSON.stringify(body)
  return Buffer.byteLength(text) <= largestBody && Buffer.byteLength(JSON.stringify(text)) <= largestEscaped
}

import { AskError, type AskEvent, type GatewayClient, RotationError } from '@tanbox/cloud-gateway/client'
import { type ErrorCode, reasonOf, TanboxError } from '../errors.ts'
import type { GatewayStatus, Reason } from '../model.ts'
import type { Llm, LlmEvent } from './llm.ts'

/** The large models behind the cloud gateway, and how the box stands with it. */
export interface CloudGateway extends Llm {
  status(): GatewayStatus
  /** Changes the box's key and gives the id of the new one. Throws TanboxError `rotation-…`. */
  rotateKey(): Promise<string>
}

export interface GatewaySettings {
  /** Name and address of the gateway. */
  name: string
  url: string
  /** Alias that questions name. */
  model: string
  /** Where the box's key is kept. */
  keyFile?: string
  /** Whether the key file holds another box by now, which the next start uses. */
  replaced?: () => boolean
  /** Why the box could not enrol itself, where it tried. */
  enrolment: { readonly failure: Reason | null; close(): void }
}

const unnamed: GatewaySettings = {
  ...{ name: '', url: '', model: 'default' },
  enrolment: { failure: null, close() {} },
}

/** Closing it closes the client and the enrolment. */
export function createGatewayLlm(client: GatewayClient, settings: GatewaySettings = unnamed): CloudGateway {
  const state = () =>
    client.state === 'connected' || client.state === 'connecting' ? client.state : 'unreachable'

  const closedBy = (): ErrorCode | null => {
    if (client.problem === 'revoked') return 'gateway-revoked'
    return client.problem === 'not-enrolled' ? 'gateway-not-enrolled' : null
  }

  function problem(): Reason | null {
    const { name, enrolment } = settings
    if (client.problem === null) return null
    if (client.problem === 'not-enrolled' && enrolment.failure) return enrolment.failure
    if (client.problem === 'revoked' && settings.replaced?.()) return reasonOf('cloud-restart')
    if (client.problem === 'revoked' && isLocal(settings.url))
      return reasonOf('cloud-revoked-here', settings.keyFile ?? '')
    const about = ['not-enrolled', 'revoked', 'superseded'].includes(client.problem) ? client.box : name
    return reasonOf(`cloud-${client.problem}`, about)
  }

  return {
    get state() {
      return state()
    },
    get closedBy() {
      return closedBy()
    },
    async *ask({ rid, payload, deadlineMs }, signal) {
      const translate = createTranslation()
      const options = { rid, deadlineMs, traceparent: traceOf(rid) }
      try {
        for await (const heard of client.ask(payload, options, signal)) {
          const event = translate(heard)
          if (event) yield event
        }
      } catch (cause) {
        if (!(cause instanceof AskError)) throw cause
        const { code, detail } = quotaFailure(cause, client.quota) ?? { code: codeOf(cause), detail: '' }
        throw new TanboxError((code === 'gateway-unreachable' && closedBy()) || code, detail, { cause })
      }
    },
    status() {
      // What a gateway offered that has shut this box out is offered no more.
      const revoked = client.problem === 'revoked'
      return {
        ...{ state: revoked ? 'revoked' : state(), model: settings.model },
        ...{ name: settings.name, url: settings.url, box: client.box, key: client.key },
        ...{ models: revoked ? [] : client.models, quota: revoked ? null : client.quota },
        ...{ firstTokenMs: client.firstTokenMs, problem: problem() },
      }
    },
    async rotateKey() {
      try {
        return await client.rotateKey()
      } catch (cause) {
        throw cause instanceof RotationError
          ? new TanboxError(`rotation-${cause.code}`, '', { cause })
          : cause
      }
    },
    async close() {
      settings.enrolment.close()
      client.close()
    },
  }
}

/** A gateway on this machine: most likely the one that lets this box in by itself. */
function isLocal(url: string): boolean {
  return /^(?:localhost|127\.[\d.]+|\[::1\])$/.test(URL.parse(url)?.hostname ?? '')
}

/** From the gateway's events to the answer's; null where there is nothing new to say. */
function createTranslation(): (event: AskEvent) => LlmEvent | null {
  let model: string | null = null
  let waiting = ''

  function writing(next: string): LlmEvent {
    const before = model
    model = next
    return { type: 'writing', model, ...(before !== null && before !== next && { insteadOf: before }) }
  }

  function wait(event: Extract<LlmEvent, { type: 'waiting' }>): LlmEvent | null {
    const same = waiting === `${event.state} ${event.position}`
    waiting = `${event.state} ${event.position}`
    return same ? null : event
  }

  return (event) => {
    if (event.type === 'progress') {
      const { state, position } = event
      // The gateway counts those before us, a person the place in the line.
      return wait({ type: 'waiting', state, ...(position !== undefined && { position: position + 1 }) })
    }
    // What a model thinks before it answers is not shown, only that it thinks.
    if (event.type === 'delta' && event.channel === 'reasoning')
      return wait({ type: 'waiting', state: 'reasoning' })
    waiting = ''
    switch (event.type) {
      case 'accepted':
      case 'fallback':
        return writing(event.model)
      case 'restart':
        model = null
        return event
      case 'delta':
        return { type: 'delta', text: event.text }
      case 'end':
        return { type: 'end', finish: event.finish, usage: event.usage }
    }
  }
}

/** W3C Trace Context: the trace has the answer's id, so that an operator who is told the one finds the other. */
function traceOf(rid: string): string {
  const trace = rid.replaceAll('-', '')
  return `00-${trace}-${trace.slice(16)}-01`
}

/** Which quota it was and when it can be asked again; null: it was none, or the gateway did not say. */
function quotaFailure(
  { code, retryAfterMs }: AskError,
  quota: GatewayClient['quota'],
): { code: ErrorCode; detail: string } | null {
  const after = (unitMs: number) => String(Math.max(1, Math.ceil((retryAfterMs ?? 0) / unitMs)))
  if (code === 'quota-minute' && retryAfterMs !== null)
    return { code: 'gateway-quota-minute', detail: after(1000) }
  if (code === 'quota-day' && retryAfterMs !== null)
    return { code: 'gateway-quota-day', detail: after(3_600_000) }
  if (code !== 'quota-too-small') return null
  const { tokensPerMinute, tokensPerDay } = quota ?? { tokensPerMinute: null, tokensPerDay: null }
  const [least, span] =
    (tokensPerMinute ?? Infinity) <= (tokensPerDay ?? Infinity)
      ? [tokensPerMinute, '/min']
      : [tokensPerDay, '/d']
  return { code: 'gateway-quota-small', detail: least === null ? '?' : `${least} tokens${span}` }
}

const codes: Record<string, ErrorCode> = {
  'not-connected': 'gateway-unreachable',
  'connection-lost': 'gateway-unreachable',
  superseded: 'gateway-unreachable',
  draining: 'gateway-unreachable',
  'model-content': 'gateway-declined',
  RESUME_LOST: 'gateway-cut',
  'quota-minute': 'gateway-quota',
  'quota-day': 'gateway-quota',
  'queue-full': 'gateway-busy',
  'too-many-asks': 'gateway-busy',
  unavailable: 'gateway-busy',
  'model-overloaded': 'gateway-busy',
  'model-circuit-open': 'gateway-busy',
}

/** The gateway's reasons are many; for the asker they are few. The cause keeps the rest for the log. */
function codeOf({ code }: AskError): ErrorCode {
  return codes[code] ?? 'gateway-failed'
}

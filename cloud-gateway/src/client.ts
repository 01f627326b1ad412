/**
 * The box's side of the bridge: keeps one outbound connection to the gateway and asks over it.
 *
 * There is no queue: a question without a connection fails at once with `not-connected`, so that the box can
 * quote its documents instead. An answer whose connection dies is taken up again over the next one, from the last
 * delta that arrived; it is never written a second time unless the asker allowed it (`mayRestart`).
 */
import type { AskEvent } from './box/ask-events.ts'
import type { Patience } from './box/ask-stream.ts'
import { createAskStreams } from './box/ask-streams.ts'
import { type Connection, type ConnectionSettings, type Farewell, openConnection } from './box/connection.ts'
import { createKeyChange } from './box/key-change.ts'
import { RotationError } from './box/key-ring.ts'
import { type Problem, problemOf } from './box/problem.ts'
import { questionText } from './box/question-text.ts'
import { createRedial } from './box/redial.ts'
import { AskError, askError } from './errors.ts'
import { type BoxKeys, fixedKeys, type Identity } from './identity.ts'
import {
  closeCodes,
  type GatewayMessage,
  type GatewayMessageOf,
  limits,
  ProtocolError,
  type Quota,
  sha256Hex,
} from './protocol.ts'

export { AskError, type AskEvent, type Problem, RotationError }

/**
 * `connecting`: no attempt has failed since the last connection; `unreachable`: it keeps trying; `refused`: the
 * gateway shut this box out (4403), nothing is tried any more.
 */
export type ClientState = 'connecting' | 'connected' | 'unreachable' | 'refused' | 'closed'

export interface GatewayClientSettings extends ConnectionSettings {
  /** With the keys of a file (`openKeyFile`) the key can be changed. */
  identity: Identity | BoxKeys
  /** Told of every change of state, with a reason for the log. */
  onState?: (state: ClientState, reason: string) => void
  /**
   * The gateway does not know this box under any of its keys. True: it does by now, dial at once. Not called again
   * before the promise has settled.
   */
  onUnknown?: () => Promise<boolean>
  /** A failure that changes nothing for the askers, for the log. */
  onFault?: (error: unknown) => void
  random?: () => number
  patience?: Partial<Patience>
}

export interface AskOptions {
  /** UUIDv7, new for every question. */
  rid: string
  deadlineMs: number
  /** When the answer is lost on the gateway's side: have it written, and pay for it, once more. */
  mayRestart?: boolean
  /** W3C Trace Context, version 00. */
  traceparent?: string
}

export interface GatewayClient {
  readonly state: ClientState
  /** Why there is no connection; null while there is one, and before the first attempt has ended. */
  readonly problem: Problem | null
  /** Aliases that `AskBody.model` may name; empty until the first connection. */
  readonly models: readonly string[]
  /** As the gateway said last; null until the first connection. */
  readonly quota: Quota | null
  readonly box: string
  /** Id of the key that the gateway knew last. */
  readonly key: string
  /** Of the last answer that had text, milliseconds; null: none yet. */
  readonly firstTokenMs: number | null
  /**
   * Sends exactly `payload`, the bytes of an AskBody, and yields what comes back up to `end`. Throws AskError.
   * Aborting sends `cancel`; the answer then ends with finish `cancelled`, or with an error when there is no
   * connection just then. Leaving the loop early cancels too.
   */
  ask(payload: Uint8Array, options: AskOptions, signal: AbortSignal): AsyncGenerator<AskEvent>
  /**
   * Changes the key and resolves with the id of the new one. Rejects with RotationError, with IdentityError when the
   * key is in no file, or with what the disk throws.
   */
  rotateKey(): Promise<string>
  close(): void
}

export const clientPatience: Patience = {
  silenceMs: 20_000,
  cancelMs: 3000,
  resumeMs: limits.resumeMs,
  graceMs: 5000,
}

/** What the gateway may take longer than it announced, going down. */
const leavingGraceMs = 500

export function createGatewayClient(settings: GatewayClientSettings): GatewayClient {
  const random = settings.random ?? Math.random
  const keys = 'present' in settings.identity ? settings.identity : fixedKeys(settings.identity)
  const keyChange = createKeyChange(keys, settings.gateway, (error) => settings.onFault?.(error))
  const redial = createRedial(performance.now())
  const streams = createAskStreams(() => {
    if (leaving) leave()
  })
  let state: ClientState = 'connecting'
  let problem: Problem | null = null
  let welcome: GatewayMessageOf<'welcome'> | null = null
  let offered: GatewayMessageOf<'hello'> | null = null
  let firstTokenMs: number | null = null
  let connection: Connection | null = null
  /** An answer was muddled up and has ended by it; the others are not concerned. */
  let muddled = false
  let leaving: NodeJS.Timeout | null = null
  let timer: NodeJS.Timeout | null = null

  function become(next: ClientState, reason: string): void {
    if (next === state) return
    state = next
    settings.onState?.(next, reason)
  }

  // ---- the connection

  function dial(): void {
    timer = null
    muddled = false
    connection = openConnection(settings, keyChange.shown, {
      resume: streams.places,
      ready,
      message: receive,
      closed,
    })
  }

  function ready(greeting: GatewayMessageOf<'welcome'>, hello: GatewayMessageOf<'hello'>): void {
    welcome = greeting
    offered = hello
    problem = null
    redial.welcomed(performance.now())
    const { send } = connection!
    keyChange.welcomed()
    streams.connect(send)
    keyChange.request(hello.capabilities, send)
    become('connected', '')
  }

  function receive(message: GatewayMessage): void {
    if ('rid' in message) {
      try {
        streams.receive(message)
      } catch (error) {
        muddled = error instanceof ProtocolError
        throw error
      }
    } else if (message.type === 'goaway') {
      if (leaving) return
      redial.leaving(message.jitterMs)
      leaving = setTimeout(leave, message.deadlineMs + leavingGraceMs)
      become('connecting', 'the gateway is going down')
      if (streams.live === 0) leave()
    } else if (message.type === 'quota') {
      if (welcome) welcome = { ...welcome, quota: message.quota }
    } else if (message.type === 'rotated') {
      keyChange.confirmed(message)
    }
  }

  function leave(): void {
    connection?.close(1000, 'the gateway is going down')
  }

  function closed(farewell: Farewell): void {
    const stood = state === 'connected' || leaving !== null
    connection = null
    if (leaving) clearTimeout(leaving)
    leaving = null
    streams.cut()
    if (state === 'closed') return
    problem = problemOf(farewell)
    const reason = `${farewell.code} ${farewell.reason}`.trim()
    if (farewell.code === closeCodes.superseded) streams.breakOff('superseded')
    else if (endsAnswers(farewell)) streams.breakOff('connection-lost')
    if (farewell.code === closeCodes.revoked) {
      keyChange.close('the gateway shut this box out')
      become('refused', reason)
      return
    }
    const delay = redial.after(farewell, performance.now(), random())
    become(stood ? 'connecting' : 'unreachable', reason)
    if (problem !== 'not-enrolled') again(delay)
    else if (keyChange.refused()) again(0)
    else if (settings.onUnknown) void becomeKnown(settings.onUnknown, delay)
    else again(delay)
  }

  /** Whether going on over the next connection makes no sense. */
  function endsAnswers({ code, ours }: Farewell): boolean {
    if (code === closeCodes.revoked || code === closeCodes.version) return true
    return code === closeCodes.malformed && !(ours && muddled)
  }

  function again(delayMs: number): void {
    if (state !== 'closed') timer = setTimeout(dial, delayMs)
  }

  async function becomeKnown(become: () => Promise<boolean>, delayMs: number): Promise<void> {
    let known = false
    try {
      known = await become()
    } catch (error) {
      settings.onFault?.(error)
    }
    again(known ? 0 : delayMs)
  }

  async function rotateKey(): Promise<string> {
    if (state === 'closed' || state === 'refused') throw new RotationError('closed', 'there is no gateway')
    const done = keyChange.begin()
    if (state === 'connected') keyChange.request(offered!.capabilities, connection!.send)
    return done
  }

  // ---- questions

  async function* ask(
    payload: Uint8Array,
    options: AskOptions,
    signal: AbortSignal,
  ): AsyncGenerator<AskEvent> {
    if (signal.aborted) throw askError('cancelled')
    if (state !== 'connected' || !offered) throw askError('not-connected')
    const theirs = offered.limits
    const stream = streams.ask({
      rid: options.rid,
      body: questionText(payload, {
        bodyBytes: Math.min(limits.bodyBytes, theirs.bodyBytes),
        frameBytes: Math.min(limits.frameBytes, theirs.frameBytes),
      }),
      digest: sha256Hex(payload),
      deadlineMs: Math.min(options.deadlineMs, theirs.deadlineMs),
      mayRestart: options.mayRestart ?? false,
      traceparent: options.traceparent ?? null,
      windowBytes: Math.min(limits.streamCreditBytes, theirs.streamCreditBytes),
      patience: {
        ...clientPatience,
        resumeMs: Math.min(clientPatience.resumeMs, theirs.resumeMs),
        ...settings.patience,
      },
    })
    signal.addEventListener('abort', stream.cancel, { once: true })
    try {
      for await (const event of stream.events) {
        if (event.type === 'end') firstTokenMs = event.firstTokenMs ?? firstTokenMs
        yield event
      }
    } finally {
      signal.removeEventListener('abort', stream.cancel)
      stream.cancel()
    }
  }

  dial()
  return {
    get state() {
      return state
    },
    get problem() {
      return problem
    },
    get models() {
      return welcome?.models ?? []
    },
    get quota() {
      return welcome?.quota ?? null
    },
    box: keys.present.box,
    get key() {
      return keys.present.key
    },
    get firstTokenMs() {
      return firstTokenMs
    },
    ask,
    rotateKey,
    close() {
      if (state === 'closed') return
      become('closed', 'closed by the box')
      if (timer) clearTimeout(timer)
      connection?.close(1000, 'the box is going down')
      streams.breakOff('connection-lost')
      keyChange.close('the client was closed')
    },
  }
}

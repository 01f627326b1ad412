/**
 * The box's side of the bridge: keeps one outbound connection to the gateway and asks over it.
 *
 * There is no queue: a question without a connection fails at once with `not-connected`, so that the box can
 * quote its documents instead. An answer whose connection dies fails with `incomplete` after what there was; it
 * is never asked a second time by itself.
 */
import type { AskEvent, AskStream } from './box/ask-stream.ts'
import { backoffDelay, backoffTiming } from './box/backoff.ts'
import { type Connection, type ConnectionSettings, openConnection } from './box/connection.ts'
import { AskError, askError } from './errors.ts'
import { closeCodes } from './protocol.ts'

export { AskError, type AskEvent }

/**
 * `connecting`: no attempt has failed since the last connection; `unreachable`: it keeps trying; `refused`: the
 * gateway shut this box out (4403), nothing is tried any more.
 */
export type ClientState = 'connecting' | 'connected' | 'unreachable' | 'refused' | 'closed'

export interface GatewayClientSettings extends ConnectionSettings {
  /** Told of every change of state, with a reason for the log. */
  onState?: (state: ClientState, reason: string) => void
  random?: () => number
  patience?: typeof clientPatience
}

export interface AskOptions {
  /** UUIDv7, new for every question. */
  rid: string
  deadlineMs: number
}

export interface GatewayClient {
  readonly state: ClientState
  /** Aliases that `AskBody.model` may name; empty until the first connection. */
  readonly models: readonly string[]
  /**
   * Sends exactly `payload`, the bytes of an AskBody, and yields what comes back up to `end`. Throws AskError.
   * Aborting sends `cancel`; the answer then ends with finish `cancelled`. Leaving the loop early cancels too.
   */
  ask(payload: Uint8Array, options: AskOptions, signal: AbortSignal): AsyncGenerator<AskEvent>
  close(): void
}

export const clientPatience = {
  /** The gateway reports every 5 s while a question is in work: this long without a word means that it is lost. */
  silenceMs: 20_000,
  /** How long the gateway may take to answer a cancel. */
  cancelMs: 3000,
}

export function createGatewayClient(settings: GatewayClientSettings): GatewayClient {
  const random = settings.random ?? Math.random
  let state: ClientState = 'connecting'
  let models: readonly string[] = []
  let connection: Connection | null = null
  let redial: NodeJS.Timeout | null = null
  let failingSince = Date.now()
  let lateAttempts = 0
  let jitterMs = 0

  function become(next: ClientState, reason: string): void {
    if (next === state) return
    state = next
    settings.onState?.(next, reason)
  }

  function dial(): void {
    redial = null
    connection = openConnection(settings, {
      ready(offered) {
        models = offered
        lateAttempts = 0
        become('connected', '')
      },
      leaving(jitter) {
        jitterMs = jitter
        become('connecting', 'the gateway is going down')
      },
      closed: (code, reason) => closed(code, `${code} ${reason}`),
    })
  }

  function closed(code: number, reason: string): void {
    connection = null
    if (state === 'closed') return
    if (code === closeCodes.revoked) {
      become('refused', reason)
      return
    }
    if (state === 'connected' || jitterMs > 0) failingSince = Date.now()
    const delay = nextDelay(code)
    become(state === 'connected' || jitterMs > 0 ? 'connecting' : 'unreachable', reason)
    jitterMs = 0
    redial = setTimeout(dial, delay)
  }

  function nextDelay(code: number): number {
    if (jitterMs > 0) return Math.round(jitterMs * random())
    // A second box with this key, or a gateway of another version: hurrying helps nobody.
    if (code === closeCodes.superseded || code === closeCodes.version) return backoffTiming.lastCapMs
    const failingMs = Date.now() - failingSince
    const delay = backoffDelay(failingMs, lateAttempts, random())
    if (failingMs >= backoffTiming.patienceMs) lateAttempts += 1
    return delay
  }

  async function* ask(
    payload: Uint8Array,
    options: AskOptions,
    signal: AbortSignal,
  ): AsyncGenerator<AskEvent> {
    if (signal.aborted) throw askError('cancelled')
    const used = connection
    if (!used) throw askError('not-connected')
    const stream = used.ask(options.rid, payload, options.deadlineMs)
    yield* guarded(stream, () => used.cancel(options.rid), signal, settings.patience ?? clientPatience)
  }

  dial()
  return {
    get state() {
      return state
    },
    get models() {
      return models
    },
    ask,
    close() {
      become('closed', 'closed by the box')
      if (redial) clearTimeout(redial)
      connection?.close()
    },
  }
}

/** The events of a stream with its timers; cancels when the asker aborts or stops listening. */
async function* guarded(
  stream: AskStream,
  cancel: () => void,
  signal: AbortSignal,
  { silenceMs, cancelMs }: typeof clientPatience,
): AsyncGenerator<AskEvent> {
  const giveUp = () => {
    stream.fail(askError('gateway-silent'))
    cancel()
  }
  const listen = () => {
    const left = stream.heardAt + silenceMs - performance.now()
    if (left <= 0) giveUp()
    else timer = setTimeout(listen, left)
  }
  let timer = setTimeout(listen, silenceMs)
  const abort = () => {
    cancel()
    clearTimeout(timer)
    timer = setTimeout(giveUp, cancelMs)
  }
  signal.addEventListener('abort', abort, { once: true })
  try {
    yield* stream.events
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', abort)
    if (!stream.over) cancel()
  }
}

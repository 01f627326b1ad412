/** One request to a model server, answered by a response whatever its status. */
import { askError } from '../../errors.ts'
import { Exchange, type ModelResponse, StaleLine } from './exchange.ts'
import { createIdleLines } from './idle-lines.ts'
import { dialModel } from './model-line.ts'
import { type RequestContent, requestBytes } from './request-bytes.ts'

export type { ModelResponse } from './exchange.ts'

export interface RequestOptions extends RequestContent {
  signal: AbortSignal
  /** Told once, when the connection stands and the request is on its way. */
  connected?: () => void
}

export type Send = (url: URL, options: RequestOptions) => Promise<ModelResponse>

/** Connections kept for one provider: as many as it may well have answers in work. */
const mostKept = 256

/**
 * Redirects are not followed. A connection is used again within a second of a whole response; a server that has closed
 * it meanwhile has not read the request, which is then sent once more, over a new one (docs/decisions/516).
 *
 * The promise rejects with AskError, or with the signal's reason. When the signal aborts, at whatever moment, the
 * connection is closed at once. `connectMs`: until the TCP (and TLS) connection stands; the answer may take longer.
 */
export function createSend(connectMs: number): Send {
  const sessions = new Map<string, Buffer>()
  const idle = createIdleLines(mostKept)

  function ask(url: URL, request: Buffer, { signal, connected }: RequestOptions, again: boolean) {
    const exchange = new Exchange({
      ...{ request, signal },
      sent: () => {
        if (!again) connected?.()
      },
      free: (line, forMs) => idle.put(url.origin, line, forMs),
    })
    const kept = again ? null : idle.take(url.origin)
    if (kept) exchange.use(kept)
    else exchange.dial(dialModel(url, sessions, exchange), connectMs)
    return exchange.response
  }

  return (url, options) => {
    const { signal } = options
    if (signal.aborted) return Promise.reject(signal.reason)
    const request = requestBytes(url, options)
    if (request === null) return Promise.reject(askError('model-refused', 'a header that cannot be sent'))
    return ask(url, request, options, false).catch((error) => {
      if (!(error instanceof StaleLine)) throw error
      signal.throwIfAborted()
      return ask(url, request, options, true)
    })
  }
}

/** The error for a response that was not whole. */
export const brokenOff = (cause: unknown) => askError('incomplete', '', { cause })

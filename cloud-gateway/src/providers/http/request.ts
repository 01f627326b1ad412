/** One request to a model server, answered by a response whatever its status. */
import {
  type ClientRequestArgs,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
} from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { NetConnectOpts } from 'node:net'
import type { Duplex } from 'node:stream'
import { AskError, askError } from '../../errors.ts'
import { connectNarrow } from './narrow-socket.ts'

export interface RequestOptions {
  method: 'GET' | 'POST'
  headers: Record<string, string>
  /** JSON text; null for none. */
  body: string | null
  signal: AbortSignal
  /** Told once, when the connection stands and the request is on its way. */
  connected?: () => void
}

export type Send = (url: URL, options: RequestOptions) => Promise<IncomingMessage>

class PlainAgent extends HttpAgent {
  override createConnection(options: ClientRequestArgs): Duplex {
    return connectNarrow(options as NetConnectOpts)
  }
}

class EncryptedAgent extends HttpsAgent {
  override createConnection(
    options: ClientRequestArgs,
    made?: (error: Error | null, stream: Duplex) => void,
  ): Duplex | null | undefined {
    return super.createConnection(
      { ...options, socket: connectNarrow(options as NetConnectOpts) } as never,
      made,
    )
  }
}

/**
 * Redirects are not followed. Each question has a connection of its own: one that is kept could be closed by the
 * server just when it is used, and a repeated POST is paid for twice. (TLS sessions are kept, which saves a round
 * trip.)
 *
 * The promise rejects with AskError, or with the signal's reason. When the signal aborts, at whatever moment, the
 * connection is closed at once. `connectMs`: until the TCP (and TLS) connection stands; the answer may take longer.
 */
export function createSend(connectMs: number): Send {
  const plain = new PlainAgent({ keepAlive: false })
  const encrypted = new EncryptedAgent({ keepAlive: false })
  return (url, { method, headers, body, signal, connected }) =>
    new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason)
      const secure = url.protocol === 'https:'
      const bytes = body === null ? null : Buffer.from(body)
      const request = (secure ? httpsRequest : httpRequest)(url, {
        method,
        agent: secure ? encrypted : plain,
        headers: bytes
          ? { ...headers, 'content-type': 'application/json', 'content-length': bytes.length }
          : headers,
      })
      let answered = false
      const abort = () => request.destroy()
      const timer = setTimeout(() => request.destroy(askError('model-connect-timeout')), connectMs)
      signal.addEventListener('abort', abort, { once: true })
      request.once('socket', (socket) => {
        socket.setNoDelay(true)
        socket.once(secure ? 'secureConnect' : 'connect', () => {
          clearTimeout(timer)
          if (!signal.aborted) connected?.()
        })
      })
      request.once('response', (response) => {
        // Whoever reads it listens as well; an error while nobody does must not end the process.
        response.on('error', () => {})
        answered = true
        resolve(response)
      })
      request.on('error', (error) => reject(signal.aborted ? signal.reason : failedBefore(error)))
      request.once('close', () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', abort)
        // An answer that is none (an upgrade nobody asked for) brings neither response nor error.
        if (!answered)
          reject(signal.aborted ? signal.reason : askError('model-bad-response', 'no HTTP response'))
      })
      request.end(bytes ?? undefined)
    })
}

/** The error for a connection that failed before there was a response. */
function failedBefore(error: Error): AskError {
  if (error instanceof AskError) return error
  return isNotHttp(error)
    ? askError('model-bad-response', 'no HTTP response', { cause: error })
    : askError('model-unreachable', '', { cause: error })
}

/** The error for a response that was not whole. */
export const brokenOff = (cause: unknown) => askError('incomplete', '', { cause })

/** Codes of node's HTTP parser: HPE_HEADER_OVERFLOW, HPE_INVALID_CHUNK_SIZE... */
const isNotHttp = (error: unknown) => String((error as NodeJS.ErrnoException)?.code).startsWith('HPE_')

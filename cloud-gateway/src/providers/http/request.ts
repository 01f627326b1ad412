/** One request to a model server, answered by a response whatever its status. */
import { isIP } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import { type AskError, askError } from '../../errors.ts'
import { connectNarrow } from './narrow-socket.ts'
import { createResponseReader, type ResponseHead } from './response-reader.ts'

export interface RequestOptions {
  method: 'GET' | 'POST'
  headers: Record<string, string>
  /** JSON text; null for none. */
  body: string | null
  signal: AbortSignal
  /** Told once, when the connection stands and the request is on its way. */
  connected?: () => void
}

/** What is told of a body; `end` or `broken` comes last, once. */
export interface BodyEvents {
  data(bytes: Buffer): void
  end(): void
  /** The connection broke, or the framing did. */
  broken(cause: unknown): void
}

export interface ModelResponse extends ResponseHead {
  /** Hands the body over from here on, and what of it has come. To be called once. */
  read(events: BodyEvents): void
  /** Nothing more is read from the connection. */
  pause(): void
  resume(): void
  /** Closes the connection. */
  destroy(): void
}

export type Send = (url: URL, options: RequestOptions) => Promise<ModelResponse>

/**
 * Redirects are not followed. Each question has a connection of its own: one that is kept could be closed by the
 * server just when it is used, and a repeated POST is paid for twice. (TLS sessions are kept, which saves a round
 * trip.)
 *
 * The promise rejects with AskError, or with the signal's reason. When the signal aborts, at whatever moment, the
 * connection is closed at once. `connectMs`: until the TCP (and TLS) connection stands; the answer may take longer.
 */
export function createSend(connectMs: number): Send {
  const sessions = new Map<string, Buffer>()
  return (url, options) => {
    const { signal } = options
    if (signal.aborted) return Promise.reject(signal.reason)
    const request = requestBytes(url, options)
    if (request === null) return Promise.reject(askError('model-refused', 'a header that cannot be sent'))
    return exchange(dial(url, sessions), request, connectMs, options)
  }
}

function exchange(
  connection: Duplex,
  request: Buffer,
  connectMs: number,
  { signal, connected }: RequestOptions,
): Promise<ModelResponse> {
  const { promise, resolve, reject } = Promise.withResolvers<ModelResponse>()
  let response: ReturnType<typeof createResponse> | null = null
  let cause: unknown = null
  const reader = createResponseReader({
    head(head) {
      response = createResponse(head, connection)
      resolve(response.outside)
    },
    body: (bytes) => response!.data(bytes),
    end: () => response!.end(),
  })
  const close = (error: unknown) => {
    cause ??= error
    connection.destroy()
  }
  const abort = () => connection.destroy()
  const timer = setTimeout(() => close(askError('model-connect-timeout')), connectMs)
  signal.addEventListener('abort', abort, { once: true })
  connection.once('ready-to-ask', () => {
    clearTimeout(timer)
    if (signal.aborted) return
    connection.write(request)
    connected?.()
  })
  connection.on('data', (bytes: Buffer) => {
    if (reader.done) return
    try {
      reader.push(bytes)
    } catch (error) {
      close(response ? error : notHttp(error))
    }
    if (reader.done) connection.destroy()
  })
  connection.on('error', (error) => {
    cause ??= error
  })
  connection.on('end', () => {
    if (reader.closed()) connection.destroy()
  })
  connection.once('close', () => {
    clearTimeout(timer)
    signal.removeEventListener('abort', abort)
    if (response) response.broken(cause)
    else if (signal.aborted) reject(signal.reason)
    else reject(reader.begun ? notHttp(cause) : failedBefore(cause))
  })
  return promise
}

/** The response, and what only the connection tells it. */
function createResponse(head: ResponseHead, connection: Duplex) {
  let events: BodyEvents | null = null
  let early: Buffer[] = []
  /** What was told last, for who listens later. */
  let over: (() => void) | null = null
  const finish = (tell: (events: BodyEvents) => void) => {
    if (over) return
    over = () => events && tell(events)
    over()
  }
  let held = false
  const outside: ModelResponse = {
    ...head,
    read(listener) {
      // After the reader's own first steps, like everything that comes later.
      queueMicrotask(() => {
        events = listener
        const waiting = early
        early = []
        for (const bytes of waiting) listener.data(bytes)
        over?.()
        if (!over && !held) connection.resume()
      })
    },
    pause() {
      held = true
      connection.pause()
    },
    resume() {
      held = false
      connection.resume()
    },
    destroy: () => void connection.destroy(),
  }
  // Nobody listens yet: at most what came with the head is kept.
  connection.pause()
  return {
    outside,
    data(bytes: Buffer) {
      if (events) events.data(bytes)
      else early.push(bytes)
    },
    end: () => finish((listener) => listener.end()),
    broken: (cause: unknown) => finish((listener) => listener.broken(cause)),
  }
}

/** Emits `ready-to-ask` when it stands. */
function dial(url: URL, sessions: Map<string, Buffer>): Duplex {
  const secure = url.protocol === 'https:'
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const plain = connectNarrow({ host, port: Number(url.port) || (secure ? 443 : 80), noDelay: true })
  if (!secure) return plain.once('connect', () => plain.emit('ready-to-ask'))
  const session = sessions.get(url.host)
  const encrypted = connectTls({
    ...{ socket: plain, host },
    ...(isIP(host) === 0 && { servername: host }),
    ...(session && { session }),
  })
  encrypted.on('session', (latest) => sessions.set(url.host, latest))
  // What fails below is reported above, once.
  plain.on('error', (error) => encrypted.destroy(error))
  plain.on('close', () => encrypted.destroy())
  encrypted.on('close', () => plain.destroy())
  return encrypted.once('secureConnect', () => encrypted.emit('ready-to-ask'))
}

/** Null where a header holds what no header may (RFC 9110, section 5.5). */
function requestBytes(url: URL, { method, headers, body }: RequestOptions): Buffer | null {
  const all: Record<string, string> = { host: url.host, connection: 'close', ...headers }
  const bytes = body === null ? null : Buffer.from(body)
  if (bytes) {
    all['content-type'] = 'application/json'
    all['content-length'] = String(bytes.length)
  }
  const fields = Object.entries(all)
  if (fields.some(([, value]) => /[^\t\x20-\x7e\x80-\xff]/.test(value))) return null
  const head = fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  const start = Buffer.from(`${method} ${url.pathname}${url.search} HTTP/1.1\r\n${head}\r\n`, 'latin1')
  return bytes ? Buffer.concat([start, bytes]) : start
}

const notHttp = (cause: unknown): AskError =>
  cause instanceof Error && cause.name === 'AskError'
    ? (cause as AskError)
    : askError('model-bad-response', 'no HTTP response', { cause })

/** The error for a connection that failed before there was a response. */
function failedBefore(cause: unknown): AskError {
  return cause instanceof Error && cause.name === 'AskError'
    ? (cause as AskError)
    : askError('model-unreachable', '', cause === null ? {} : { cause })
}

/** The error for a response that was not whole. */
export const brokenOff = (cause: unknown) => askError('incomplete', '', { cause })

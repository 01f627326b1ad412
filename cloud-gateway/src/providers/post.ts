/** One POST to a model server, answered by a stream. */
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { askError } from '../errors.ts'

export interface PostOptions {
  headers: Record<string, string>
  body: string
  /** Until the TCP (and TLS) connection stands; the answer may take longer. */
  connectMs: number
  signal: AbortSignal
}

/**
 * Resolves with the response whatever its status; redirects are not followed. Each question has a connection of
 * its own: one that is kept could be closed by the server just when it is used, and a repeated POST is paid for
 * twice. Throws AskError, or the signal's reason.
 */
export function post(url: URL, options: PostOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, {
      method: 'POST',
      agent: false,
      signal: options.signal,
      headers: { ...options.headers, 'content-length': String(Buffer.byteLength(options.body)) },
    })
    const timer = setTimeout(() => request.destroy(askError('model-connect-timeout')), options.connectMs)
    request.once('socket', (socket) => {
      socket.setNoDelay(true)
      socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => clearTimeout(timer))
    })
    request.once('response', resolve)
    request.once('close', () => clearTimeout(timer))
    request.once('error', (error) => {
      if (options.signal.aborted) reject(options.signal.reason)
      else reject(error.name === 'AskError' ? error : askError('model-unreachable', '', { cause: error }))
    })
    request.end(options.body)
  })
}

/** The body as text, cut at `most` bytes. */
export async function readSome(response: IncomingMessage, most: number): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    size += chunk.length
    if (size >= most) break
  }
  response.destroy()
  return Buffer.concat(chunks).subarray(0, most).toString('utf8')
}

import { request } from 'node:http'
import { text } from 'node:stream/consumers'

/** No gateway answers at the socket. */
export class GatewayAway extends Error {
  override readonly name = 'GatewayAway'
  readonly socket: string
  readonly reason: string
  constructor(socket: string, reason: string, options?: ErrorOptions) {
    super(`no gateway answers at ${socket}`, options)
    this.socket = socket
    this.reason = reason
  }
}

export class GatewayRefused extends Error {
  override readonly name = 'GatewayRefused'
}

/** The running gateway, over the socket in its data folder (operator/admin-server-socket.ts). */
export interface AdminApi {
  get<T>(path: string): Promise<T>
  post<T>(path: string): Promise<T>
}

const withinMs = 10_000

export function createAdminApi(socket: string, signal: AbortSignal): AdminApi {
  async function send<T>(method: string, path: string): Promise<T> {
    const { status, body } = await exchange(method, path)
    if (status >= 300) throw new GatewayRefused(String(status))
    return JSON.parse(body)
  }

  function exchange(method: string, path: string): Promise<{ status: number; body: string }> {
    const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: string }>()
    const either = AbortSignal.any([signal, AbortSignal.timeout(withinMs)])
    const asked = request({ socketPath: socket, method, path, signal: either, agent: false })
    const failed = (cause: NodeJS.ErrnoException) =>
      reject(signal.aborted ? signal.reason : new GatewayAway(socket, cause.code ?? cause.name, { cause }))
    asked.once('error', failed)
    asked.once('response', (response) => {
      text(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), failed)
    })
    asked.end()
    return promise
  }

  return { get: (path) => send('GET', path), post: (path) => send('POST', path) }
}

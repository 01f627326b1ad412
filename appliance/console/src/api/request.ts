import type { Reason } from '../../../src/model.ts'

/** A call that did not succeed. `reason` is the box's own sentence; null when the box could not be reached at all. */
export class CallFailure extends Error {
  readonly status: number
  readonly reason: Reason | null

  constructor(status: number, reason: Reason | null, options?: ErrorOptions) {
    super(reason?.en ?? `HTTP ${status}`, options)
    this.name = 'CallFailure'
    this.status = status
    this.reason = reason
  }
}

/** Sends one JSON request to the box and returns its JSON (undefined for 204). Throws `CallFailure`. */
export async function call<T>(
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body?: unknown,
  signal?: AbortSignal,
): Promise<T> {
  const response = await send(method, path, body, signal)
  if (response.status === 204) return undefined as T
  try {
    return (await response.json()) as T
  } catch (cause) {
    throw new CallFailure(response.status, null, { cause })
  }
}

/** Sends one request and returns the response as soon as its headers are there. Throws `CallFailure` for anything but 2xx. */
export async function send(
  method: string,
  path: string,
  body?: unknown,
  signal?: AbortSignal,
): Promise<Response> {
  let response: Response
  try {
    response = await fetch(path, {
      method,
      signal: signal ?? null,
      credentials: 'same-origin',
      ...(body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    })
  } catch (cause) {
    if (signal?.aborted) throw cause
    throw new CallFailure(0, null, { cause })
  }
  if (response.ok) return response
  throw new CallFailure(response.status, reasonIn(await response.text().catch(() => '')))
}

/** The reason inside an error body, or null where there is none (a proxy's page, an empty body). */
export function reasonIn(text: string): Reason | null {
  try {
    const { error } = JSON.parse(text) as { error?: Partial<Reason> }
    return error?.code && error.zh && error.en ? { code: error.code, zh: error.zh, en: error.en } : null
  } catch {
    return null
  }
}

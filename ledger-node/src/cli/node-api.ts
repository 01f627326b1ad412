import type { ErrorAnswer } from '../protocol.ts'

/** No node answers. */
export class NodeAway extends Error {
  readonly url: string

  constructor(url: string, options?: ErrorOptions) {
    super(`no ledger node answers at ${url}`, options)
    this.name = 'NodeAway'
    this.url = url
  }
}

/** The node refused, with its code and sentence. */
export class NodeRefused extends Error {
  readonly code: string

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'NodeRefused'
    this.code = code
  }
}

/** A node answers, but wants the token, which could not be read. */
export class TokenMissing extends Error {
  readonly url: string
  readonly tokenFile: string

  constructor(url: string, tokenFile: string) {
    super(`the token ${tokenFile} of the node at ${url} cannot be read`)
    this.name = 'TokenMissing'
    this.url = url
    this.tokenFile = tokenFile
  }
}

/** The running node. Every call throws NodeAway, TokenMissing or NodeRefused. */
export interface NodeApi {
  readonly url: string
  get<T>(path: string): Promise<T>
  text(path: string): Promise<string>
  post<T>(path: string, body?: unknown): Promise<T>
  delete(path: string): Promise<void>
}

export function createNodeApi(
  address: { url: string; token: string | null; tokenFile: string },
  signal?: AbortSignal,
): NodeApi {
  const { url } = address
  async function send(method: string, path: string, body?: unknown): Promise<string> {
    const headers: Record<string, string> = { authorization: `Bearer ${address.token ?? ''}` }
    if (body !== undefined) headers['content-type'] = 'application/json'
    let response: Response
    let text: string
    try {
      const request = { method, headers, redirect: 'error' as const, signal: signal ?? null }
      const payload = body === undefined ? {} : { body: JSON.stringify(body) }
      response = await fetch(url.replace(/\/+$/, '') + path, { ...request, ...payload })
      text = await response.text()
    } catch (cause) {
      signal?.throwIfAborted()
      throw new NodeAway(url, { cause })
    }
    if (response.status === 401 && address.token === null) throw new TokenMissing(url, address.tokenFile)
    if (!response.ok) throw refusal(response.status, text)
    return text
  }
  return {
    url,
    get: async <T>(path: string) => JSON.parse(await send('GET', path)) as T,
    text: (path) => send('GET', path),
    async post<T>(path: string, body?: unknown) {
      const text = await send('POST', path, body)
      return (text === '' ? null : JSON.parse(text)) as T
    },
    async delete(path) {
      await send('DELETE', path)
    },
  }
}

function refusal(status: number, text: string): NodeRefused {
  try {
    const { error } = JSON.parse(text) as ErrorAnswer
    if (typeof error.code === 'string') return new NodeRefused(error.code, error.message)
  } catch {
    // Something else than a ledger node answered: said below.
  }
  return new NodeRefused('unknown', `HTTP ${status}: ${text.slice(0, 200).trim()}`)
}

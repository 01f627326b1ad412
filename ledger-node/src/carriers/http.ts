import { type Exchange, type PeerRequest, type PeerResponse, Unreachable } from '../peers/exchange.ts'

/** From the dial to the last byte of the answer. */
const defaultTimeoutMs = 30_000

/**
 * A peer, or anyone who speaks C2SP's protocols, at an http: or https: address. Paths are added to it as they are.
 * Redirects are not followed: a peer is asked where its card says it is.
 */
export function createHttpExchange(url: string, settings: { timeoutMs?: number } = {}): Exchange {
  const prefix = url.replace(/\/+$/, '')
  const timeoutMs = settings.timeoutMs ?? defaultTimeoutMs
  return {
    async request(request, { maxBytes, signal }) {
      const late = AbortSignal.timeout(timeoutMs)
      const either = signal ? AbortSignal.any([signal, late]) : late
      try {
        return await ask(prefix, request, maxBytes, either)
      } catch (cause) {
        if (cause instanceof Unreachable) throw cause
        throw new Unreachable(`${prefix} does not answer: ${reasonOf(cause)}`, { cause })
      }
    },
  }
}

async function ask(
  prefix: string,
  { method, path, body }: PeerRequest,
  maxBytes: number,
  signal: AbortSignal,
): Promise<PeerResponse> {
  const response = await fetch(prefix + path, {
    method,
    redirect: 'manual',
    signal,
    // The limit is one of bytes: nothing small may unfold into something large.
    headers: {
      'accept-encoding': 'identity',
      ...(method === 'POST' && { 'content-type': 'application/octet-stream' }),
    },
    ...(method === 'POST' && { body: body ? Buffer.from(body) : Buffer.alloc(0) }),
  })
  return {
    status: response.status,
    type: response.headers.get('content-type') ?? '',
    body: await readAtMost(response, maxBytes),
    ...(isImmutable(response.headers.get('cache-control')) && { immutable: true }),
  }
}

async function readAtMost(response: Response, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    length += chunk.length
    if (length > maxBytes) throw new Unreachable(`the answer has more than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, length)
}

function isImmutable(cacheControl: string | null): boolean {
  return (cacheControl ?? '').split(',').some((word) => word.trim().toLowerCase() === 'immutable')
}

/** What fetch keeps in the cause: ECONNREFUSED rather than "fetch failed". */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return 'it took too long'
  if (error.name === 'AbortError') return 'given up'
  const cause = error.cause
  if (cause instanceof Error) return (cause as NodeJS.ErrnoException).code ?? cause.message
  return error.message
}

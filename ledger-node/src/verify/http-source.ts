import { setTimeout as pause } from 'node:timers/promises'
import { type LogSource, SourceError, type SourceSettings } from './source.ts'

const defaultTimeoutMs = 30_000
/** Once and twice more, after these pauses: a web server may be asked for thousands of files. */
const pausesMs = [500, 2_000]
/** Requests under way at a time; the others wait. */
const parallel = 4

/**
 * Files below a URL. Redirects are not followed: a log is where it is said to be.
 * @throws SourceError for what is no prefix of a log
 */
export function readUrl(url: string, settings: SourceSettings): LogSource {
  const prefix = prefixOf(url)
  const free = createGate(parallel)
  return {
    parallel,
    get: (path, limit) =>
      free(async () => {
        for (const pauseMs of pausesMs) {
          const answer = await ask(prefix, path, limit, settings)
          if (answer !== 'later') return answer
          await pause(pauseMs, undefined, settings.signal ? { signal: settings.signal } : {}).catch(() => {})
        }
        const answer = await ask(prefix, path, limit, settings)
        if (answer === 'later') throw new SourceError(path, 'the server does not give it just now')
        return answer
      }),
  }
}

function prefixOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : null
  if (!parsed || parsed.search || parsed.hash || parsed.username || parsed.password)
    throw new SourceError('', 'a log has an http: or https: URL without anything behind its path')
  return parsed.href.replace(/\/+$/, '')
}

async function ask(
  prefix: string,
  path: string,
  limit: number,
  { timeoutMs = defaultTimeoutMs, signal }: SourceSettings,
): Promise<Buffer | null | 'later'> {
  const late = AbortSignal.timeout(timeoutMs)
  try {
    const response = await fetch(`${prefix}/${path}`, {
      redirect: 'manual',
      signal: signal ? AbortSignal.any([signal, late]) : late,
      headers: { 'accept-encoding': 'gzip, identity' },
    })
    if (response.status === 200) return await readAtMost(response, path, limit)
    await response.body?.cancel()
    if (response.status === 404 || response.status === 410) return null
    if (response.status === 429 || response.status >= 500) return 'later'
    throw new SourceError(path, `the server answers with status ${response.status}`)
  } catch (cause) {
    if (cause instanceof SourceError) throw cause
    if (signal?.aborted) throw new SourceError(path, 'it was stopped', { cause })
    if (late.aborted) throw new SourceError(path, `no whole answer within ${timeoutMs} ms`, { cause })
    throw new SourceError(path, `no answer (${reasonOf(cause)})`, { cause })
  }
}

/** Counts what is left after decompression: nothing small may unfold into something large. */
async function readAtMost(response: Response, path: string, limit: number): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    length += chunk.length
    if (length > limit) throw new SourceError(path, `it has more than ${limit} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, length)
}

/** What fetch keeps in the cause: ECONNREFUSED rather than "fetch failed". */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return (cause as NodeJS.ErrnoException).code ?? (cause instanceof Error ? cause.message : String(cause))
}

/** Lets so many run at a time, in the order in which they came. */
function createGate(width: number): <T>(run: () => Promise<T>) => Promise<T> {
  let running = 0
  const waiting: (() => void)[] = []
  return async (run) => {
    if (running === width) await new Promise<void>((resolve) => waiting.push(resolve))
    else running += 1
    try {
      return await run()
    } finally {
      // Whoever waits takes the place over; only an empty queue gives it back.
      const next = waiting.shift()
      if (next) next()
      else running -= 1
    }
  }
}

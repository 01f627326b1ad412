import type { Static, TSchema } from 'typebox'
import Compile, { type Validator } from 'typebox/compile'
import {
  AppendAnswer,
  type AppendRequest,
  EntriesAnswer,
  ErrorAnswer,
  HeadAnswer,
  VerifyReport,
} from './protocol.ts'

/** The node could not be reached or cannot work just now: the same request may succeed later. */
export class LedgerUnavailable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'LedgerUnavailable'
  }
}

/** The node refused the request as it is; sending it again will not help. */
export class LedgerRefused extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.name = 'LedgerRefused'
    this.code = code
  }
}

export interface LedgerClient {
  /** Indexes of the entries, in their order, once all of them are durable. At most `maxAppend`. */
  append(entries: AppendRequest['entries'], signal?: AbortSignal): Promise<number[]>
  /** The same, with the origin of the log that the indexes are of: a box may go on with another one. */
  appendIn(entries: AppendRequest['entries'], signal?: AbortSignal): Promise<AppendAnswer>
  entries(range: { from: number; limit: number }, signal?: AbortSignal): Promise<EntriesAnswer>
  head(signal?: AbortSignal): Promise<HeadAnswer>
  verify(signal?: AbortSignal): Promise<VerifyReport>
}

export interface ClientSettings {
  /** As `http://127.0.0.1:8472`. */
  url: string
  token: string
  /** For every request but `verify`, which takes as long as the log is. */
  timeoutMs?: number
}

const validators = {
  append: Compile(AppendAnswer),
  entries: Compile(EntriesAnswer),
  head: Compile(HeadAnswer),
  verify: Compile(VerifyReport),
  error: Compile(ErrorAnswer),
}

/** @throws LedgerUnavailable, LedgerRefused from every call */
export function createLedgerClient(settings: ClientSettings): LedgerClient {
  const timeoutMs = settings.timeoutMs ?? 10_000
  const within = (signal: AbortSignal | undefined) => {
    const limit = AbortSignal.timeout(timeoutMs)
    return signal ? AbortSignal.any([signal, limit]) : limit
  }
  const appendIn: LedgerClient['appendIn'] = async (entries, signal) => {
    const request = { method: 'POST', body: JSON.stringify({ entries }), signal: within(signal) }
    const answer = await call(settings, '/v1/entries', request, validators.append)
    if (answer.seqs.length !== entries.length)
      throw new LedgerUnavailable('the node answered with too few indexes')
    return answer
  }
  return {
    appendIn,
    append: async (entries, signal) => (await appendIn(entries, signal)).seqs,
    entries: ({ from, limit }, signal) =>
      call(
        settings,
        `/v1/entries?from=${from}&limit=${limit}`,
        { signal: within(signal) },
        validators.entries,
      ),
    head: (signal) => call(settings, '/v1/head', { signal: within(signal) }, validators.head),
    verify: (signal) => call(settings, '/v1/verify', { method: 'POST', signal }, validators.verify),
  }
}

async function call<T extends TSchema>(
  settings: ClientSettings,
  path: string,
  request: { method?: string; body?: string; signal: AbortSignal | undefined },
  validator: Validator<Record<never, never>, T>,
): Promise<Static<T>> {
  const { status, text } = await send(settings, path, request)
  const value = parseJson(text)
  if (status === 200 && validator.Check(value)) return value as Static<T>
  if (status !== 200 && validators.error.Check(value)) {
    const { code, message } = value.error
    if (status >= 400 && status < 500) throw new LedgerRefused(code, message)
    throw new LedgerUnavailable(message)
  }
  throw new LedgerUnavailable(`${settings.url} does not answer as a ledger node does (status ${status})`)
}

async function send(
  settings: ClientSettings,
  path: string,
  request: RequestInit,
): Promise<{ status: number; text: string }> {
  const headers: Record<string, string> = { authorization: `Bearer ${settings.token}` }
  if (request.body) headers['content-type'] = 'application/json'
  try {
    const response = await fetch(new URL(path, settings.url), { ...request, headers, redirect: 'error' })
    return { status: response.status, text: await response.text() }
  } catch (cause) {
    throw new LedgerUnavailable(`the ledger node at ${settings.url} cannot be reached`, { cause })
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

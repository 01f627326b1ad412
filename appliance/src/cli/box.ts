import { openAsBlob } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Reason } from '../model.ts'
import { parseEvents, type ServerEvent } from './server-events.ts'

/** No appliance runs on this data folder, or it does not answer. */
export class NothingRunning extends Error {
  constructor(options?: ErrorOptions) {
    super('nothing is running', options)
    this.name = 'NothingRunning'
  }
}

/** The appliance refused, with the sentence it gave. */
export class Refused extends Error {
  readonly status: number
  readonly reason: Reason

  constructor(status: number, reason: Reason) {
    super(reason.en)
    this.name = 'Refused'
    this.status = status
    this.reason = reason
  }
}

/** Where the running appliance is, and the token that lets its owner in: `cli.json` in the data folder. */
export interface BoxAddress {
  url: string
  token: string
}

/** @throws NothingRunning when no appliance has left its address there */
export async function findBox(data: string): Promise<BoxAddress> {
  try {
    const found = JSON.parse(await readFile(join(data, 'cli.json'), 'utf8')) as Partial<BoxAddress>
    if (typeof found.url === 'string' && typeof found.token === 'string')
      return { url: found.url, token: found.token }
  } catch (cause) {
    if (!(cause instanceof SyntaxError) && (cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause
  }
  throw new NothingRunning()
}

/** The API of the running appliance. Every call throws NothingRunning or Refused. */
export interface Box {
  get<T>(path: string, signal?: AbortSignal): Promise<T>
  post<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T>
  /** Sends the bytes of one file under a name, from the disk as they are needed. */
  upload<T>(path: string, file: { path: string; name: string }, signal?: AbortSignal): Promise<T>
  /** A stream of events: GET without a body, POST with one. */
  events(path: string, body?: unknown, signal?: AbortSignal): AsyncGenerator<ServerEvent>
}

export function createBox(address: BoxAddress): Box {
  async function send(path: string, init: RequestInit): Promise<Response> {
    const headers = { ...(init.headers as Record<string, string>), authorization: `Bearer ${address.token}` }
    let response: Response
    try {
      response = await fetch(new URL(path, address.url), { ...init, headers, redirect: 'error' })
    } catch (cause) {
      init.signal?.throwIfAborted()
      throw new NothingRunning({ cause })
    }
    if (!response.ok) throw await refusal(response)
    return response
  }

  const withBody = (body: unknown): RequestInit => ({
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })

  return {
    get: async <T>(path: string, signal?: AbortSignal) =>
      read<T>(await send(path, { signal: signal ?? null })),
    post: async <T>(path: string, body: unknown, signal?: AbortSignal) =>
      read<T>(await send(path, { ...withBody(body), signal: signal ?? null })),
    async upload<T>(path: string, file: { path: string; name: string }, signal?: AbortSignal) {
      const form = new FormData()
      form.append('file', await openAsBlob(file.path), file.name)
      return read<T>(await send(path, { method: 'POST', body: form, signal: signal ?? null }))
    },
    async *events(path, body, signal) {
      const init = body === undefined ? {} : withBody(body)
      const response = await send(path, { ...init, signal: signal ?? null })
      if (!response.body) return
      yield* parseEvents(response.body)
    },
  }
}

/** Answers without a body (204) read as null. */
async function read<T>(response: Response): Promise<T> {
  const text = await response.text()
  return (text === '' ? null : JSON.parse(text)) as T
}

async function refusal(response: Response): Promise<Refused> {
  const text = await response.text()
  try {
    const { error } = JSON.parse(text) as { error: Reason }
    if (typeof error.code === 'string') return new Refused(response.status, error)
  } catch {
    // Something else than the appliance answered: said below.
  }
  const detail = `HTTP ${response.status}`
  return new Refused(response.status, {
    code: 'unknown',
    zh: `服务返回 ${detail}`,
    en: `The service answered ${detail}`,
  })
}

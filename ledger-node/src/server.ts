import { createHash, timingSafeEqual } from 'node:crypto'
import fastify, { type FastifyError, type FastifyInstance } from 'fastify'
import { leafHash } from './entry.ts'
import { LogFailed } from './log/log-errors.ts'
import type { OwnLog } from './log/own-log.ts'
import {
  AppendRequest,
  type EntriesAnswer,
  EntriesQuery,
  type ErrorAnswer,
  type ErrorCode,
  type HeadAnswer,
  maxRead,
} from './protocol.ts'
import { verifyLog } from './verify.ts'

/** An append request of the full 256 entries is 40 KB. */
const bodyLimit = 128 * 1024
/** Appends that wait for the disk at the same time; beyond it callers are asked to come back. */
const maxWaiting = 65_536

const statuses: Record<ErrorCode, number> = {
  malformed: 400,
  unauthorised: 401,
  'unknown-route': 404,
  'too-large': 413,
  busy: 503,
  disk: 503,
  stopping: 503,
  internal: 500,
}

class Refusal extends Error {
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string) {
    super(message)
    this.code = code
  }
}

export interface ServerSettings {
  origin: string
  token: string
  version: string
  onError: (error: unknown) => void
}

/** The node's HTTP interface (see protocol.ts). It listens when the caller says so. */
export function createServer(log: OwnLog, settings: ServerSettings): FastifyInstance {
  const server = fastify({
    bodyLimit,
    // Nothing is coerced or quietly removed: what does not fit is refused.
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false } },
    forceCloseConnections: 'idle',
  })
  const stopping = new AbortController()
  server.addHook('preClose', async () => stopping.abort(new Refusal('stopping', 'the node is stopping')))
  server.addHook('onRequest', async (request) => {
    const open = request.routeOptions.url === '/v1/health'
    if (!open && !holdsToken(request.headers.authorization, settings.token)) {
      throw new Refusal('unauthorised', 'this needs the token of the node')
    }
  })
  server.setNotFoundHandler(async () => {
    throw new Refusal('unknown-route', 'there is nothing at this address')
  })
  server.setErrorHandler<FastifyError | Error>(async (error, _request, reply) => {
    const refusal = refusalOf(error)
    if (refusal.code === 'internal' || refusal.code === 'disk') settings.onError(error)
    const answer: ErrorAnswer = { error: { code: refusal.code, message: refusal.message } }
    return reply.code(statuses[refusal.code]).send(answer)
  })

  server.get('/v1/health', async () => ({ ok: true, version: settings.version }))

  server.post<{ Body: AppendRequest }>(
    '/v1/entries',
    { schema: { body: AppendRequest } },
    async (request) => {
      const { entries } = request.body
      if (log.waiting + entries.length > maxWaiting) throw new Refusal('busy', 'too many appends are waiting')
      return { seqs: await Promise.all(entries.map((entry) => log.append(entry))), origin: settings.origin }
    },
  )

  server.get<{ Querystring: EntriesQuery }>(
    '/v1/entries',
    { schema: { querystring: EntriesQuery } },
    async (request): Promise<EntriesAnswer> => {
      const from = Number(request.query.from ?? 0)
      const limit = Math.min(Number(request.query.limit ?? maxRead), maxRead)
      const { size } = log.head
      const entries = await log.read(from, limit)
      return {
        from,
        size,
        entries: entries.map((bytes) => ({ text: bytes.toString(), hash: leafHash(bytes) })),
      }
    },
  )

  server.get('/v1/head', async (): Promise<HeadAnswer> => {
    return { origin: settings.origin, size: log.head.size, hash: log.head.hash, bytes: log.bytes }
  })

  server.post('/v1/verify', async () => verifyLog(log.file, log.head, log.bytes, stopping.signal))

  return server
}

/** Compares hashes: of equal length always, and in a time that does not depend on where they differ. */
function holdsToken(header: string | undefined, token: string): boolean {
  const sha256 = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(sha256(header ?? ''), sha256(`Bearer ${token}`))
}

function refusalOf(error: FastifyError | Error): Refusal {
  if (error instanceof Refusal) return error
  if (error instanceof LogFailed) return new Refusal('disk', error.message)
  const status = 'statusCode' in error ? (error.statusCode ?? 500) : 500
  if (status === 413) return new Refusal('too-large', `a request has at most ${bodyLimit} bytes`)
  if (status >= 400 && status < 500) return new Refusal('malformed', error.message)
  return new Refusal('internal', 'something went wrong inside the node; its log has the details')
}

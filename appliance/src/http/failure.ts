import type { FastifyError, FastifyInstance } from 'fastify'
import { TanboxError } from '../errors.ts'

/** Translates every failure once, at the edge: `{ error: { code, zh, en } }`. Causes and stacks stay in the log. */
export function translateFailures(server: FastifyInstance): void {
  server.setNotFoundHandler(() => {
    throw new TanboxError('unknown-route')
  })

  server.setErrorHandler((error: FastifyError, request, reply) => {
    const known = asTanboxError(error)
    if (known.status >= 500) request.log.error({ err: error }, 'request failed')
    reply.status(known.status).header('cache-control', 'no-store').type('application/json')
    return reply.send({ error: known.reason })
  })
}

export function asTanboxError(error: Error & { code?: string; statusCode?: number }): TanboxError {
  if (error instanceof TanboxError) return error
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE' || error.code === 'FST_REQ_FILE_TOO_LARGE')
    return new TanboxError('too-large', '', { cause: error })
  const status = error.statusCode ?? 500
  if (status === 429) return new TanboxError('too-many', '', { cause: error })
  if (status >= 400 && status < 500) return new TanboxError('bad-request', error.message, { cause: error })
  return new TanboxError('internal', '', { cause: error })
}

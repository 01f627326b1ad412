import type { FastifyError } from 'fastify'
import { diskTrouble } from '../disk/trouble.ts'
import { StatementError } from '../forks/statement.ts'
import { LogFailed, LogHeld } from '../log/log-errors.ts'
import { NoteError } from '../note/note.ts'
import { CardError } from '../peers/card.ts'
import { RegistryError } from '../peers/registry.ts'
import type { ErrorCode } from '../protocol.ts'
import { NotProvable } from '../prove-entry.ts'

/**
 * Statuses of the codes. From 400 to 499 the same request will not succeed; from 500 on it may, later: so a held log
 * is 503 although nothing is broken, and callers that keep what they want to append go on waiting.
 */
export const statuses: Record<ErrorCode, number> = {
  malformed: 400,
  unauthorised: 401,
  'unknown-route': 404,
  'not-found': 404,
  refused: 409,
  'too-large': 413,
  busy: 503,
  held: 503,
  disk: 503,
  stopping: 503,
  internal: 500,
}

/** An error that the caller is told of. */
export class Refusal extends Error {
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string) {
    super(message)
    this.name = 'Refusal'
    this.code = code
  }
}

/** What a caller is told about an error of any kind. */
export function refusalOf(error: FastifyError | Error): Refusal {
  if (error instanceof Refusal) return error
  if (error instanceof LogHeld) return new Refusal('held', error.message)
  const trouble = diskTrouble(error)
  if (error instanceof LogFailed)
    return new Refusal('disk', trouble === null ? error.message : `${error.message}: ${trouble}`)
  if (error instanceof CardError) return new Refusal('malformed', error.message)
  if (error instanceof NotProvable) return new Refusal('not-found', error.message)
  if (error instanceof StatementError || error instanceof NoteError)
    return new Refusal('refused', error.message)
  if (error instanceof RegistryError) return new Refusal('refused', error.message)
  const status = 'statusCode' in error ? (error.statusCode ?? 500) : 500
  if (status === 413) return new Refusal('too-large', 'the request is too large')
  if (status >= 400 && status < 500) return new Refusal('malformed', error.message)
  if (trouble !== null) return new Refusal('disk', trouble)
  return new Refusal('internal', 'something went wrong inside the node; its log has the details')
}

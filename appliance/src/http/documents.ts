import type { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import type { MultipartFile } from '@fastify/multipart'
import type { FastifyError, FastifyInstance, FastifyRequest } from 'fastify'
import Type from 'typebox'
import { TanboxError } from '../errors.ts'
import type { DocumentRow, Passage, Reason, Scope, SourceState } from '../model.ts'
import type { Authenticate } from './authenticate.ts'
import { IdParams, type Typed } from './typed.ts'

/** Reading the list of documents within a scope. */
export interface DocumentList {
  list(
    scope: Scope,
    query: { state?: SourceState; text?: string; limit: number; after?: string },
  ): { items: DocumentRow[]; total: number; next: string | null }
  get(scope: Scope, id: string): DocumentRow | null
  passages(scope: Scope, id: string): Passage[]
}

/** Taking in, withdrawing and trying again. */
export interface DocumentIntake {
  /** Resolves when the bytes are durable. */
  upload(
    bytes: AsyncIterable<Uint8Array>,
    name: string,
  ): Promise<{ id: string; name: string; state: SourceState }>
  remove(scope: Scope, id: string): Promise<void>
  retry(scope: Scope, id: string): Promise<void>
  /** The owner says that a drop folder found empty was emptied on purpose: its documents go. */
  confirmEmptied(scope: Scope): Promise<{ removed: number }>
}

const states = ['queued', 'reading', 'ready', 'failed', 'offline'] as const

const ListQuery = Type.Object(
  {
    state: Type.Optional(Type.Union(states.map((state) => Type.Literal(state)))),
    q: Type.Optional(Type.String({ maxLength: 200 })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })),
    after: Type.Optional(Type.String({ maxLength: 200 })),
  },
  { additionalProperties: false },
)

type Upload = Readable & { truncated?: boolean }

const filesPerUpload = 1000

export function documentRoutes(
  server: FastifyInstance,
  house: {
    documents: DocumentList
    intake: DocumentIntake
    authenticate: Authenticate
    maxFileBytes: number
  },
): void {
  const { documents, intake, authenticate } = house
  const typed = server as Typed

  typed.get('/api/documents', { schema: { querystring: ListQuery } }, async (request) => {
    const { state, q, limit, after } = request.query
    return documents.list(authenticate.scope(request), {
      limit: limit ?? 100,
      state,
      text: q,
      after,
    })
  })

  typed.get('/api/documents/:id', { schema: { params: IdParams } }, async (request) => {
    const found = documents.get(authenticate.scope(request), request.params.id)
    if (found === null) throw new TanboxError('not-found', request.params.id)
    return found
  })

  typed.get('/api/documents/:id/passages', { schema: { params: IdParams } }, async (request) => ({
    items: documents.passages(authenticate.scope(request), request.params.id),
  }))

  typed.post('/api/documents', async (request, reply) => {
    authenticate.scope(request)
    if (!request.isMultipart())
      throw new TanboxError('bad-request', 'multipart/form-data with a field "file"')
    const items: { id?: string; name: string; state: SourceState; reason?: Reason }[] = []
    for await (const part of filesOf(request, house.maxFileBytes))
      items.push(await takeIn(intake, part.file, part.filename, house.maxFileBytes))
    if (items.length === 0) throw new TanboxError('bad-request', 'no file in the field "file"')
    return reply.status(202).send({ items })
  })

  typed.delete('/api/documents/:id', { schema: { params: IdParams } }, async (request, reply) => {
    await intake.remove(authenticate.scope(request), request.params.id)
    return reply.status(204).send()
  })

  typed.post('/api/documents/:id/retry', { schema: { params: IdParams } }, async (request, reply) => {
    await intake.retry(authenticate.scope(request), request.params.id)
    return reply.status(202).send({})
  })

  typed.post('/api/drop-folder/emptied', async (request) =>
    intake.confirmEmptied(authenticate.scope(request)),
  )
}

/** The files of a multipart body. What its parser has no status for: no boundary, or a body that ends in a part. */
async function* filesOf(request: FastifyRequest, maxBytes: number): AsyncGenerator<MultipartFile> {
  const limits = { fileSize: maxBytes, files: filesPerUpload, fields: 0, headerPairs: 100 }
  try {
    yield* request.files({ limits, throwFileSizeLimit: false, preservePath: true })
  } catch (cause) {
    if ((cause as FastifyError).statusCode !== undefined) throw cause
    throw new TanboxError('bad-request', (cause as Error).message, { cause })
  }
}

/** One file of an upload; its failure is its own and leaves the others alone. */
async function takeIn(
  intake: DocumentIntake,
  file: Upload,
  name: string,
  maxBytes: number,
): Promise<{ id?: string; name: string; state: SourceState; reason?: Reason }> {
  try {
    return await intake.upload(whole(file, maxBytes), name)
  } catch (cause) {
    file.resume()
    // Also when the stream has failed or closed long ago; its failure is the cause at hand.
    await finished(file).catch(() => {})
    if (!(cause instanceof TanboxError) || cause.status >= 500) throw cause
    return { name, state: 'failed', reason: cause.reason }
  }
}

/** The bytes of a file, unless the multipart limit cut them: a piece of a file must never be taken for the file. */
async function* whole(file: Upload, maxBytes: number): AsyncGenerator<Uint8Array> {
  try {
    yield* file
  } catch (cause) {
    throw new TanboxError('bad-request', (cause as Error).message, { cause })
  }
  if (file.truncated) throw new TanboxError('too-large', `${Math.floor(maxBytes / 1024 / 1024)} MiB`)
}

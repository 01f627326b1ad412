import { createReadStream, statSync } from 'node:fs'
import type { FastifyInstance, FastifyReply } from 'fastify'
import Type from 'typebox'
import { TanboxError } from '../errors.ts'
import type { Block, DocumentRow, Scope, TextItem, UnitKind } from '../model.ts'
import type { Authenticate } from './authenticate.ts'
import { IdParams, type Typed } from './typed.ts'

export interface UnitView {
  ordinal: number
  kind: UnitKind
  label: string
  text: string
  items?: TextItem[]
  /** The blocks that start in this unit. */
  blocks: Block[]
}

export interface OriginalReader {
  document(scope: Scope, id: string): DocumentRow | null
  units(scope: Scope, id: string): { ordinal: number; kind: UnitKind; label: string; length: number }[]
  unit(scope: Scope, id: string, ordinal: number): UnitView | null
  /** Where the bytes of the original lie on this box. */
  original(scope: Scope, id: string): { path: string; bytes: number } | null
}

const UnitParams = Type.Object({
  id: IdParams.properties.id,
  n: Type.Integer({ minimum: 0, maximum: 1_000_000 }),
})

/** The original as it was taken in, and its text unit by unit for the view that citations open. */
export function originalRoutes(
  server: FastifyInstance,
  house: { originals: OriginalReader; authenticate: Authenticate },
): void {
  const { originals, authenticate } = house
  const typed = server as Typed

  typed.get('/api/documents/:id/view', { schema: { params: IdParams } }, async (request) => {
    const scope = authenticate.scope(request)
    const document = originals.document(scope, request.params.id)
    if (document === null) throw new TanboxError('not-found', request.params.id)
    return { document, units: originals.units(scope, request.params.id) }
  })

  typed.get('/api/documents/:id/units/:n', { schema: { params: UnitParams } }, async (request) => {
    const { id, n } = request.params
    const unit = originals.unit(authenticate.scope(request), id, n)
    if (unit === null) throw new TanboxError('not-found', `${id}/${n}`)
    return unit
  })

  typed.get('/api/documents/:id/original', { schema: { params: IdParams } }, async (request, reply) => {
    const scope = authenticate.scope(request)
    const document = originals.document(scope, request.params.id)
    const original = originals.original(scope, request.params.id)
    if (document === null || original === null) throw new TanboxError('not-found', request.params.id)
    // Seen before the headers: once they promise a length, a lost or shortened file can only break off.
    if (statSync(original.path, { throwIfNoEntry: false })?.size !== original.bytes)
      throw new TanboxError('original-missing', document.name)
    reply.headers({
      // An original is somebody's file: it must never run as a page of this origin.
      'content-security-policy': "sandbox; default-src 'none'",
      'content-type': document.type === 'pdf' ? 'application/pdf' : 'application/octet-stream',
      'content-disposition': `${document.type === 'pdf' ? 'inline' : 'attachment'}; filename*=UTF-8''${encodeName(document.name)}`,
      'accept-ranges': 'bytes',
      'cache-control': 'private, no-cache',
      etag: `"${document.sha256}"`,
    })
    if (request.headers['if-none-match'] === `"${document.sha256}"`) return reply.status(304).send()
    return sendRange(reply, original, request.headers.range)
  })
}

/** RFC 8187 ext-value: everything but unreserved characters percent-encoded. */
function encodeName(name: string): string {
  return encodeURIComponent(name.toWellFormed()).replace(
    /['()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

/** RFC 9110, section 14: one byte range; anything else is answered whole. */
function sendRange(
  reply: FastifyReply,
  original: { path: string; bytes: number },
  range: string | undefined,
) {
  const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(range ?? '') ?? []
  if (from === undefined || to === undefined || (from === '' && to === ''))
    return reply.header('content-length', original.bytes).send(createReadStream(original.path))
  const start = from === '' ? Math.max(0, original.bytes - Number(to)) : Number(from)
  const end = from === '' || to === '' ? original.bytes - 1 : Math.min(Number(to), original.bytes - 1)
  if (start > end || start >= original.bytes)
    return reply.status(416).header('content-range', `bytes */${original.bytes}`).send()
  return reply
    .status(206)
    .headers({
      'content-range': `bytes ${start}-${end}/${original.bytes}`,
      'content-length': end - start + 1,
    })
    .send(createReadStream(original.path, { start, end }))
}

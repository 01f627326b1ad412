import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import { TanboxError } from '../errors.ts'
import type { Filters, Hit, Passage, Scope, Span } from '../model.ts'
import type { Authenticate } from './authenticate.ts'
import { FiltersSchema, type Typed } from './typed.ts'

export type Search = (
  scope: Scope,
  query: { text: string; filters?: Filters; limit?: number },
  signal?: AbortSignal,
) => Promise<{ hits: Hit[]; searched: string }>

const SearchBody = Type.Object(
  {
    query: Type.String({ maxLength: 100_000 }),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 50 })),
    filters: Type.Optional(FiltersSchema),
  },
  { additionalProperties: false },
)

/** Retrieval on its own: passages by meaning and by words, each with where it stands and why it was found. */
export function searchRoutes(
  server: FastifyInstance,
  house: {
    search: Search
    originalSpans: (passage: Passage, start: number, end: number) => Span[]
    authenticate: Authenticate
    maxQuestion: number
  },
): void {
  const typed = server as Typed

  typed.post('/api/search', { schema: { body: SearchBody } }, async (request) => {
    const scope = house.authenticate.scope(request)
    const { query, limit, filters } = request.body
    if (query.trim() === '') throw new TanboxError('question-empty')
    if ([...query].length > house.maxQuestion)
      throw new TanboxError('question-too-long', String(house.maxQuestion))
    const began = performance.now()
    const { hits, searched } = await house.search(scope, {
      text: query,
      limit: limit ?? 10,
      filters,
    })
    return {
      hits: hits.map((hit) => ({
        ...hit,
        spans: house.originalSpans(hit.passage, 0, hit.passage.text.length),
      })),
      searched,
      tookMs: performance.now() - began,
    }
  })
}

import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import type { Authenticate } from './authenticate.ts'
import type { Typed } from './typed.ts'

/** The box's own chain as the console shows it. */
export interface LedgerReader {
  page(query: { before?: number; limit: number }): Promise<unknown>
  verify(signal?: AbortSignal): Promise<unknown>
}

const PageQuery = Type.Object(
  {
    before: Type.Optional(Type.Integer({ minimum: 0 })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
  },
  { additionalProperties: false },
)

export function ledgerRoutes(
  server: FastifyInstance,
  house: { ledger: LedgerReader; authenticate: Authenticate },
): void {
  const typed = server as Typed

  typed.get('/api/ledger', { schema: { querystring: PageQuery } }, async (request) => {
    house.authenticate.scope(request)
    const { before, limit } = request.query
    return house.ledger.page({ limit: limit ?? 50, before })
  })

  typed.post('/api/ledger/verify', async (request) => {
    house.authenticate.scope(request)
    return house.ledger.verify()
  })
}

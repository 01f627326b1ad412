import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import type { Owner } from '../access/owner.ts'
import type { Authenticate } from './authenticate.ts'
import type { Typed } from './typed.ts'

const password = Type.String({ maxLength: 1024 })

/** Guessing is slowed down for each address; an attempt counts whether it was right or not. */
const attempts = { rateLimit: { max: 10, timeWindow: '1 minute' } }

/** Claiming the box, signing in and out, and what anyone may know before that. */
export function accountRoutes(
  server: FastifyInstance,
  house: { owner: Owner; authenticate: Authenticate; name: string; version: string; onClaimed: () => void },
): void {
  const { owner, authenticate } = house
  const typed = server as Typed

  typed.get('/api/state', async (request) => ({
    claimed: owner.claimed,
    signedIn: authenticate.principal(request) !== null,
    name: house.name,
    version: house.version,
  }))

  typed.post(
    '/api/claim',
    {
      config: attempts,
      schema: {
        body: Type.Object(
          { code: Type.String({ maxLength: 100 }), password },
          { additionalProperties: false },
        ),
      },
    },
    async (request, reply) => {
      const token = await owner.claim(request.body.code, request.body.password)
      authenticate.remember(reply, token)
      house.onClaimed()
      return reply.status(201).send({ owner: true })
    },
  )

  typed.post(
    '/api/session',
    { config: attempts, schema: { body: Type.Object({ password }, { additionalProperties: false }) } },
    async (request, reply) => {
      authenticate.remember(reply, await owner.signIn(request.body.password))
      return reply.status(201).send({})
    },
  )

  typed.delete('/api/session', async (request, reply) => {
    authenticate.forget(request, reply)
    return reply.status(204).send()
  })
}

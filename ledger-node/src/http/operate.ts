import type { FastifyInstance } from 'fastify'
import { KeyError, parseVerifierKey } from '../note/key.ts'
import { formatPolicy } from '../note/policy.ts'
import { AdminKeyRequest, SuccessionRequest, SuccessorRequest } from '../operation.ts'
import { cardText, parseCard } from '../peers/card.ts'
import { Refusal } from './errors.ts'
import type { ServedNode } from './served-node.ts'

/** How the node is operated: operation.ts. */
export async function serveOperation(
  scope: FastifyInstance,
  { node, version }: { node: ServedNode; version: string },
): Promise<void> {
  scope.get('/v1/status', async () => ({ version, ...node.status() }))
  scope.get('/v1/card', async () => cardText(node.card()))
  scope.get('/v1/forks', async () => node.forks())
  scope.get('/v1/view', async () => node.view())
  scope.get('/v1/found', async () => node.found())
  scope.get('/v1/policy', async (_request, reply) =>
    reply.type('text/plain; charset=utf-8').send(formatPolicy(node.policy())),
  )
  scope.post('/v1/sync', async (_request, reply) => {
    await node.sync()
    return reply.code(204).send()
  })

  scope.get('/v1/peers', async () => node.peers())
  scope.post('/v1/peers', async (request) => node.addPeer(parseCard(JSON.stringify(request.body ?? null))))
  scope.delete<{ Params: { id: string } }>('/v1/peers/:id', async (request, reply) => {
    await node.removePeer(peerId(request.params.id))
    return reply.code(204).send()
  })
  scope.post<{ Params: { id: string } }>('/v1/peers/:id/pause', async (request, reply) => {
    await node.pausePeer(peerId(request.params.id))
    return reply.code(204).send()
  })
  scope.post<{ Params: { id: string } }>('/v1/peers/:id/resume', async (request, reply) => {
    await node.resumePeer(peerId(request.params.id))
    return reply.code(204).send()
  })

  scope.post<{ Body: AdminKeyRequest }>(
    '/v1/admin-key',
    { schema: { body: AdminKeyRequest } },
    async ({ body }, reply) => {
      await node.setAdmin(body.key === null ? null : verifierKey(body.key))
      return reply.code(204).send()
    },
  )
  scope.post<{ Body: SuccessionRequest }>(
    '/v1/succession',
    { schema: { body: SuccessionRequest } },
    async ({ body }) => node.succession(body.reason),
  )
  scope.post<{ Body: SuccessorRequest }>(
    '/v1/successor',
    { schema: { body: SuccessorRequest } },
    async ({ body }) => node.beginSuccessor(body.statement),
  )
}

function peerId(text: string): string {
  if (/^[0-9a-f]{64}$/.test(text)) return text
  throw new Refusal('malformed', 'a peer is named by 64 hex digits')
}

function verifierKey(text: string) {
  try {
    return parseVerifierKey(text)
  } catch (cause) {
    if (!(cause instanceof KeyError)) throw cause
    throw new Refusal('malformed', cause.message)
  }
}

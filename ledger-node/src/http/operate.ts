import type { FastifyInstance, FastifyReply } from 'fastify'
import { cardFingerprint } from '../discovery/fingerprint.ts'
import type { PeerStatus } from '../node-state.ts'
import { formatVerifierKey, KeyError, parseVerifierKey } from '../note/key.ts'
import { formatPolicy } from '../note/policy.ts'
import {
  AdminKeyRequest,
  type FoundBox,
  KeyRequest,
  type NodeReport,
  OriginQuery,
  type PeerReport,
  type SuccessionAnswer,
  SuccessionRequest,
  type SuccessorAnswer,
  SuccessorRequest,
} from '../operation.ts'
import { cardText, formatCard, parseCard } from '../peers/card.ts'
import { originHash } from '../peers/origin-hash.ts'
import { type ReadableLog, viewLogs } from '../views/view-of-logs.ts'
import { Refusal } from './errors.ts'
import type { ServedNode } from './served-node.ts'

/** How the node is operated: operation.ts. */
export async function serveOperation(
  scope: FastifyInstance,
  { node, version }: { node: ServedNode; version: string },
): Promise<void> {
  const report = (peer: PeerStatus): PeerReport => {
    return {
      ...peer,
      connected: node.connected().includes(peer.id),
      fingerprint: cardFingerprint(node.peers.find(peer.id)!),
    }
  }
  const done = (reply: FastifyReply) => reply.code(204).send()

  scope.get('/v1/status', async () => reportOf(node, version))
  scope.get('/v1/card', async () => cardText(node.card(node.about.name, node.about.urls)))
  scope.get('/v1/forks', async () => node.status().forks)
  scope.get('/v1/view', async () => viewLogs(logsOf(node)))
  scope.get('/v1/found', async () =>
    node.found().map((each): FoundBox => {
      const id = originHash(each.log.name)
      const known = node.peers.list().some((peer) => peer.id === id)
      return { name: each.name, fingerprint: cardFingerprint(each), card: formatCard(each), known }
    }),
  )
  scope.get('/v1/policy', async (_request, reply) =>
    reply.type('text/plain; charset=utf-8').send(formatPolicy(node.policy)),
  )
  scope.post('/v1/sync', async (_request, reply) => {
    await node.syncNow()
    return done(reply)
  })

  scope.get('/v1/peers', async () => node.peers.list().map(report))
  scope.post('/v1/peers', async ({ body }) =>
    report(await node.peers.add(parseCard(JSON.stringify(body ?? null)))),
  )
  scope.delete<{ Params: { id: string } }>('/v1/peers/:id', async ({ params }, reply) => {
    await node.peers.remove(peerId(params.id))
    return done(reply)
  })
  scope.post<{ Params: { id: string } }>('/v1/peers/:id/pause', async ({ params }, reply) => {
    await node.peers.pause(peerId(params.id))
    return done(reply)
  })
  scope.post<{ Params: { id: string } }>('/v1/peers/:id/resume', async ({ params }, reply) => {
    await node.peers.resume(peerId(params.id))
    return done(reply)
  })

  scope.post<{ Body: KeyRequest }>('/v1/logs', { schema: { body: KeyRequest } }, async ({ body }, reply) => {
    await node.peers.addLog(verifierKey(body.key))
    return done(reply)
  })
  scope.delete<{ Querystring: OriginQuery }>(
    '/v1/logs',
    { schema: { querystring: OriginQuery } },
    async ({ query }, reply) => {
      await node.peers.removeLog(query.origin)
      return done(reply)
    },
  )

  scope.post<{ Body: AdminKeyRequest }>(
    '/v1/admin-key',
    { schema: { body: AdminKeyRequest } },
    async ({ body }, reply) => {
      await node.peers.setAdmin(body.key === null ? null : verifierKey(body.key))
      return done(reply)
    },
  )
  scope.post<{ Body: SuccessionRequest }>(
    '/v1/succession',
    { schema: { body: SuccessionRequest } },
    async ({ body }): Promise<SuccessionAnswer> => {
      const from = node.log.origin
      const { origin, key, statement, needed, admins } = await node.prepareSuccessor(
        body.reason,
        body.generation,
      )
      const keys = { key: formatVerifierKey(key), admins: admins.map(formatVerifierKey) }
      return { from, origin, ...keys, statement, needed }
    },
  )
  scope.post<{ Body: SuccessorRequest }>(
    '/v1/successor',
    { schema: { body: SuccessorRequest } },
    async ({ body }): Promise<SuccessorAnswer> => {
      const { origin, key } = await node.successor(body)
      return { origin, key: formatVerifierKey(key) }
    },
  )
}

function reportOf(node: ServedNode, version: string): NodeReport {
  const { box, about } = node
  const { log, cosigner, admin } = node.card(about.name, about.urls)
  return {
    ...node.status(),
    version,
    name: about.name,
    earlier: box.logs.slice(0, -1).map(({ origin }) => origin),
    restored: box.restored,
    connected: [...node.connected()],
    keys: {
      log: formatVerifierKey(log),
      cosigner: formatVerifierKey(cosigner),
      admin: admin && formatVerifierKey(admin),
    },
  }
}

/** All logs whose entries are held here. */
function logsOf(node: ServedNode): ReadableLog[] {
  const own = node.box.logs.map((log): ReadableLog => {
    return { origin: log.origin, size: log.head.size, read: (from, limit) => log.read(from, limit) }
  })
  const copies = node.followed().flatMap(({ key, mirror }): ReadableLog[] => {
    if (!mirror?.verified) return []
    const { size } = mirror.verified
    return [{ origin: key.name, size, read: (from, limit) => mirror.tree.read(from, limit) }]
  })
  return [...own, ...copies]
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

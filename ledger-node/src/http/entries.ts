import type { FastifyInstance } from 'fastify'
import { leafHash } from '../entry.ts'
import type { OwnLog } from '../log/own-log.ts'
import type { LedgerNode } from '../node.ts'
import {
  AppendRequest,
  type EntriesAnswer,
  EntriesQuery,
  EntryQuery,
  type HeadAnswer,
  maxRead,
  type StateAnswer,
} from '../protocol.ts'
import { verifyLog } from '../verify.ts'
import { Refusal } from './errors.ts'

/** What the box itself does with its log: protocol.ts. */
export interface EntriesSettings {
  node: LedgerNode
  stopping: AbortSignal
}

/** Appends that wait for the disk at the same time; beyond it callers are asked to come back. */
const maxWaiting = 65_536

export async function serveEntries(
  scope: FastifyInstance,
  { node, stopping }: EntriesSettings,
): Promise<void> {
  const current = () => node.log

  scope.post<{ Body: AppendRequest }>('/v1/entries', { schema: { body: AppendRequest } }, async (request) => {
    const { entries } = request.body
    const log = current()
    if (log.waiting + entries.length > maxWaiting) throw new Refusal('busy', 'too many appends are waiting')
    return { seqs: await Promise.all(entries.map((entry) => log.append(entry))), origin: log.origin }
  })

  scope.get<{ Querystring: EntriesQuery }>(
    '/v1/entries',
    { schema: { querystring: EntriesQuery } },
    async (request): Promise<EntriesAnswer> => {
      const log = current()
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

  scope.get('/v1/head', async (): Promise<HeadAnswer> => {
    const { origin, head, bytes, published, final, standing } = current()
    const newest = published?.size ?? 0
    const { k, n } = newest > 0 ? node.stateOf(newest - 1) : { k: 0, n: node.status().witnesses.n }
    return {
      origin,
      size: head.size,
      hash: head.hash,
      bytes,
      published: newest,
      final: final?.size ?? 0,
      witnessed: { k, n },
      held: standing.state === 'open' ? null : standing.because,
      forks: node.forks().map((fork) => fork.origin),
    }
  })

  const query = { schema: { querystring: EntryQuery } }
  scope.get<{ Querystring: EntryQuery }>('/v1/state', query, async (request): Promise<StateAnswer> => {
    const seq = await findEntry(current(), request.query)
    const { state, k, n, explanation } = node.stateOf(seq)
    return { seq, state, k, n, note: explanation }
  })

  scope.get<{ Querystring: EntryQuery }>('/v1/proof', query, async (request, reply) => {
    const proof = await node.prove(await findEntry(current(), request.query))
    return reply.type('text/plain; charset=utf-8').send(proof)
  })

  scope.post('/v1/verify', async () => {
    const { file, head, bytes } = current()
    return verifyLog(file, head, bytes, stopping)
  })
}

async function findEntry(log: OwnLog, { seq, commitment }: EntryQuery): Promise<number> {
  if ((seq === undefined) === (commitment === undefined))
    throw new Refusal('malformed', 'either seq or commitment says which entry')
  const found = commitment === undefined ? Number(seq) : await log.find(commitment)
  if (found === null || found >= log.head.size) throw new Refusal('not-found', 'there is no such entry')
  return found
}

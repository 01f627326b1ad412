import type { FastifyInstance } from 'fastify'
import { leafHash } from '../entry.ts'
import type { OwnLog } from '../log/own-log.ts'
import { formatProof } from '../note/tlog-proof.ts'
import {
  AppendRequest,
  type EntriesAnswer,
  EntriesQuery,
  EntryQuery,
  type HeadAnswer,
  maxRead,
} from '../protocol.ts'
import { proveInclusion } from '../tree/prove.ts'
import { verifyLog } from '../verify.ts'
import { Refusal } from './errors.ts'
import type { ServedNode } from './served-node.ts'

/** What the box itself does with its log: protocol.ts. */
export interface EntriesSettings {
  node: ServedNode
  stopping: AbortSignal
}

/** Appends that wait for the disk at the same time; beyond it callers are asked to come back. */
const maxWaiting = 65_536

export async function serveEntries(
  scope: FastifyInstance,
  { node, stopping }: EntriesSettings,
): Promise<void> {
  const current = () => node.logs.current

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
    const { origin, head, bytes, published, final } = current()
    return {
      origin,
      size: head.size,
      hash: head.hash,
      bytes,
      published: published?.size ?? 0,
      final: final?.size ?? 0,
      witnessed: node.witnessed(),
    }
  })

  const query = { schema: { querystring: EntryQuery } }
  scope.get<{ Querystring: EntryQuery }>('/v1/state', query, async (request) =>
    node.stateOf(await findEntry(current(), request.query)),
  )

  scope.get<{ Querystring: EntryQuery }>('/v1/proof', query, async (request, reply) => {
    const log = current()
    const proof = await proveEntry(log, await findEntry(log, request.query))
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

/**
 * A receipt: a final checkpoint is preferred to a newer one with fewer cosignatures.
 * @throws Refusal 'not-found' before the first checkpoint that covers the entry
 */
export async function proveEntry(log: OwnLog, seq: number): Promise<string> {
  const checkpoint = [log.final, log.published].find((it) => it && it.size > seq)
  if (!checkpoint)
    throw new Refusal('not-found', 'no checkpoint covers this entry yet; ask again in a moment')
  const proof = await proveInclusion(log.tree.hashes, seq, checkpoint.size)
  return formatProof({ index: BigInt(seq), proof, checkpoint: checkpoint.note })
}

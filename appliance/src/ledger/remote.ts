import type { Head } from '@tanbox/ledger-node/chain'
import { type LedgerClient, LedgerRefused, LedgerUnavailable } from '@tanbox/ledger-node/client'
import { decodeEntry } from '@tanbox/ledger-node/entry'
import { type HeadAnswer, maxAppend, maxRead } from '@tanbox/ledger-node/protocol'
import { TanboxError } from '../errors.ts'
import type { Ledger, LedgerItem, LedgerStanding } from './ledger.ts'

/** The ledger of a node reached over HTTP. */
export function createRemoteLedger(client: LedgerClient): Ledger {
  return {
    async append(entries, signal) {
      const indexes: number[] = []
      let origin = ''
      for (let from = 0; from < entries.length; from += maxAppend) {
        const batch = entries
          .slice(from, from + maxAppend)
          .map(({ type, commitment }) => ({ type, commitment }))
        const answer = await translated(client.appendIn(batch, signal))
        // Another log has begun in between: what was numbered in the old one is sent again, as the caller was not told.
        if (indexes.length > 0 && answer.origin !== origin) throw new TanboxError('ledger-unreachable')
        origin = answer.origin
        indexes.push(...answer.seqs)
      }
      return { origin, indexes }
    },

    head: async (signal) => headOf(await translated(client.head(signal))),

    async entries(from, limit, signal) {
      const range = { from, limit: Math.min(limit, maxRead) }
      const { entries } = await translated(client.entries(range, signal))
      return entries.map(({ text }) => Buffer.from(text))
    },

    async page({ before, limit }, signal) {
      const { hash, ...head } = headOf(await translated(client.head(signal)))
      const end = Math.min(before ?? head.size, head.size)
      const from = Math.max(0, end - Math.min(limit, maxRead))
      const read =
        end > from ? await translated(client.entries({ from, limit: end - from }, signal)) : { entries: [] }
      return { ...head, head: hash, items: read.entries.map(itemOf).reverse() }
    },

    verify: (signal) => translated(client.verify(signal)),
  }
}

/** A box that was given no ledger node. */
export function createNoLedger(): Ledger {
  const refuse = async () => {
    throw new TanboxError('ledger-off')
  }
  return { append: refuse, head: refuse, entries: refuse, page: refuse, verify: refuse }
}

/** A node of an earlier version has no witnesses. */
function headOf(answer: HeadAnswer): Head & LedgerStanding & { origin: string } {
  const { origin, size, hash, published = 0, final = 0, witnessed = { k: 0, n: 0 } } = answer
  return {
    origin,
    size,
    hash,
    published,
    final,
    witnessed,
    held: answer.held ?? null,
    forks: answer.forks ?? [],
  }
}

function itemOf({ text, hash }: { text: string; hash: string }): LedgerItem {
  const { seq, type, time, commitment } = decodeEntry(Buffer.from(text))
  return { seq, type, time, commitment, hash }
}

async function translated<T>(call: Promise<T>): Promise<T> {
  try {
    return await call
  } catch (cause) {
    if (cause instanceof LedgerUnavailable) throw new TanboxError('ledger-unreachable', '', { cause })
    if (cause instanceof LedgerRefused) throw new TanboxError('ledger-refused', cause.message, { cause })
    throw cause
  }
}

import { type LedgerClient, LedgerRefused, LedgerUnavailable } from '@tanbox/ledger-node/client'
import { decodeEntry } from '@tanbox/ledger-node/entry'
import { maxAppend, maxRead } from '@tanbox/ledger-node/protocol'
import { TanboxError } from '../errors.ts'
import type { Ledger, LedgerItem } from './ledger.ts'

/** The ledger of a node reached over HTTP. */
export function createRemoteLedger(client: LedgerClient): Ledger {
  return {
    async append(entries, signal) {
      const indexes: number[] = []
      for (let from = 0; from < entries.length; from += maxAppend) {
        const batch = entries
          .slice(from, from + maxAppend)
          .map(({ type, commitment }) => ({ type, commitment }))
        indexes.push(...(await translated(client.append(batch, signal))))
      }
      return indexes
    },

    head: (signal) => translated(client.head(signal)),

    async entries(from, limit, signal) {
      const range = { from, limit: Math.min(limit, maxRead) }
      const { entries } = await translated(client.entries(range, signal))
      return entries.map(({ text }) => Buffer.from(text))
    },

    async page({ before, limit }, signal) {
      const { origin, size, hash } = await translated(client.head(signal))
      const end = Math.min(before ?? size, size)
      const from = Math.max(0, end - Math.min(limit, maxRead))
      const read =
        end > from ? await translated(client.entries({ from, limit: end - from }, signal)) : { entries: [] }
      return { origin, size, head: hash, items: read.entries.map(itemOf).reverse() }
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

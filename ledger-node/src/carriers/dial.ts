import { type Exchange, type PeerResponse, Unreachable } from '../peers/exchange.ts'
import { createHttpExchange } from './http.ts'
import type { LinkPeer } from './links.ts'

/**
 * The way to a peer: its open socket where there is one, else plain HTTP at its addresses, in their order. One that
 * did not answer is asked last for a while.
 * @param find the open socket of a peer, if any
 */
export function createDial(
  find: (id: string) => Exchange | null,
  settings: { timeoutMs?: number } = {},
): (peer: LinkPeer) => Exchange {
  const failedAt = new Map<string, number>()
  return (peer) => ({
    async request(request, limits): Promise<PeerResponse> {
      const socket = find(peer.id)
      if (socket) return socket.request(request, limits)
      let failure = new Unreachable('this peer is not connected and has no address')
      for (const url of peer.urls.toSorted((a, b) => (failedAt.get(a) ?? 0) - (failedAt.get(b) ?? 0))) {
        try {
          const response = await createHttpExchange(plainUrl(url), settings).request(request, limits)
          failedAt.delete(url)
          return response
        } catch (error) {
          if (!(error instanceof Unreachable)) throw error
          if (limits.signal?.aborted) throw error
          failure = error
          if (failedAt.size < mostRemembered) failedAt.set(url, Date.now())
        }
      }
      throw failure
    },
  })
}

/** More addresses than all cards together have. */
const mostRemembered = 1024

function plainUrl(url: string): string {
  return url.replace(/^ws/, 'http')
}

import type { LinkPeer } from './links.ts'
import type { SocketTiming } from './timing.ts'

export interface RedialSettings {
  timing: SocketTiming
  /** 0 up to 1. */
  random: () => number
  /** Peers with an address and without a connection. */
  wanted: () => readonly LinkPeer[]
  /** Resolves to the milliseconds that the connection held, when it has ended. */
  dial: (peer: LinkPeer, url: string) => Promise<number>
}

interface Attempts {
  failures: number
  dialling: boolean
  /** Milliseconds since the epoch. */
  notBefore: number
  next: number
}

/** Dials whom nobody else connected, address after address, with growing pauses. */
export function createRedial(settings: RedialSettings): { review(now: number): void; stop(): void } {
  const { timing, random, wanted, dial } = settings
  const attempts = new Map<string, Attempts>()
  let stopped = false

  async function attempt(peer: LinkPeer, state: Attempts): Promise<void> {
    const url = socketUrl(peer.urls[state.next % peer.urls.length]!)
    state.dialling = true
    state.next += 1
    const heldMs = await dial(peer, url).catch(() => 0)
    state.failures = heldMs >= timing.steadyMs ? 0 : state.failures + 1
    state.notBefore = Date.now() + redialDelay(state.failures, timing.redialMs, random())
    state.dialling = false
  }

  return {
    review(now) {
      if (stopped) return
      const peers = wanted()
      for (const peer of peers) {
        const state = attempts.get(peer.id) ?? { failures: 0, dialling: false, notBefore: 0, next: 0 }
        attempts.set(peer.id, state)
        if (!state.dialling && state.notBefore <= now) void attempt(peer, state)
      }
      // Peers that were taken away; connected ones begin anew.
      const ids = new Set(peers.map(({ id }) => id))
      for (const [id, { dialling }] of attempts) if (!dialling && !ids.has(id)) attempts.delete(id)
    },
    stop() {
      stopped = true
    },
  }
}

/** Half to all of a time that doubles from the first to the longest. */
export function redialDelay(
  failures: number,
  [first, longest]: readonly [number, number],
  random: number,
): number {
  return Math.min(longest, first * 2 ** Math.min(Math.max(0, failures - 1), 20)) * (0.5 + random / 2)
}

/** Where the socket of a box at this address is: http://host:port/x is ws://host:port/x/peer. */
export function socketUrl(url: string): string {
  return `${url.replace(/^http/, 'ws').replace(/\/+$/, '')}/peer`
}

import type { Clock } from '../clock.ts'
import type { VerifierKey } from '../note/key.ts'
import { type Exchange, type PeerRequest, type PeerResponse, Unreachable } from './exchange.ts'
import type { Peer } from './registry.ts'

/** What is known of the way to a peer. */
export interface Reach {
  /** Null before the first try. */
  reachable: boolean | null
  /** When it answered last, in milliseconds since the epoch. */
  answeredAt: number | null
  /** Why it could not be reached. */
  because: string | null
}

export interface LinkSettings {
  clock: Clock
  /** An answer that takes longer does not count. */
  requestMs: number
  /** Ends everything that is under way. */
  signal: AbortSignal
}

/** The way to one peer, with a limit in time, and what became of the last try. */
export class Link implements Exchange {
  readonly #exchange: Exchange
  readonly #settings: LinkSettings
  reach: Reach = { reachable: null, answeredAt: null, because: null }

  constructor(exchange: Exchange, settings: LinkSettings) {
    this.#exchange = exchange
    this.#settings = settings
  }

  async request(
    request: PeerRequest,
    limits: { maxBytes: number; signal?: AbortSignal },
  ): Promise<PeerResponse> {
    try {
      const response = await this.#timed(request, limits)
      if (response.body.length > limits.maxBytes) throw new Unreachable('the answer is too long')
      this.reach = { reachable: true, answeredAt: this.#settings.clock.now(), because: null }
      return response
    } catch (error) {
      const because = error instanceof Error ? error.message : String(error)
      const ours = this.#settings.signal.aborted || limits.signal?.aborted
      if (!ours) this.reach = { ...this.reach, reachable: false, because: because.slice(0, 300) }
      throw error instanceof Unreachable ? error : new Unreachable(because, { cause: error })
    }
  }

  /** The request, ended by whatever comes first; an exchange that does not listen to its signal is left alone. */
  #timed(request: PeerRequest, limits: { maxBytes: number; signal?: AbortSignal }): Promise<PeerResponse> {
    const { clock, requestMs, signal } = this.#settings
    const ended = new AbortController()
    return new Promise((resolve, reject) => {
      const give = (reason: string) => {
        ended.abort()
        done()
        reject(new Unreachable(reason))
      }
      const stop = () => give('given up')
      const late = clock.after(requestMs, () => give(`no answer within ${requestMs} ms`))
      const signals = [signal, ...(limits.signal ? [limits.signal] : [])]
      const done = () => {
        late()
        for (const it of signals) it.removeEventListener('abort', stop)
      }
      if (signals.some(({ aborted }) => aborted)) return stop()
      for (const it of signals) it.addEventListener('abort', stop)
      this.#exchange.request(request, { maxBytes: limits.maxBytes, signal: ended.signal }).then(
        (response) => {
          done()
          resolve(response)
        },
        (error: unknown) => {
          done()
          reject(error)
        },
      )
    })
  }
}

/** The ways to all peers, each dialled once for as long as its card is the same. */
export class Links {
  readonly #dial: (peer: Peer) => Exchange
  readonly #settings: LinkSettings
  readonly #links = new Map<string, { urls: string; link: Link }>()

  constructor(dial: (peer: Peer) => Exchange, settings: LinkSettings) {
    this.#dial = dial
    this.#settings = settings
  }

  to(peer: Peer): Link {
    const urls = peer.urls.join('\n')
    const known = this.#links.get(peer.id)
    if (known?.urls === urls) return known.link
    const link = new Link(this.#dial(peer), this.#settings)
    this.#links.set(peer.id, { urls, link })
    return link
  }

  /** The way to a witness that is no peer, at the address that a policy gives. */
  readonly toStranger = (name: string, key: VerifierKey, url: string): Link =>
    this.to({
      id: `witness ${name}`,
      name,
      log: key,
      cosigner: key,
      admin: null,
      urls: [url],
      paused: false,
      earlier: [],
    })

  /** Forgets peers that are not among these. */
  keep(peers: readonly Peer[]): void {
    const ids = new Set(peers.map(({ id }) => id))
    for (const id of this.#links.keys())
      if (!ids.has(id) && !id.startsWith('witness ')) this.#links.delete(id)
  }
}

import { maxForkProofBytes } from '../forks/fork-proof.ts'
import type { Background } from './background.ts'
import type { Exchange } from './exchange.ts'
import type { Peer } from './registry.ts'

/** A fork proof, or what endorses a new log. */
export type Kind = 'fork' | 'statement'

export interface ErrandsParts {
  /** Whom to ask: peers that are not paused. */
  peers: () => readonly Peer[]
  link: (peer: Peer) => Exchange
  /** Takes what was fetched; false when it is not what it should be. */
  take: (kind: Kind, id: string, bytes: Uint8Array) => Promise<boolean>
  background: Background
}

/** Things named in one message that are fetched because of it, and in all at a time. */
const maxNamed = 16
const maxUnderWay = 64
/** Names that led to nothing and are left alone until the next round. */
const maxFruitless = 256

/** Fetches the files that others name by the hash of an origin. */
export class Errands {
  readonly #parts: ErrandsParts
  readonly #underWay = new Set<string>()
  readonly #fruitless = new Set<string>()

  constructor(parts: ErrandsParts) {
    this.#parts = parts
  }

  /** Names that led to nothing may be tried again. */
  forget(): void {
    this.#fruitless.clear()
  }

  /**
   * Fetches in the background what somebody named.
   * @param from the peer that did, which is asked first; null when that is not known
   */
  begin(kind: Kind, ids: readonly string[], from: string | null): void {
    const nameOf = (id: string) => `${kind}/${id}`
    const isNew = (id: string) => !this.#underWay.has(nameOf(id)) && !this.#fruitless.has(nameOf(id))
    const wanted = ids
      .slice(0, maxNamed)
      .filter(isNew)
      .slice(0, maxUnderWay - this.#underWay.size)
    if (wanted.length === 0) return
    for (const id of wanted) this.#underWay.add(nameOf(id))
    this.#parts.background.run(`Fetching what was named as ${kind}`, async () => {
      try {
        const left = await this.#takeFromAll(kind, wanted, from)
        for (const id of left) if (this.#fruitless.size < maxFruitless) this.#fruitless.add(nameOf(id))
      } finally {
        for (const id of wanted) this.#underWay.delete(nameOf(id))
      }
    })
  }

  /** @returns what nobody had in a form that could be taken */
  async #takeFromAll(kind: Kind, wanted: readonly string[], from: string | null): Promise<string[]> {
    let left = [...wanted]
    for (const peer of this.#parts
      .peers()
      .toSorted((a, b) => Number(b.id === from) - Number(a.id === from))) {
      if (left.length === 0) break
      // All of them before the first is taken: whoever is known by another log from then on has to connect again.
      const files = await Promise.all(
        left.map(async (id) => [id, await this.#fetch(peer, kind, id)] as const),
      )
      const taken = await this.#takeEach(
        kind,
        files.flatMap(([id, bytes]) => (bytes ? [[id, bytes]] : [])),
      )
      left = left.filter((id) => !taken.has(id))
    }
    return left
  }

  /** What is not taken may be once another is: the log after the next one. */
  async #takeEach(kind: Kind, files: readonly (readonly [string, Uint8Array])[]): Promise<Set<string>> {
    const taken = new Set<string>()
    for (let before = -1; taken.size > before; ) {
      before = taken.size
      for (const [id, bytes] of files) {
        if (taken.has(id)) continue
        if (await this.#parts.take(kind, id, bytes).catch(() => false)) taken.add(id)
      }
    }
    return taken
  }

  /** Null where it cannot be had: the next peer may have it, and the timer comes back to it. */
  async #fetch(peer: Peer, kind: Kind, id: string): Promise<Uint8Array | null> {
    const request = { method: 'GET', path: `/${kind}/${id}` } as const
    const answer = this.#parts.link(peer).request(request, { maxBytes: maxForkProofBytes })
    return answer.then(
      ({ status, body }) => (status === 200 ? body : null),
      () => null,
    )
  }
}

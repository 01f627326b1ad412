import { answer } from './answer.ts'
import { Errands, type ErrandsParts, type Kind } from './errands.ts'
import type { PeerResponse } from './exchange.ts'
import { formatMessage, type Message, maxMessageBytes, parseMessage } from './gossip-message.ts'
import type { Rate } from './rate.ts'
import type { Peer } from './registry.ts'

export interface GossipParts extends ErrandsParts {
  /** All that this box knows. */
  message: () => Message
  /** False for a note whose signature is wrong. */
  observe: (note: string, by: string | null) => Promise<boolean>
  /** Whether one more note of a sender is looked at now. */
  hears: (sender: string) => boolean
  /** Whether a fork proof or a statement that somebody names is one to fetch: of a known log, and new. */
  wants: (kind: Kind, id: string) => boolean
}

/** Notes that are looked at, each some 0.25 ms of work: a message holds up to 2,048. */
export const noteRates: Record<'peer' | 'stranger', Rate> = {
  peer: { burst: 4096, perSecond: 512 },
  stranger: { burst: 512, perSecond: 64 },
}

const nothing: Message = { notes: [], forks: [], statements: [] }
/** Wrong signatures in one message after which the rest of it is left alone. */
const maxWrong = 4

/**
 * What peers tell each other: our newest checkpoint when it is published, and now and then everything. Whoever is told
 * answers with all that it knows, so that a box which cannot be dialled learns by telling.
 */
export class Gossip {
  readonly #parts: GossipParts
  /** What a peer is being told, and what it is to be told after that. */
  readonly #telling = new Map<string, Message | null>()
  readonly #errands: Errands

  constructor(parts: GossipParts) {
    this.#parts = parts
    this.#errands = new Errands(parts)
  }

  /** Tells every peer; what is to be told while a peer is being told waits, the newest in the place of older. */
  tell(message: Partial<Message>): void {
    for (const peer of this.#parts.peers()) this.#tellOne(peer, { ...nothing, ...message })
  }

  /** Names that led to nothing may be tried again. */
  forget(): void {
    this.#errands.forget()
  }

  /** Tells a peer everything and takes in what it knows. @throws Unreachable, Error for an answer that is none */
  async ask(peer: Peer, message: Message = this.#parts.message()): Promise<void> {
    const body = formatMessage(message)
    const request = { method: 'POST', path: '/gossip', body } as const
    const response = await this.#parts.link(peer).request(request, { maxBytes: maxMessageBytes })
    const answered = response.status === 200 ? parseMessage(response.body) : null
    if (!answered) throw new Error(`${peer.name} answered gossip with ${response.status} and no message`)
    await this.#takeIn(answered, peer.id, peer.id)
  }

  /**
   * @param from the peer that sends it; null when that is not known
   * @param sender what tells it apart all the same
   */
  async handle(body: Uint8Array, from: string | null, sender: string): Promise<PeerResponse> {
    const message = parseMessage(body)
    if (!message) return answer(400, 'no gossip message\n')
    const known = this.#parts.message()
    await this.#takeIn(message, from, sender)
    return { status: 200, type: 'application/json', body: formatMessage(known) }
  }

  #tellOne(peer: Peer, message: Message): void {
    const later = this.#telling.get(peer.id)
    if (later !== undefined) {
      this.#telling.set(peer.id, later ? merge(later, message) : message)
      return
    }
    this.#telling.set(peer.id, null)
    this.#parts.background.run(`Telling ${peer.name}`, async () => {
      // Whoever cannot be reached is asked again by the timer; its state says that it could not be.
      await this.ask(peer, message).catch(() => {})
      const next = this.#telling.get(peer.id)
      this.#telling.delete(peer.id)
      if (next) this.#tellOne(peer, next)
    })
  }

  async #takeIn(message: Message, from: string | null, sender: string): Promise<void> {
    let wrong = 0
    for (const note of new Set(message.notes)) {
      // Genuine notes of the past are no smaller work than wrong ones, and anybody has as many as he likes.
      if (!this.#parts.hears(sender)) return
      if (!(await this.#parts.observe(note, from))) wrong += 1
      // Verifying is what costs; who sends such notes is not heard to the end.
      if (wrong >= maxWrong) return
    }
    const { wants } = this.#parts
    const wanted = (kind: Kind, ids: readonly string[]) => ids.filter((it) => wants(kind, it))
    this.#errands.begin('fork', wanted('fork', message.forks), from)
    // What a stranger names could be anything; peers name it as well.
    if (from !== null) this.#errands.begin('statement', wanted('statement', message.statements), from)
  }
}

/** Of notes only the newest message counts: what is older says less about the same logs. */
function merge(one: Message, other: Message): Message {
  return {
    notes: other.notes.length > 0 ? other.notes : one.notes,
    forks: [...new Set([...one.forks, ...other.forks])],
    statements: [...new Set([...one.statements, ...other.statements])],
  }
}

import type { BoxLogs } from '../log/box-logs.ts'
import type { OwnLog } from '../log/own-log.ts'
import { claimedOrigin, maxAddCheckpointBytes } from '../note/add-checkpoint.ts'
import { parseTilePath } from '../tree/tiles.ts'
import type { Witness } from '../witness/witness.ts'
import { answer } from './answer.ts'
import type { PeerRequest, PeerResponse } from './exchange.ts'
import type { FollowedLog } from './followed-log.ts'
import type { Gossip } from './gossip.ts'
import { maxMessageBytes } from './gossip-message.ts'
import { originHash } from './origin-hash.ts'
import type { Rate, RateLimit } from './rate.ts'

/** Who may read logs and copies: everybody, registered peers, or nobody but this box. */
export type Readers = 'public' | 'peers' | 'box'

export interface ResourceParts {
  box: Pick<BoxLogs, 'logs'>
  /** A log of somebody else that is held here, by origin hash. */
  followed: (id: string) => FollowedLog | null
  witness: Witness
  gossip: Gossip
  forkProof: (id: string) => string | null
  statement: (id: string) => Promise<Uint8Array | null>
  isPeer: (from: string) => boolean
  readers: Readers
  rates: RateLimit
  isClosed: () => boolean
  notice: (sentence: string) => void
}

/** Who asks when it is the box itself, by way of its own interface. */
export const fromBox = 'box'

const notFound = () => answer(404, 'there is nothing at this address\n')

/**
 * Requests of one sender. Tiles come in hundreds a second while a copy is caught up with. A request to the witness costs
 * a verified signature, some 0.15 ms: all that one sender may send take a sixth of a core.
 */
const rates: Record<'read' | 'gossip' | 'witness', Rate> = {
  read: { burst: 8192, perSecond: 2048 },
  gossip: { burst: 128, perSecond: 32 },
  witness: { burst: 4096, perSecond: 1024 },
}
/** Of these, about one log; those about logs that are not known here, or that cannot be read, count as one log. */
const ratePerLog: Rate = { burst: 1024, perSecond: 256 }

/**
 * All that peers and strangers may ask of a box, whatever carries it:
 *
 *     GET  /<box id>/<generation>/checkpoint, …/tile/…     our logs, as C2SP tlog-tiles
 *     GET  /mirror/<origin hash>/checkpoint, …/tile/…      copies of peers' logs, the same
 *     POST /witness/add-checkpoint                         C2SP tlog-witness
 *     GET  /witness/<origin hash>/checkpoint
 *     POST /gossip                                         gossip-message.ts
 *     GET  /fork/<origin hash>                             forks/fork-proof.ts
 *     GET  /statement/<origin hash>                        forks/statement.ts
 */
export class Resources {
  readonly #parts: ResourceParts

  constructor(parts: ResourceParts) {
    this.#parts = parts
  }

  /** @param from id of the peer that asks, or an address that tells strangers apart; null when nothing is known */
  async handle(request: PeerRequest, from: string | null): Promise<PeerResponse> {
    if (this.#parts.isClosed()) return answer(503, 'the node is stopping\n')
    try {
      return await this.#answer(request, from)
    } catch (error) {
      this.#parts.notice(`A request failed: ${error instanceof Error ? error.message : String(error)}`)
      return answer(500, 'something went wrong inside the node\n')
    }
  }

  async #answer(
    { method, path, body = new Uint8Array() }: PeerRequest,
    from: string | null,
  ): Promise<PeerResponse> {
    const [, first = '', second = '', ...rest] = path.split('/', 16)
    const kind = method === 'GET' ? 'read' : first === 'witness' ? 'witness' : 'gossip'
    if (from !== fromBox && !this.#allows(kind, from, body))
      return answer(429, 'too many requests; come back in a second\n')
    if (method === 'POST') return this.#post(path, body, from)
    const last = rest.join('/')
    if (first === 'witness' && last === 'checkpoint') return this.#parts.witness.latest(second)
    if (first === 'fork' && last === '') return file(this.#parts.forkProof(second))
    if (first === 'statement' && last === '') return file(await this.#parts.statement(second))
    if (!this.#mayRead(from)) return answer(403, 'this log is not read from outside\n')
    return first === 'mirror' ? this.#mirror(second, last) : this.#own(`${first}/${second}`, last)
  }

  /** Several logs that submit from one address, as behind one router, do not use up what the others have. */
  #allows(kind: keyof typeof rates, from: string | null, body: Uint8Array): boolean {
    const { rates: limit, followed } = this.#parts
    if (!limit.allows(`${kind} ${from}`, rates[kind])) return false
    if (kind !== 'witness') return true
    const origin = claimedOrigin(body)
    const id = origin === null ? '' : originHash(origin)
    return limit.allows(`${followed(id) ? id : 'other logs'} ${from}`, ratePerLog)
  }

  #post(path: string, body: Uint8Array, from: string | null): Promise<PeerResponse> | PeerResponse {
    const { witness, gossip, isPeer } = this.#parts
    if (path === '/witness/add-checkpoint')
      return body.length > maxAddCheckpointBytes
        ? tooLarge(maxAddCheckpointBytes)
        : witness.addCheckpoint(body)
    if (path === '/gossip')
      return body.length > maxMessageBytes
        ? tooLarge(maxMessageBytes)
        : gossip.handle(body, from !== null && isPeer(from) ? from : null, from ?? '')
    return notFound()
  }

  #mayRead(from: string | null): boolean {
    const { readers, isPeer } = this.#parts
    if (readers === 'public' || from === fromBox) return true
    return readers === 'peers' && from !== null && isPeer(from)
  }

  async #own(name: string, rest: string): Promise<PeerResponse> {
    const log = this.#parts.box.logs.find(({ origin }) => pathOf(origin) === `/${name}`)
    if (!log) return notFound()
    return rest === 'checkpoint' ? note(log.published?.note ?? null) : ownTile(log, rest)
  }

  async #mirror(id: string, rest: string): Promise<PeerResponse> {
    const mirror = this.#parts.followed(id)?.mirror
    if (!mirror) return notFound()
    if (rest === 'checkpoint') return note(mirror.verified?.note ?? null)
    const tile = parseTilePath(rest)
    return bytes(tile && (await mirror.tile(tile)))
  }
}

/** Where a log is served: its origin without the host. */
export function pathOf(origin: string): string {
  return origin.slice(origin.indexOf('/'))
}

async function ownTile(log: OwnLog, path: string): Promise<PeerResponse> {
  const tile = parseTilePath(path)
  return bytes(tile && log.hasTile(tile) ? await log.tree.tile(tile) : null)
}

function note(text: string | null): PeerResponse {
  return text === null ? notFound() : answer(200, text)
}

function bytes(body: Buffer | null): PeerResponse {
  if (body === null) return notFound()
  return { status: 200, type: 'application/octet-stream', body, immutable: true }
}

function file(content: string | Uint8Array | null): PeerResponse {
  if (content === null) return notFound()
  return { status: 200, type: 'text/plain; charset=utf-8', body: Buffer.from(content) }
}

function tooLarge(limit: number): PeerResponse {
  return answer(413, `a request has at most ${limit} bytes\n`)
}

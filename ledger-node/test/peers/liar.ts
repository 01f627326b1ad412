import { cosignerKeyType, makeSignerKey } from '../../src/note/key.ts'
import { answer } from '../../src/peers/answer.ts'
import type { Card } from '../../src/peers/card.ts'
import type { PeerRequest, PeerResponse } from '../../src/peers/exchange.ts'
import { formatMessage } from '../../src/peers/gossip-message.ts'
import { originHash } from '../../src/peers/origin-hash.ts'
import { MissingTile } from '../../src/peers/remote-log.ts'
import { pathOf } from '../../src/peers/resources.ts'
import { parseTilePath } from '../../src/tree/tiles.ts'
import { chainOf, logKey, origin, signedLog } from './signed-log.ts'

const cosigner = makeSignerKey('box.test/0123456789abcdef/witness-1', cosignerKeyType, Buffer.alloc(32, 9))

/** A box that signs what it likes, and shows each of the others the history that it chose for them. */
export class Liar {
  readonly id = originHash(origin)
  readonly card: Card = { name: 'liar', log: logKey, cosigner, admin: null, urls: ['http://9.test'] }
  /** Entries shown to a box, and the size of the checkpoint it gets. */
  readonly #shown = new Map<number, { log: ReturnType<typeof signedLog>; size: number }>()
  /** Paths that are answered with 404. */
  withheld: (from: number, path: string) => boolean = () => false
  fork: string | null = null

  /** From now on `box` sees `size` entries, which from number `from` on are those of `branch`. */
  show(box: number, size: number, { branch = 0, from = 0, served = size } = {}): string {
    const log = signedLog(chainOf(served, { branch, from }))
    this.#shown.set(box, { log, size })
    return log.note(size)
  }

  readonly handle = async (from: number, { method, path }: PeerRequest): Promise<PeerResponse> => {
    const shown = this.#shown.get(from)
    const nothing = answer(404, 'nothing\n')
    if (!shown || this.withheld(from, path)) return nothing
    const note = shown.log.note(shown.size)
    if (method === 'POST') {
      if (path !== '/gossip') return nothing
      const body = formatMessage({ notes: [note], forks: [], statements: [] })
      return { status: 200, type: 'application/json', body }
    }
    const prefix = `${pathOf(origin)}/`
    if (!path.startsWith(prefix)) return nothing
    if (path === `${prefix}checkpoint`) return answer(200, note)
    const tile = parseTilePath(path.slice(prefix.length))
    try {
      return tile ? { status: 200, type: '', body: await shown.log.source.tile(tile) } : nothing
    } catch (error) {
      if (error instanceof MissingTile) return nothing
      throw error
    }
  }
}

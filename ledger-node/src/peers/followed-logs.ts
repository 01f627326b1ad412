import { join } from 'node:path'
import type { Disk } from '../disk/disk.ts'
import { makeFolderDurably } from '../disk/durable.ts'
import type { ForkProof } from '../forks/fork-proof.ts'
import { openShelf } from '../forks/shelf.ts'
import { readSignedNote, type SignedNote } from '../forks/signed-note.ts'
import type { VerifierKey } from '../note/key.ts'
import { StoreDamaged } from '../store/tree-store.ts'
import type { Background } from './background.ts'
import type { Exchange } from './exchange.ts'
import { FollowedLog, lastRead } from './followed-log.ts'
import { type Mirror, openMirror } from './mirror.ts'
import { dropMirrorState, readMirrorState } from './mirror-state.ts'
import { originHash } from './origin-hash.ts'
import type { Source } from './reconciler.ts'
import type { Peer, Registry } from './registry.ts'
import { remoteLog } from './remote-log.ts'
import { pathOf } from './resources.ts'
import { Turns } from './turns.ts'

export interface FollowedLogsParts {
  disk: Disk
  /** With `mirrors/` and `unreconciled/` in it. */
  data: string
  quotaBytes: number
  /** Milliseconds that a checkpoint of a log that is not copied may be without a good proof. */
  patienceMs: number
  registry: Registry
  link: (peer: Peer) => Exchange
  /** What this box cosigned last of a log. */
  witnessed: (id: string) => Promise<{ note: string } | null>
  hasForked: (id: string) => boolean
  onFork: (proof: ForkProof, id: string) => Promise<void>
  background: Background
  notice: (sentence: string) => void
}

/** The logs of others that are known here: those of peers, with copies, and further ones that are only cosigned. */
export class FollowedLogs implements AsyncDisposable {
  readonly #parts: FollowedLogsParts
  readonly #logs = new Map<string, FollowedLog>()
  readonly #turns = new Turns()

  constructor(parts: FollowedLogsParts) {
    this.#parts = parts
  }

  find(id: string): FollowedLog | null {
    return this.#logs.get(id) ?? null
  }

  get all(): [id: string, log: FollowedLog][] {
    return [...this.#logs]
  }

  /** Opens what has become known and closes what is known no more; what was copied stays on the disk. */
  refresh(): Promise<void> {
    return this.#turns.take('refresh', async () => {
      const wanted = this.#wanted()
      for (const [id, log] of this.#logs) {
        if (wanted.has(id)) continue
        this.#logs.delete(id)
        log.close()
        await log.settled()
        await log.mirror?.[Symbol.asyncDispose]()
      }
      for (const [id, { key, isCopied }] of wanted) {
        if (this.#logs.has(id)) continue
        try {
          this.#logs.set(id, await this.#open(id, key, isCopied))
        } catch (error) {
          // One log that cannot be read keeps no other from being followed; it is not cosigned meanwhile.
          const because = error instanceof Error ? error.message : String(error)
          this.#parts.notice(`The log ${key.name} cannot be followed: ${because}`)
        }
      }
    })
  }

  /** What others should be told of all of them. */
  get notes(): string[] {
    return this.all.flatMap(([, log]) => log.notes)
  }

  /** Ends when nothing that was shown is being followed any more. */
  async settled(): Promise<void> {
    for (const [, log] of this.all) await log.settled()
  }

  /**
   * Who may have the tiles of a log, of others or our own: whoever showed the checkpoint, then the log's own box, then
   * everybody else.
   */
  sources(id: string, origin: string, shownBy: ReadonlySet<string>): Source[] {
    const { registry, link, background } = this.#parts
    const owner = registry.ownerOf(origin)
    const rank = (peer: Peer) => (shownBy.has(peer.id) ? 0 : peer.id === owner?.id ? 1 : 2)
    return registry.active
      .toSorted((one, other) => rank(one) - rank(other))
      .map((peer) => {
        const prefix = peer.id === owner?.id ? pathOf(origin) : `/mirror/${id}`
        return { log: remoteLog(link(peer), prefix, background.signal), vouches: rank(peer) < 2 }
      })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#turns.settled()
    for (const [, log] of this.#logs) {
      log.close()
      await log.mirror?.[Symbol.asyncDispose]()
    }
    this.#logs.clear()
  }

  #wanted(): Map<string, { key: VerifierKey; isCopied: boolean }> {
    const { registry } = this.#parts
    const copied = registry.peers.flatMap(({ log, earlier }) => [log, ...earlier])
    return new Map<string, { key: VerifierKey; isCopied: boolean }>([
      ...registry.logs.map((key) => [originHash(key.name), { key, isCopied: false }] as const),
      ...copied.map((key) => [originHash(key.name), { key, isCopied: true }] as const),
    ])
  }

  async #open(id: string, key: VerifierKey, isCopied: boolean): Promise<FollowedLog> {
    const { disk, data, hasForked, background, witnessed, onFork, patienceMs } = this.#parts
    const shelf = await openShelf(disk, join(data, 'unreconciled'), id, key)
    const lost: SignedNote[] = []
    const opened = lastRead(key)
    const log = new FollowedLog({
      key,
      mirror: isCopied
        ? await this.#openMirror(id, key, (note) => lost.push(readSignedNote(note, key)))
        : null,
      shelf,
      witnessed: async () => opened((await witnessed(id))?.note ?? null),
      sources: (shownBy) => this.sources(id, key.name, shownBy),
      onFork: (proof) => onFork(proof, id),
      patienceMs,
      background,
    })
    if (hasForked(id)) log.freeze('it has signed two histories')
    // What a crash may have cut short is taken up again.
    const cosigned = await witnessed(id)
    if (cosigned) await log.show(readSignedNote(cosigned.note, key), null, 'cosigned')
    if (log.mirror?.target) await log.show(readSignedNote(log.mirror.target, key), null)
    for (const signed of lost) await log.show(signed, null)
    log.begin()
    return log
  }

  /** A copy whose files are not what its record says is made anew; what it had verified is not forgotten. */
  async #openMirror(id: string, key: VerifierKey, onLost: (note: string) => void): Promise<Mirror> {
    const { disk, data, quotaBytes, notice } = this.#parts
    const folder = join(data, 'mirrors', id)
    await makeFolderDurably(disk, folder)
    const settings = { disk, folder, key, quotaBytes }
    try {
      return await openMirror(settings)
    } catch (error) {
      if (!(error instanceof StoreDamaged)) throw error
      notice(`The copy of ${key.name} is damaged and is fetched again: ${error.message}.`)
      const { verified, target } = await readMirrorState(disk, join(folder, 'state.json'))
      for (const note of [verified, target]) if (note !== null) onLost(note)
      await dropMirrorState(disk, join(folder, 'state.json'))
      return await openMirror(settings)
    }
  }
}

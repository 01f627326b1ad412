import Type from 'typebox'
import Compile from 'typebox/compile'
import { canonicalJson } from '../canonical-json.ts'
import type { Disk } from '../disk/disk.ts'
import { replaceDurably } from '../disk/durable.ts'
import { formatVerifierKey, logKeyType, parseVerifierKey, type VerifierKey } from '../note/key.ts'
import { type Card, cardText, maxOriginBytes, readCard } from './card.ts'
import { originHash } from './origin-hash.ts'

/** A box whose log is mirrored and cosigned here, and that does the same for ours. */
export interface Peer extends Card {
  /** Origin hash of its log; another one once the log has been replaced. */
  id: string
  paused: boolean
  /** Logs that it had before, newest last: frozen or closed, still readable. */
  earlier: readonly VerifierKey[]
}

export class RegistryError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'RegistryError'
  }
}

const maxPeers = 64
const maxExtraLogs = 256
const maxEarlier = 16
const maxFileBytes = 4 << 20

const Key = Type.String({ maxLength: 512 })
const FileSchema = Type.Object(
  {
    format: Type.Literal('tanbox-peers@1'),
    /** The administrator's key of this box. */
    admin: Type.Union([Key, Type.Null()]),
    peers: Type.Array(
      Type.Object(
        { card: Type.Unknown(), paused: Type.Boolean(), earlier: Type.Array(Key, { maxItems: maxEarlier }) },
        { additionalProperties: false },
      ),
      { maxItems: maxPeers },
    ),
    /** Logs of strangers that are cosigned, and not mirrored. */
    logs: Type.Array(Key, { maxItems: maxExtraLogs }),
  },
  { additionalProperties: false },
)
const validator = Compile(FileSchema)

interface Known {
  admin: VerifierKey | null
  peers: readonly Peer[]
  logs: readonly VerifierKey[]
}

/** Whom this box knows: peers.json. A change counts once it is durable. */
export class Registry {
  readonly #disk: Disk
  readonly #path: string
  /** Keys of this box by now: none of them may be a peer's. */
  readonly #own: () => readonly VerifierKey[]
  #known: Known
  #saving: Promise<unknown> = Promise.resolve()

  constructor(disk: Disk, path: string, own: () => readonly VerifierKey[], known: Known) {
    this.#disk = disk
    this.#path = path
    this.#own = own
    this.#known = known
  }

  get peers(): readonly Peer[] {
    return this.#known.peers
  }

  get active(): readonly Peer[] {
    return this.#known.peers.filter(({ paused }) => !paused)
  }

  /** Logs beside those of peers that this box cosigns. */
  get logs(): readonly VerifierKey[] {
    return this.#known.logs
  }

  get admin(): VerifierKey | null {
    return this.#known.admin
  }

  /** The administrators' keys, each once: this box's and its peers'. */
  get admins(): VerifierKey[] {
    const all = [this.admin, ...this.peers.map(({ admin }) => admin)].filter((key) => key !== null)
    return [...new Map(all.map((key) => [key.publicKey.toString('hex'), key])).values()]
  }

  find(id: string): Peer | null {
    return this.peers.find((peer) => peer.id === id) ?? null
  }

  /** The peer that has, or had, the log of this origin. */
  ownerOf(origin: string): Peer | null {
    return (
      this.peers.find(({ log, earlier }) => [log, ...earlier].some(({ name }) => name === origin)) ?? null
    )
  }

  /** Key of the log of this origin: a peer's, an earlier one of a peer, or an extra one. */
  keyOf(origin: string): VerifierKey | null {
    const peers = this.peers.flatMap(({ log, earlier }) => [log, ...earlier])
    return [...peers, ...this.logs].find(({ name }) => name === origin) ?? null
  }

  /** Key of a log that is cosigned here: of a peer that is not paused, or an extra one. */
  cosignedKey(id: string): VerifierKey | null {
    return this.#keyAmong(this.active, id)
  }

  /** The same, of a peer that is paused as well. */
  knownKey(id: string): VerifierKey | null {
    return this.#keyAmong(this.peers, id)
  }

  /**
   * Adds a box, or takes its new card (another cosigner key, other addresses).
   * @throws RegistryError
   */
  add(card: Card): Promise<Peer> {
    return this.#change((known) => {
      const id = originHash(card.log.name)
      const before = known.peers.find((peer) => peer.id === id)
      const others = known.peers.filter((peer) => peer.id !== id)
      if (before && !before.log.publicKey.equals(card.log.publicKey))
        throw new RegistryError(`${card.log.name} is known by another log key; remove that peer first.`)
      if (others.length >= maxPeers) throw new RegistryError(`A box has at most ${maxPeers} peers.`)
      const taken = [...this.#own(), ...known.logs, ...others.flatMap(keysOf)]
      const mine = keysOf(card)
      if (taken.some((key) => mine.some((it) => it.name === key.name || it.publicKey.equals(key.publicKey))))
        throw new RegistryError('A name or key of this card belongs to this box or to another peer.')
      const { paused = false, earlier = [] } = before ?? {}
      const peer: Peer = { ...card, id, paused, earlier }
      return [{ ...known, peers: [...others, peer].sort(byId) }, peer]
    })
  }

  remove(id: string): Promise<void> {
    return this.#change((known) => {
      needed(known, id)
      return [{ ...known, peers: known.peers.filter((peer) => peer.id !== id) }, undefined]
    })
  }

  /** A paused peer is not asked, nor its log cosigned. */
  pause(id: string): Promise<void> {
    return this.#edit(id, (peer) => ({ ...peer, paused: true }))
  }

  resume(id: string): Promise<void> {
    return this.#edit(id, (peer) => ({ ...peer, paused: false }))
  }

  /**
   * The peer goes on with another log; what the old one holds stays readable. Its new key is of its own choosing: what
   * could not stand on a card is refused.
   * @throws RegistryError
   */
  replaceLog(id: string, log: VerifierKey): Promise<void> {
    return this.#change((known) => [succeeded(known, id, log, this.#own()), undefined])
  }

  /** The same without doing it. @throws RegistryError */
  checkReplacement(id: string, log: VerifierKey): void {
    succeeded(this.#known, id, log, this.#own())
  }

  /** Cosigns the log of a stranger from now on. */
  addLog(key: VerifierKey): Promise<void> {
    return this.#change((known) => {
      if (key.type !== logKeyType) throw new RegistryError('A log has a key of type 1.')
      const taken = [...this.#own(), ...known.peers.flatMap(keysOf), ...known.logs]
      if (taken.some(({ name, publicKey }) => name === key.name || publicKey.equals(key.publicKey)))
        throw new RegistryError(`${key.name} or its key is known already.`)
      if (known.logs.length >= maxExtraLogs) throw new RegistryError(`At most ${maxExtraLogs} other logs.`)
      return [{ ...known, logs: [...known.logs, key] }, undefined]
    })
  }

  removeLog(origin: string): Promise<void> {
    return this.#change((known) => {
      const logs = known.logs.filter(({ name }) => name !== origin)
      if (logs.length === known.logs.length) throw new RegistryError(`${origin} is not among the other logs.`)
      return [{ ...known, logs }, undefined]
    })
  }

  /** The administrator's key of this box; null takes it away. */
  setAdmin(admin: VerifierKey | null): Promise<void> {
    return this.#change((known) => [{ ...known, admin }, undefined])
  }

  #keyAmong(peers: readonly Peer[], id: string): VerifierKey | null {
    const keys = [...peers.flatMap(({ log, earlier }) => [log, ...earlier]), ...this.logs]
    return keys.find(({ name }) => originHash(name) === id) ?? null
  }

  #edit(id: string, change: (peer: Peer) => Peer): Promise<void> {
    return this.#change((known) => {
      const peer = needed(known, id)
      const peers = known.peers.map((it) => (it === peer ? change(peer) : it))
      return [{ ...known, peers: peers.sort(byId) }, undefined]
    })
  }

  /** One change after another; memory follows the disk. */
  #change<T>(change: (known: Known) => [Known, T]): Promise<T> {
    const run = async () => {
      const [next, result] = change(this.#known)
      const bytes = Buffer.from(`${formatRegistry(next)}\n`)
      // What the next start could not read is never written.
      parseRegistry(this.#path, bytes)
      await replaceDurably(this.#disk, this.#path, bytes)
      this.#known = next
      return result
    }
    const done = this.#saving.then(run, run)
    this.#saving = done.catch(() => {})
    return done
  }
}

/** @throws Error when peers.json is damaged */
export async function openRegistry(
  disk: Disk,
  path: string,
  own: () => readonly VerifierKey[],
): Promise<Registry> {
  const bytes = await disk.read(path, maxFileBytes)
  return new Registry(disk, path, own, bytes === null ? nobody : parseRegistry(path, bytes))
}

const nobody: Known = { admin: null, peers: [], logs: [] }

function parseRegistry(path: string, bytes: Buffer): Known {
  try {
    const file = validator.Parse(JSON.parse(bytes.toString('utf8')))
    const peers = file.peers.map(({ card, paused, earlier }): Peer => {
      const read = readCard(card as Parameters<typeof readCard>[0])
      return { ...read, id: originHash(read.log.name), paused, earlier: earlier.map(parseVerifierKey) }
    })
    const admin = file.admin === null ? null : parseVerifierKey(file.admin)
    return { admin, peers: peers.sort(byId), logs: file.logs.map(parseVerifierKey) }
  } catch (cause) {
    throw new Error(`${path} is damaged or of a later version`, { cause })
  }
}

function formatRegistry({ admin, peers, logs }: Known): string {
  return canonicalJson({
    format: 'tanbox-peers@1',
    admin: admin && formatVerifierKey(admin),
    peers: peers.map((peer) => ({
      card: cardText(peer),
      paused: peer.paused,
      earlier: peer.earlier.map(formatVerifierKey),
    })),
    logs: logs.map(formatVerifierKey),
  })
}

function keysOf(card: Card & { earlier?: readonly VerifierKey[] }): VerifierKey[] {
  return [card.log, card.cosigner, ...(card.admin ? [card.admin] : []), ...(card.earlier ?? [])]
}

/** @throws RegistryError */
function succeeded(known: Known, id: string, log: VerifierKey, own: readonly VerifierKey[]): Known {
  const peer = needed(known, id)
  if (peer.earlier.length >= maxEarlier) throw new RegistryError('This peer has changed its log too often.')
  if (Buffer.byteLength(log.name) > maxOriginBytes)
    throw new RegistryError('The origin of the log is too long.')
  const taken = [...own, ...known.logs, ...known.peers.flatMap(keysOf)]
  if (taken.some(({ name, publicKey }) => name === log.name || publicKey.equals(log.publicKey)))
    throw new RegistryError('The name or key of the new log is one that is known already.')
  const next: Peer = { ...peer, id: originHash(log.name), log, earlier: [...peer.earlier, peer.log] }
  return { ...known, peers: known.peers.map((it) => (it === peer ? next : it)).sort(byId) }
}

function needed(known: Known, id: string): Peer {
  const peer = known.peers.find((it) => it.id === id)
  if (!peer) throw new RegistryError('There is no such peer.')
  return peer
}

function byId(one: Peer, other: Peer): number {
  return one.id < other.id ? -1 : 1
}

import type { Clock, Random } from './clock.ts'
import type { Disk } from './disk/disk.ts'
import type { Fork } from './forks/fork-files.ts'
import { readSignedNote } from './forks/signed-note.ts'
import { formatStatement, StatementError, statementThreshold, verifyStatement } from './forks/statement.ts'
import type { BoxLogs } from './log/box-logs.ts'
import type { NewEntry } from './log/encode-next.ts'
import type { OwnLog } from './log/own-log.ts'
import {
  type EntryState,
  entryStateOf,
  type NodeStatus,
  type PeerStatus,
  peerStatusOf,
  statusOf,
} from './node-state.ts'
import { type VerifierKey, verifierOf } from './note/key.ts'
import type { Policy } from './note/policy.ts'
import { maxPolicyItems } from './note/policy-rules.ts'
import type { Card } from './peers/card.ts'
import type { Exchange, PeerRequest, PeerResponse } from './peers/exchange.ts'
import type { FollowedLog } from './peers/followed-log.ts'
import type { Peer } from './peers/registry.ts'
import type { Readers } from './peers/resources.ts'
import { proveEntry } from './prove-entry.ts'
import { openRooms, type Rooms } from './rooms.ts'

/** What a node is given of the world. */
export interface NodeParts {
  disk: Disk
  clock: Clock
  random: Random
  /** The way to a peer, or to a witness that the policy names. */
  dial: (peer: Peer) => Exchange
  /** Told what a person should know, a sentence at a time. */
  notice: (sentence: string) => void
}

export interface NodeSettings {
  /** Folder that is backed up. */
  data: string
  /** Folder that no backup may hold. */
  local: string
  /** First part of the origin of a log that begins. */
  host: string
  /** Milliseconds between two checkpoints at least: 250. */
  publishEveryMs: number
  /** Milliseconds between two times that every peer is asked for everything: 30,000. */
  antiEntropyMs: number
  /** Milliseconds after which an answer does not count any more: 10,000. */
  requestMs: number
  readers: Readers
  /** Bytes that the copy of one log may take on the disk. */
  quotaBytesPerPeer: number
  /** A tlog-policy file; without one all peers are witnesses, by the threshold of note/quorum.ts. */
  policy?: Uint8Array
}

/** What a new log id needs: its name and key, and who has to sign where the old log cannot endorse it by an entry. */
export interface PreparedSuccessor {
  origin: string
  key: VerifierKey
  /** Text that administrators sign; null where the old log can still write its last entry. */
  statement: string | null
  /** So many of these keys. */
  needed: number
  admins: VerifierKey[]
}

/** A running node: its own log, what it holds of others, and whom it knows. */
export interface LedgerNode extends AsyncDisposable {
  readonly box: BoxLogs
  /** The log that is written to. */
  readonly log: OwnLog
  append(entry: NewEntry): Promise<number>
  /**
   * Answers what peers and strangers ask (peers/resources.ts).
   * @param from id of the peer that asks, `fromBox`, or what tells strangers apart; null when nothing is known
   */
  handle(request: PeerRequest, from: string | null): Promise<PeerResponse>
  /** What another box needs to become a peer. */
  card(name: string, urls: readonly string[]): Card
  readonly peers: PeerDesk
  /** Whose cosignatures make a checkpoint final, and of which logs: of those of this box where the file names none. */
  readonly policy: Policy
  status(): NodeStatus
  /** How far entry `seq` of the current log is vouched for. @throws RangeError when there is none */
  stateOf(seq: number): EntryState
  /** The receipt of an entry: a tlog-proof. @throws NotProvable */
  prove(seq: number): Promise<string>
  forks(): Fork[]
  /** Logs of others that are known here. */
  followed(): FollowedLog[]
  /** Asks one peer, or all of them, for everything; ends when what they told has been followed as far as it can be. */
  syncNow(peer?: string): Promise<void>
  /**
   * Prepares the next log id.
   * @param reason why the old log ends, for the administrators
   * @param generation a later one than the next, where that may have been used in a time that a restore lost
   */
  prepareSuccessor(reason: string, generation?: number): Promise<PreparedSuccessor>
  /**
   * Goes on under the next log id. A log that is open endorses it by its last entry; for another the statement of the
   * administrators is needed, also where nobody else knows this box: whoever holds a receipt of it may ask one day.
   * @throws StatementError, NoteError
   */
  successor(options?: { statement?: string }): Promise<OwnLog>
  close(): Promise<void>
}

export interface PeerDesk {
  list(): PeerStatus[]
  /** Those that are asked. */
  active(): readonly Peer[]
  find(id: string): Peer | null
  /** @throws RegistryError */
  add(card: Card): Promise<PeerStatus>
  remove(id: string): Promise<void>
  pause(id: string): Promise<void>
  resume(id: string): Promise<void>
  /** Cosigns the log of a stranger, without a copy. */
  addLog(key: VerifierKey): Promise<void>
  removeLog(origin: string): Promise<void>
  /** The administrator's key of this box. */
  setAdmin(key: VerifierKey | null): Promise<void>
}

/**
 * Opens the logs of a box and everything around them. It asks nobody before it answers: peers are asked in the
 * background.
 * @throws LockHeld, LogDamaged, PolicyError, Error for a damaged file
 */
export async function createNode(parts: NodeParts, settings: NodeSettings): Promise<LedgerNode> {
  const rooms = await openRooms(parts, settings)
  const { box, registry, desk } = rooms
  let closing: Promise<void> | null = null
  /** Whoever asks for another log while one begins gets that one, and not the one after it. */
  let succeeding: Promise<OwnLog> | null = null
  const close = () => {
    closing ??= rooms.close()
    return closing
  }
  return {
    box,
    get log() {
      return box.current
    },
    append: (entry) => box.current.append(entry),
    handle: (request, from) => rooms.resources.handle(request, from),
    card: (name, urls) => ({
      name,
      log: box.current.key,
      cosigner: verifierOf(box.cosigner),
      admin: registry.admin,
      urls,
    }),
    peers: peerDesk(rooms),
    get policy() {
      return withLogs(rooms.list().policy, box)
    },
    status: () => statusOf(rooms),
    stateOf: (seq) => entryStateOf(rooms, seq),
    prove: (seq) => proveEntry(box.current, seq),
    forks: () => desk.forks,
    followed: () => rooms.followed.all.map(([, log]) => log),
    syncNow: (peer) => rooms.sync(peer),
    prepareSuccessor: (reason, generation) => prepare(rooms, reason, generation),
    successor({ statement } = {}) {
      succeeding ??= succeed(rooms, statement).finally(() => {
        succeeding = null
      })
      return succeeding
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

function peerDesk(rooms: Rooms): PeerDesk {
  const { registry } = rooms
  const change = async (made: Promise<void>) => {
    await made
    await rooms.peersChanged()
  }
  return {
    list: () => registry.peers.map((peer) => peerStatusOf(rooms, peer)),
    active: () => registry.active,
    find: (id) => registry.find(id),
    async add(card) {
      const peer = await registry.add(card)
      await rooms.peersChanged()
      return peerStatusOf(rooms, peer)
    },
    remove: (id) => change(registry.remove(id)),
    pause: (id) => change(registry.pause(id)),
    resume: (id) => change(registry.resume(id)),
    addLog: (key) => change(registry.addLog(key)),
    removeLog: (origin) => change(registry.removeLog(origin)),
    setAdmin: (key) => registry.setAdmin(key),
  }
}

/** Without a log line a policy is none to other programs. The newest logs come first. */
function withLogs(policy: Policy, { logs }: BoxLogs): Policy {
  if (policy.logs.length > 0) return policy
  return {
    ...policy,
    logs: logs
      .map(({ key }) => ({ key }))
      .slice(-maxPolicyItems)
      .reverse(),
  }
}

async function prepare(
  { box, registry }: Rooms,
  reason: string,
  generation?: number,
): Promise<PreparedSuccessor> {
  const { origin, key } = await box.prepareSuccessor(generation)
  const { origin: oldOrigin, standing, published, key: oldKey } = box.current
  const isOpen = standing.state === 'open'
  const { admins } = registry
  const last = published && readSignedNote(published.note, oldKey)
  return {
    origin,
    key,
    statement: isOpen ? null : formatStatement({ oldOrigin, newOrigin: origin, key, last, reason }),
    needed: isOpen ? 0 : statementThreshold(admins.length),
    admins,
  }
}

async function succeed(rooms: Rooms, statement: string | undefined): Promise<OwnLog> {
  const { box, registry } = rooms
  const isOpen = box.current.standing.state === 'open'
  if (!isOpen) {
    if (statement === undefined)
      throw new StatementError('The old log cannot be written to: administrators have to sign a statement.')
    const stated = verifyStatement(statement, registry.admins)
    const { origin } = await box.prepareSuccessor()
    if (stated.oldOrigin !== box.current.origin || stated.newOrigin !== origin)
      throw new StatementError(`The statement is not about ${box.current.origin} and ${origin}.`)
  }
  await box.beginSuccessor(isOpen || statement === undefined ? {} : { statement })
  await rooms.tellSuccessions()
  return box.current
}

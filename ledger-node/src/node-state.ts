import type { Fork } from './forks/fork-files.ts'
import type { Published } from './log/published.ts'
import type { Standing } from './log/standing.ts'
import { describe } from './note/policy.ts'
import { thresholdOf } from './note/quorum.ts'
import { type LogState, unopened } from './peers/followed-log.ts'
import type { Reach } from './peers/links.ts'
import { originHash } from './peers/origin-hash.ts'
import type { Peer } from './peers/registry.ts'
import type { Rooms } from './rooms.ts'

/** How far an entry of ours is vouched for. */
export interface EntryState {
  state: 'local' | 'witnessed' | 'final'
  /** Witnesses that cosigned a checkpoint which covers the entry, of `n` that the policy counts. */
  k: number
  n: number
  /** What that means, in a sentence or two. */
  explanation: string
}

export interface PeerStatus {
  id: string
  name: string
  origin: string
  paused: boolean
  reach: Reach
  /** How its log stands here. */
  log: LogState
  /** Entries of it that are held here, and that this box has cosigned. */
  mirrored: number
  cosigned: number
  /** Entries of ours that it has cosigned, and why it did not go on. */
  witnessed: number
  because: string | null
  urls: readonly string[]
}

export interface NodeStatus {
  origin: string
  standing: Standing
  /** Why a held log cannot go on yet. */
  recovery: string | null
  size: number
  published: number
  final: number
  /** Witnesses that the policy counts; how many may lie; how many are needed where that is one number. */
  witnesses: { n: number; faulty: number; needed: number | null; explanation: string }
  peers: PeerStatus[]
  /** Logs that are cosigned and not copied. */
  otherLogs: { origin: string; state: LogState; cosigned: number }[]
  forks: Pick<Fork, 'id' | 'origin' | 'prefix'>[]
}

/** What n witnesses are worth, for people. */
export function explainWitnesses(n: number): string {
  const { k, faulty } = thresholdOf(n)
  if (n === 0) return 'No other box witnesses this log: whoever holds this box can rewrite it unseen.'
  const needed = `${k} of ${n} other witnesses make a checkpoint final`
  if (faulty === 0)
    return `${needed}. With fewer than four other witnesses (five boxes) f = 0: a single lying witness can make a fork look final.`
  return `${needed}; up to f = ${faulty} of them may lie.`
}

/**
 * @param covered for each witness that the policy counts, whether it cosigned a checkpoint that covers the entry
 * @param final whether one such checkpoint satisfied the policy
 */
export function explainEntry(covered: readonly boolean[], final: boolean): EntryState {
  const n = covered.length
  const k = covered.filter(Boolean).length
  const about = explainWitnesses(n)
  if (final && n > 0)
    return { state: 'final', k, n, explanation: `Enough witnesses saw it in one log. ${about}` }
  if (k > 0)
    return { state: 'witnessed', k, n, explanation: `Cosigned by ${k} of ${n}, not by enough. ${about}` }
  return { state: 'local', k, n, explanation: `Durable on this box, and seen by no witness. ${about}` }
}

export function statusOf(rooms: Rooms): NodeStatus {
  const { box, registry, recoveries, desk, followed, list } = rooms
  const { origin, standing, head, published, final } = box.current
  const { policy, witnesses } = list()
  const n = witnesses.length
  return {
    origin,
    standing,
    recovery: recoveries.because,
    size: head.size,
    published: published?.size ?? 0,
    final: final?.size ?? 0,
    witnesses: {
      n,
      faulty: thresholdOf(n).faulty,
      needed: describe(policy)?.k ?? null,
      explanation: explainWitnesses(n),
    },
    peers: registry.peers.map((peer) => peerStatusOf(rooms, peer)),
    otherLogs: registry.logs.map(({ name }) => ({
      origin: name,
      state: followed.find(originHash(name))?.state ?? unopened,
      cosigned: followed.find(originHash(name))?.cosigned ?? 0,
    })),
    forks: desk.forks.map((fork) => ({ id: fork.id, origin: fork.origin, prefix: fork.prefix })),
  }
}

export function peerStatusOf({ followed, rounds, links, list }: Rooms, peer: Peer): PeerStatus {
  const log = followed.find(peer.id)
  const witness = list().witnesses.find((it) => it.peer?.id === peer.id)
  const standing = witness ? rounds.standing(witness.name) : null
  return {
    id: peer.id,
    name: peer.name,
    origin: peer.log.name,
    paused: peer.paused,
    reach: links.to(peer).reach,
    log: log?.state ?? unopened,
    mirrored: log?.mirror?.tree.size ?? 0,
    cosigned: log?.cosigned ?? 0,
    witnessed: standing?.cosigned ?? 0,
    because: standing?.because ?? null,
    urls: peer.urls,
  }
}

/** @throws RangeError when there is no such entry */
export function entryStateOf({ box, rounds, list, desk, cosigners }: Rooms, seq: number): EntryState {
  const { head, final, published, origin } = box.current
  if (!Number.isSafeInteger(seq) || seq < 0 || seq >= head.size)
    throw new RangeError(`There is no entry ${seq}.`)
  const covering = [final, published].filter((it): it is Published => it !== null && it.size > seq)
  const covered = list().witnesses.map(
    ({ name, key }) => rounds.standing(name).cosigned > seq || cosigners.has(covering, key),
  )
  const state = explainEntry(covered, (final?.size ?? 0) > seq)
  const fork = desk.fork(originHash(origin))
  return fork && seq >= fork.prefix.size ? beyondPrefix(state, fork) : state
}

/** What an entry is worth that is not certain to be in both histories: whoever cosigned it may have cosigned the other. */
function beyondPrefix({ state, k, n, explanation }: EntryState, { prefix }: Fork): EntryState {
  const about = prefix.exact ? 'another history has another entry here' : 'it may be in one history only'
  const forked = `This log has forked; ${about}.`
  if (state !== 'final') return { state, k, n, explanation: `${forked} ${explanation}` }
  const was = `Cosigned by ${k} of ${n} in this history, and final no more.`
  return { state: 'witnessed', k, n, explanation: `${forked} ${was} ${explainWitnesses(n)}` }
}

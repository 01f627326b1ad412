import { formatVerifierKey, type VerifierKey } from '../note/key.ts'
import { defaultPolicy, type Policy } from '../note/policy.ts'
import type { Exchange } from './exchange.ts'
import type { Peer } from './registry.ts'
import type { RoundWitness } from './rounds.ts'

/** A witness whose cosignature counts for our log: a peer, or another one that the policy names with an address. */
export interface AskedWitness extends Omit<RoundWitness, 'exchange'> {
  /** Null for one that cannot be asked: a peer that is paused, or a stranger without an address. */
  exchange: Exchange | null
  /** The peer that it is. */
  peer: Peer | null
}

export interface WitnessList {
  policy: Policy
  /** All that the policy counts, but this box. */
  witnesses: readonly AskedWitness[]
}

/**
 * Whose cosignatures make a checkpoint final. Our own counts nothing: where a policy file names it, or one that this box
 * had before, it is as if it never signed.
 * @param given the policy file; null takes all peers, paused ones too: they are witnesses that may come back
 */
export function listWitnesses(
  given: Policy | null,
  peers: readonly Peer[],
  isOwn: (cosigner: VerifierKey) => boolean,
  ways: { link: (peer: Peer) => Exchange; dial: (name: string, key: VerifierKey, url: string) => Exchange },
): WitnessList {
  const policy = given ?? defaultPolicy(peers.map(({ cosigner }) => ({ name: cosigner.name, key: cosigner })))
  const witnesses = policy.witnesses
    .filter(({ key }) => !isOwn(key))
    .map(({ name, key, url }): AskedWitness => {
      const text = formatVerifierKey(key)
      const peer = peers.find(({ cosigner }) => formatVerifierKey(cosigner) === text) ?? null
      if (peer) return { name, key, exchange: peer.paused ? null : ways.link(peer), prefix: '/witness', peer }
      const exchange = url === undefined ? null : ways.dial(name, key, url)
      return { name, key, exchange, prefix: '', peer: null }
    })
  return { policy, witnesses }
}

/** Those that can be asked. */
export function askable({ witnesses }: WitnessList): RoundWitness[] {
  return witnesses.flatMap(({ exchange, ...rest }) => (exchange ? [{ ...rest, exchange }] : []))
}

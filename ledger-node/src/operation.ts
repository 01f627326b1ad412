import Type from 'typebox'
import type { NodeStatus, PeerStatus } from './node-state.ts'

/**
 * How a running node is operated over HTTP, beside protocol.ts; the node's token is needed throughout. Answers are
 * JSON but for the receipt.
 *
 * | request | answer |
 * |---|---|
 * | GET /v1/status | {@link NodeReport} |
 * | GET /v1/card | the card of this box, tanbox-peer@1 |
 * | GET /v1/peers | {@link PeerReport}[] |
 * | POST /v1/peers, body a card | {@link PeerReport}; a known peer takes the new card |
 * | DELETE /v1/peers/:id | 204 |
 * | POST /v1/peers/:id/pause, /resume | 204 |
 * | GET /v1/found | {@link FoundBox}[]: boxes on the local network; empty while discovery is off |
 * | POST /v1/sync | 204 after a round with every peer |
 * | GET /v1/forks | {@link NodeStatus}.forks |
 * | POST /v1/logs, body {@link KeyRequest} | 204: the log of a stranger is witnessed from now on |
 * | DELETE /v1/logs?origin= | 204 |
 * | GET /v1/view | the folded view of all logs known here |
 * | POST /v1/admin-key, body {@link AdminKeyRequest} | 204 |
 * | GET /v1/policy | the policy in force, tlog-policy |
 * | POST /v1/succession, body {@link SuccessionRequest} | {@link SuccessionAnswer}: the statement that administrators sign, where the old log cannot endorse |
 * | POST /v1/successor, body {@link SuccessorRequest} | {@link SuccessorAnswer} |
 */

export interface NodeReport extends NodeStatus {
  version: string
  name: string
  /** Origins of the logs before the current one. */
  earlier: string[]
  /** Why the last start took the data for restored; null when it did not. */
  restored: string | null
  /** Ids of the peers with an open socket. */
  connected: string[]
  /** Verifier keys of this box. */
  keys: { log: string; cosigner: string; admin: string | null }
}

export interface PeerReport extends PeerStatus {
  connected: boolean
  fingerprint: string
}

export interface FoundBox {
  name: string
  fingerprint: string
  /** The card's text. */
  card: string
  /** A box with the same log is a peer already. */
  known: boolean
}

const exactly = { additionalProperties: false } as const

export const KeyRequest = Type.Object({ key: Type.String({ maxLength: 512 }) }, exactly)
export type KeyRequest = Type.Static<typeof KeyRequest>

export const OriginQuery = Type.Object({ origin: Type.String({ maxLength: 255 }) }, exactly)
export type OriginQuery = Type.Static<typeof OriginQuery>

export const AdminKeyRequest = Type.Object(
  { key: Type.Union([Type.Null(), Type.String({ maxLength: 512 })]) },
  exactly,
)
export type AdminKeyRequest = Type.Static<typeof AdminKeyRequest>

export const SuccessionRequest = Type.Object(
  {
    /** A later one than the next, where that may have been used in a time that a restore lost. */
    generation: Type.Optional(Type.Integer({ minimum: 2, maximum: 999_999_999 })),
    reason: Type.String({ minLength: 1, maxLength: 1000, pattern: '^[^\\u0000-\\u001f\\u007f]*$' }),
  },
  exactly,
)
export type SuccessionRequest = Type.Static<typeof SuccessionRequest>

export interface SuccessionAnswer {
  /** Origin of the log that is written to. */
  from: string
  /** Origin of the log that would begin. */
  origin: string
  /** Its verifier key. */
  key: string
  /** What they sign: text of a note; null where they need not. */
  statement: string | null
  /** So many of these keys have to sign. */
  needed: number
  admins: string[]
}

export const SuccessorRequest = Type.Object(
  {
    /** The note with the administrators' signatures, where it is needed. */
    statement: Type.Optional(Type.String({ maxLength: 128 * 1024 })),
  },
  exactly,
)
export type SuccessorRequest = Type.Static<typeof SuccessorRequest>

export interface SuccessorAnswer {
  origin: string
  key: string
}

import Type from 'typebox'
import { Digest, EntryType, maxEntryBytes } from './entry.ts'

/**
 * What is spoken with a ledger node over HTTP, version 1. Every request but `GET /v1/health` carries
 * `Authorization: Bearer <token>`. Appending is idempotent: the commitment is the caller's key.
 *
 * | request | answer |
 * |---|---|
 * | GET /v1/health | Health |
 * | POST /v1/entries {@link AppendRequest} | AppendAnswer, after the entries are durable |
 * | GET /v1/entries?from=&limit= | EntriesAnswer |
 * | GET /v1/head | HeadAnswer |
 * | GET /v1/state?seq= or ?commitment= | StateAnswer: local, witnessed or final |
 * | GET /v1/proof?seq= or ?commitment= | a receipt: the text of a C2SP tlog-proof |
 * | POST /v1/verify | VerifyReport |
 *
 * How the node is operated (status, peers, forks, successor) is in operation.ts.
 *
 * An error is {@link ErrorAnswer} with a status of 400 and above: below 500 the same request will not succeed, from
 * 500 on it may later. While nothing can be appended because the log is held or closed the code is `held`, with the
 * reason, and the status 503: nothing is wrong with the request, and whoever keeps it may send it again.
 */

export const maxAppend = 256
export const maxRead = 1024

const exactly = { additionalProperties: false } as const
const Seq = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })

export const AppendRequest = Type.Object(
  {
    entries: Type.Array(Type.Object({ type: EntryType, commitment: Digest }, exactly), {
      minItems: 1,
      maxItems: maxAppend,
    }),
  },
  exactly,
)
export type AppendRequest = Type.Static<typeof AppendRequest>

/** Indexes in the order of the request. One that was appended before has its first index. */
export const AppendAnswer = Type.Object({
  seqs: Type.Array(Seq),
  /** The log that these are numbers of. */
  origin: Type.String(),
})
export type AppendAnswer = Type.Static<typeof AppendAnswer>

export const EntriesQuery = Type.Object(
  {
    from: Type.Optional(Type.String({ pattern: '^(0|[1-9][0-9]{0,14})$' })),
    limit: Type.Optional(Type.String({ pattern: '^[1-9][0-9]{0,3}$' })),
  },
  exactly,
)
export type EntriesQuery = Type.Static<typeof EntriesQuery>

/** Entries from `from` on, each as the exact text whose UTF-8 bytes are hashed. */
export const EntriesAnswer = Type.Object({
  from: Seq,
  size: Seq,
  entries: Type.Array(Type.Object({ text: Type.String({ maxLength: maxEntryBytes }), hash: Digest })),
})
export type EntriesAnswer = Type.Static<typeof EntriesAnswer>

export const HeadAnswer = Type.Object({
  origin: Type.String(),
  size: Seq,
  hash: Digest,
  bytes: Seq,
  /** Entries under the newest checkpoint that others may see, and under the newest final one. */
  published: Type.Optional(Seq),
  final: Type.Optional(Seq),
  /** How many of n witnesses have cosigned a checkpoint over all that is published. */
  witnessed: Type.Optional(Type.Object({ k: Seq, n: Seq })),
  /** Why nothing can be appended or signed just now; null when all is well. */
  held: Type.Optional(Type.Union([Type.Null(), Type.String()])),
  /** Origins of the logs known here that were proved to have two histories. */
  forks: Type.Optional(Type.Array(Type.String())),
})
export type HeadAnswer = Type.Static<typeof HeadAnswer>

export const EntryQuery = Type.Object(
  {
    seq: Type.Optional(Type.String({ pattern: '^(0|[1-9][0-9]{0,14})$' })),
    commitment: Type.Optional(Digest),
  },
  exactly,
)
export type EntryQuery = Type.Static<typeof EntryQuery>

/** How far an entry has come (SPEC.md section 8). */
export const StateAnswer = Type.Object({
  seq: Seq,
  state: Type.Union([Type.Literal('local'), Type.Literal('witnessed'), Type.Literal('final')]),
  /** So many of n witnesses have cosigned a checkpoint that covers it; n does not count the log's own box. */
  k: Seq,
  n: Seq,
  /** What `final` cannot mean here, as below five boxes; null where there is nothing to say. */
  note: Type.Union([Type.Null(), Type.String()]),
})
export type StateAnswer = Type.Static<typeof StateAnswer>

export const VerifyReport = Type.Object({
  ok: Type.Boolean(),
  /** Entries found good, the bytes they were read from, and the leaf hash of the last. */
  entries: Seq,
  bytes: Seq,
  head: Digest,
  /** What was recomputed, and what this version cannot tell. */
  checked: Type.Array(Type.String()),
  notChecked: Type.Array(Type.String()),
  /** How often an entry claims to be earlier than the one before. No fault: time is a claim, never an order. */
  clockWentBack: Seq,
  problem: Type.Union([Type.Null(), Type.Object({ seq: Seq, offset: Seq, what: Type.String() })]),
})
export type VerifyReport = Type.Static<typeof VerifyReport>

export const Health = Type.Object({ ok: Type.Boolean(), version: Type.String() })
export type Health = Type.Static<typeof Health>

export const errorCodes = [
  'malformed',
  'unauthorised',
  'unknown-route',
  'not-found',
  'refused',
  'too-large',
  'busy',
  'held',
  'disk',
  'stopping',
  'internal',
] as const
export type ErrorCode = (typeof errorCodes)[number]

export const ErrorAnswer = Type.Object({
  error: Type.Object({ code: Type.String(), message: Type.String() }),
})
export type ErrorAnswer = Type.Static<typeof ErrorAnswer>

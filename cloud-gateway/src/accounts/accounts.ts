/**
 * What the gateway must remember: boxes and their keys, codes to enrol with, which connection of a box is the newest,
 * which questions were paid for, and what was used. One port; drivers are SQLite (one process) and PostgreSQL (several
 * replicas). Both pass test/contracts/accounts.ts.
 *
 * Durable means: after the promise has resolved, neither kill -9 nor a power cut loses it. Times are milliseconds since
 * 1970 by the store's own clock. A process is one run of one gateway; its lease (30 s) is renewed by `beat`, which is
 * called every third of it. Every call may reject with AccountsAway; none waits for ever.
 */
import type { Quota, Usage } from '../protocol.ts'

export interface BoxAccount {
  box: string
  key: string
  /** 32 raw bytes, a proper Ed25519 point (wire/public-key.ts). */
  publicKey: Uint8Array
  label: string
  enrolledAt: number
  revokedAt: number | null
  quota: Quota
}

export interface EnrolmentCode {
  /** Shown once to the operator; the store keeps its hash only. */
  code: string
  label: string
  quota: Quota
  expiresAt: number
}

/** Why an enrolment is refused. */
export type EnrolmentRefusal =
  | 'box-malformed'
  | 'box-unknown'
  | 'code-unknown'
  | 'code-expired'
  | 'code-used'
  | 'key-refused'
  | 'box-taken'
  | 'box-revoked'

export class EnrolmentError extends Error {
  override name = 'EnrolmentError'
  readonly code: EnrolmentRefusal
  constructor(code: EnrolmentRefusal, message: string) {
    super(message)
    this.code = code
  }
}

/** The store cannot be reached at present, or did not take what was given; nothing is known to have happened. */
export class AccountsAway extends Error {
  override name = 'AccountsAway'
}

/** What changed about a box since the cursor: another key, revoked, another quota, a newer connection anywhere. */
export interface BoxChange {
  box: string
  key: string
  revoked: boolean
  generation: number
  quota: Quota
}

/** A question about to be asked of a model server. */
export interface Reservation {
  box: string
  /** Of the connection that asks; an older one than the box's newest is fenced. */
  generation: number
  rid: string
  /** SHA-256 of the question, hex. */
  digest: string
  epoch: number
  process: string
  alias: string
  /** Estimated or counted. */
  promptTokens: number
  maxTokens: number
}

export type Reserved =
  | { state: 'reserved' }
  /**
   * This rid was seen before, and the wanted epoch is not its next one or its last one is not over: `live`, in work at
   * `process`; else `settled`.
   */
  | { state: 'known'; digest: string; epoch: number; live: boolean; process: string; settled: boolean }
  | { state: 'refused'; code: 'quota-minute' | 'quota-day' | 'too-many-asks'; retryAfterMs: number }
  /** The question is larger than the quota of a whole minute or day: it never fits. */
  | { state: 'refused'; code: 'quota-too-small'; retryAfterMs: null }
  | { state: 'fenced' }

export interface Settlement {
  box: string
  rid: string
  epoch: number
  process: string
  /** Name of the target that answered; null: none was asked successfully. */
  target: string | null
  /** Finish reason or error code. */
  outcome: string
  usage: Usage
  /** Millionths of the operator's currency. */
  cost: number
}

/** How far a running answer is, as `beat` notes it: what `settleDead` counts where its process died. */
export interface Progress {
  box: string
  rid: string
  epoch: number
  /** Null: no target was asked yet. */
  target: string | null
  usage: Usage
  cost: number
}

export type Known = Pick<Settlement, 'box' | 'rid'>

export interface UsageRow {
  box: string
  /** UTC day, YYYY-MM-DD. */
  day: string
  /** Name of the target; the alias where the process died before it noted which target it had asked. */
  target: string
  answers: number
  promptTokens: number
  completionTokens: number
  /** Of these, tokens that nobody counted exactly. */
  estimatedTokens: number
  cost: number
  energyMicroWattHours: number
}

export interface Accounts {
  /** Null when nobody of that id is enrolled. */
  find(box: string): Promise<BoxAccount | null>
  list(): Promise<BoxAccount[]>
  /** Lets a box in without a code: the operator's own hand. The same key again changes nothing. Throws EnrolmentError. */
  enrol(box: { box: string; publicKey: Uint8Array; label: string; quota: Quota }): Promise<BoxAccount>
  createCode(code: EnrolmentCode): Promise<void>
  /**
   * Redeems a code, once. The same key with the same code gets the same account again until the code expires: the
   * first reply may have been lost. `label` is taken where the operator gave none with the code. Throws EnrolmentError.
   */
  register(code: string, box: { box: string; publicKey: Uint8Array; label?: string }): Promise<BoxAccount>
  /** Another key for the box, if `from` is its present one; again with the same pair changes nothing. */
  rotate(box: string, from: string, to: Uint8Array): Promise<boolean>
  /** Shuts a box out for good; false when it is not enrolled. */
  revoke(box: string): Promise<boolean>
  setQuota(box: string, quota: Quota): Promise<boolean>

  /**
   * A new connection of the box: its generation, higher than every one before, on whatever replica. Throws
   * EnrolmentError when the box was revoked meanwhile.
   */
  connect(box: string, process: string): Promise<number>
  /** Everything that changed after the cursor (0: from the beginning), and the next cursor. */
  changes(after: number): Promise<{ cursor: number; boxes: BoxChange[] }>

  /**
   * Durable before it resolves. Checks quota, fence and rid in one transaction. A last epoch whose process is dead is
   * settled first, as `settleDead` does.
   */
  reserve(reservation: Reservation): Promise<Reserved>
  /** Counts the usage, once: false when this epoch was settled before. Durable. */
  settle(settlement: Settlement): Promise<boolean>

  /** Renews the lease of the process, and notes how far its answers are, for who would have to settle them. */
  beat(process: string, running: readonly Progress[]): Promise<void>
  /** Settles, as estimated, what processes without a lease left behind. Returns how many. */
  settleDead(): Promise<number>
  /**
   * Gives back what stands open for the process and is none of `known`, its questions of now: a reservation that
   * arrived after it had been given up. What was reserved within the last lease is left alone. Returns how many.
   */
  giveBack(process: string, known: readonly Known[]): Promise<number>
  /** The process ends in order: its lease is given up. */
  leave(process: string): Promise<void>

  usage(filter: { box?: string; fromDay?: string; toDay?: string }): Promise<UsageRow[]>
  /** Forgets codes that expired long ago, counts of spans that are long over and questions older than a day. */
  prune(): Promise<void>
  close(): Promise<void>
}

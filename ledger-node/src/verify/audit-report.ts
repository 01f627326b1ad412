/** What an audit found out, and what it could not. */
export interface AuditReport {
  /** Nothing wrong was found, and with a policy the checkpoint is final. */
  ok: boolean
  /** The key that was trusted, and with it the log: its name is the origin. */
  origin: string
  /** Entries under the checkpoint, and its root in lower-case hex; null when there was no checkpoint to trust. */
  size: number | null
  root: string | null
  /** Entries that were read and found right, and the bytes of their bundles. After a problem: those before it. */
  entries: number
  bytes: number
  checked: Check[]
  notChecked: { what: Check; because: string }[]
  /** How often an entry claims to be earlier than the one before. No fault: time is a claim, never an order. */
  clockWentBack: number | null
  /** With a policy: who cosigned, by the names of the policy, and whether they are enough. */
  finality: { witnesses: string[]; of: number; final: boolean } | null
  /** The first thing wrong, from the beginning of the log. */
  problem: AuditProblem | null
}

export type Check =
  | 'checkpoint-signature'
  | 'root'
  | 'tiles'
  | 'bundles'
  | 'leaf-hashes'
  | 'entry-format'
  | 'sequence'
  | 'chain'
  | 'finality'
  | 'contents'
  | 'consistency-with-earlier-checkpoints'

export interface AuditProblem {
  /** `checkpoint`, the path of a tile or bundle, or null when no file of the log is to blame. */
  where: string | null
  /** Index of the entry, where it is one. */
  entry: number | null
  why: string
}

/** Ends an audit, or a part of one, with a problem. */
export class AuditStop extends Error {
  readonly problem: AuditProblem

  constructor(problem: AuditProblem, options?: ErrorOptions) {
    super(problem.why, options)
    this.name = 'AuditStop'
    this.problem = problem
  }
}

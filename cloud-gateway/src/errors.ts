import type { Usage } from './protocol.ts'

/**
 * Every way in which a question can fail: code -> [worth asking again, sentence]. The codes travel in `error`;
 * sentences say nothing of prompts, answers, addresses or keys. `{0}` is filled with the detail.
 */
export const askErrors = {
  // refused before anything was spent
  'bad-body': [false, 'the question is malformed: {0}'],
  'digest-mismatch': [false, 'the digest does not belong to the body'],
  'too-large': [false, 'the question is too large'],
  'rid-conflict': [false, 'another question has this id'],
  'too-many-asks': [true, 'too many questions of this box are in work'],
  'model-unknown': [false, 'there is no model of this name'],
  draining: [true, 'the gateway is going down'],
  unavailable: [true, 'the gateway cannot keep its accounts at the moment'],
  'quota-minute': [true, 'the tokens of this minute are used up'],
  'quota-day': [false, 'the tokens of this day are used up'],
  'quota-too-small': [false, 'the question is larger than what this box may use in a whole minute or day'],
  'queue-full': [true, 'too many questions are waiting for this model'],
  superseded: [true, 'a newer connection of this box has taken over'],
  /** The answer was paid for and cannot be shown: never a second one without the asker's word (`ask.epoch`). */
  RESUME_LOST: [true, 'the answer was begun and is lost'],
  // the model server
  'model-unreachable': [true, 'the model server cannot be reached'],
  'model-connect-timeout': [true, 'the model server did not accept the connection in time'],
  'model-auth': [false, 'the model server refuses the key'],
  'model-balance': [false, 'the account at the model server has no balance'],
  'model-overloaded': [true, 'the model server is overloaded'],
  'model-missing': [false, 'the model server does not have the model'],
  'model-prompt-too-long': [false, 'the question does not fit into the model'],
  'model-refused': [false, 'the model server refuses the request (status {0})'],
  'model-circuit-open': [true, 'the model server failed repeatedly and is left alone for a while'],
  'model-content': [false, 'the model server refuses the content'],
  'model-error': [true, 'the model server failed ({0})'],
  'model-bad-response': [false, 'the model server sent something else than an answer: {0}'],
  // the answer broke off
  incomplete: [true, 'the answer ended without a finish reason'],
  'first-token-timeout': [true, 'the model did not begin in time'],
  'idle-timeout': [true, 'the model fell silent'],
  'too-slow': [true, 'the model writes too slowly'],
  deadline: [true, 'the time for this answer is over'],
  'answer-too-long': [false, 'the model did not stop writing'],
  internal: [true, 'the gateway failed'],
  // seen by the box
  'not-connected': [true, 'there is no connection to the gateway'],
  'connection-lost': [true, 'the connection to the gateway broke before the answer began'],
  'gateway-silent': [true, 'the gateway fell silent'],
  cancelled: [false, 'the question was withdrawn before it was sent'],
} satisfies Record<string, readonly [retryable: boolean, sentence: string]>

export type AskErrorCode = keyof typeof askErrors

/** Why there is no (whole) answer. */
export class AskError extends Error {
  override name = 'AskError'
  /** From the catalogue, or one that a newer gateway sent. */
  readonly code: string
  readonly retryable: boolean
  /** What the broken-off answer cost, where that is known. */
  readonly usage: Usage | null
  /** When it makes sense to ask again, where somebody said so (a quota, a model server's Retry-After). */
  readonly retryAfterMs: number | null

  constructor(
    failure: {
      code: string
      message: string
      retryable: boolean
      usage?: Usage | null
      retryAfterMs?: number | null
    },
    options?: ErrorOptions,
  ) {
    super(failure.message, options)
    this.code = failure.code
    this.retryable = failure.retryable
    this.usage = failure.usage ?? null
    this.retryAfterMs = failure.retryAfterMs ?? null
  }
}

export function askError(
  code: AskErrorCode,
  detail = '',
  options?: ErrorOptions & { retryAfterMs?: number | null },
): AskError {
  const [retryable, sentence] = askErrors[code]
  const { retryAfterMs, ...cause } = options ?? {}
  return new AskError({ code, message: sentence.replace('{0}', detail), retryable, retryAfterMs }, cause)
}

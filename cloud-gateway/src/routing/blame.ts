/** What a failure says about the target, and what may be tried after it. */
import type { AskError, AskErrorCode } from '../errors.ts'

/**
 * `own`: the target failed; enough of these and it is left alone. `person`: it goes on failing until somebody acts.
 * `overload`: it asks for a rest. `none`: the question's doing, or nobody's; the target is as well as before.
 */
export type Blame = 'own' | 'person' | 'overload' | 'none'

export interface Verdict {
  blame: Blame
  /** Another target may be asked, while nothing has been sent; `larger`: only one with a larger context. */
  next: 'any' | 'larger' | 'none'
}

const own: Verdict = { blame: 'own', next: 'any' }
const person: Verdict = { blame: 'person', next: 'any' }
const nobodys: Verdict = { blame: 'none', next: 'none' }

const verdicts: Partial<Record<AskErrorCode, Verdict>> = {
  'model-unreachable': own,
  'model-connect-timeout': own,
  'model-error': own,
  'model-bad-response': own,
  incomplete: own,
  'first-token-timeout': own,
  'idle-timeout': own,
  'too-slow': own,
  // A driver that breaks its contract.
  internal: own,
  'model-auth': person,
  'model-balance': person,
  'model-missing': person,
  'model-overloaded': { blame: 'overload', next: 'any' },
  'model-prompt-too-long': { blame: 'none', next: 'larger' },
  // Met while waiting for a turn.
  'model-circuit-open': { blame: 'none', next: 'any' },
  'queue-full': { blame: 'none', next: 'any' },
}

/** Everything else (content, a request that is refused, the absolute time) is nobody's fault and would come again. */
export function verdictOn(code: string): Verdict {
  return verdicts[code as AskErrorCode] ?? nobodys
}

/** Failures after which a health check that succeeds shows that the target is back; the others take an answer. */
export const shownByCheck: ReadonlySet<string> = new Set([
  'model-unreachable',
  'model-connect-timeout',
  'model-auth',
  'model-missing',
])

/** Failures that can come in the middle of an answer: its first text does not show that they are over. */
export const shownByEnd: ReadonlySet<string> = new Set([
  'incomplete',
  'idle-timeout',
  'too-slow',
  'model-bad-response',
])

const neverArrived = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN'])

/** Nobody has seen the request, so that sending it again cannot be paid for twice. */
export function neverReached(error: AskError): boolean {
  const cause = error.cause instanceof Error ? (error.cause as NodeJS.ErrnoException) : null
  return error.code === 'model-unreachable' && neverArrived.has(cause?.code ?? '')
}

import { EnrolError } from '@tanbox/cloud-gateway/enrol'
import { reasonOf } from '../errors.ts'
import type { Reason } from '../model.ts'

/** The box's own enrolment at its gateway, by the code in its settings. */
export interface Enrolment {
  /** Why it did not succeed so far; null: it did, or was not needed. */
  readonly failure: Reason | null
  /** The gateway does not know this box. True when it does by now. Never throws. */
  redeem(): Promise<boolean>
  /** Ends what is under way. */
  close(): void
}

export interface EnrolmentSettings {
  /** Empty: the operator lets the box in by hand. */
  code: string
  gateway: string
  /** Redeems the code; throws EnrolError. */
  enrol(code: string, signal: AbortSignal): Promise<void>
  /** Sentences for the log. */
  notice(reason: Reason | null, cause?: unknown): void
}

/** A code is redeemed once: what the gateway has refused, or accepted without letting the box in, is not repeated. */
export function createEnrolment({ code, gateway, enrol, notice }: EnrolmentSettings): Enrolment {
  let failure: Reason | null = null
  let over = code === ''
  const closing = new AbortController()
  return {
    get failure() {
      return failure
    },
    async redeem() {
      if (over) return false
      try {
        await enrol(code, closing.signal)
        over = true
        failure = null
        notice(null)
        return true
      } catch (cause) {
        if (closing.signal.aborted) return false
        const known = cause instanceof EnrolError ? cause : null
        over = known !== null && !known.retryable
        failure = reasonOf(known ? `enrol-${known.code}` : 'enrol-refused', gateway)
        notice(failure, cause)
        return false
      }
    },
    close: () => closing.abort(),
  }
}

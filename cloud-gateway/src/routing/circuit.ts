/** Leaves a target alone that fails again and again, and finds out when it is back. */
import { type AskError, type AskErrorCode, askError } from '../errors.ts'
import { shownByCheck, shownByEnd, verdictOn } from './blame.ts'

export interface CircuitSettings {
  /** So many failures within the window, and at least that share of what ended in it, open the circuit. */
  failures: number
  windowMs: number
  share: number
  /** First and longest time for which it stays open; it doubles from one opening to the next, until an answer is whole. */
  backOffMs: number
  longestBackOffMs: number
  /** The same where a person must act (key, balance, model). */
  personBackOffMs: number
  longestPersonBackOffMs: number
  /** Rest of a target that is overloaded and does not say for how long; doubles while that goes on. */
  restMs: number
  longestRestMs: number
  /** So many rests one after another without an answer between them open the circuit. */
  rests: number
}

export const circuitSettings: CircuitSettings = {
  failures: 5,
  windowMs: 60_000,
  share: 0.5,
  backOffMs: 5000,
  longestBackOffMs: 60_000,
  personBackOffMs: 60_000,
  longestPersonBackOffMs: 600_000,
  restMs: 1000,
  longestRestMs: 15_000,
  rests: 5,
}

export type CircuitState = 'closed' | 'open' | 'half-open'

/** Leave to ask the target once. Exactly one of `succeeded`, `failed` and `withdrawn` ends it; again does nothing. */
export interface Permit {
  /** The first text is there. */
  begun(): void
  succeeded(): void
  failed(error: AskError): void
  /** The asker went away: that says nothing. */
  withdrawn(): void
}

export interface Circuit {
  /** `half-open`: the back-off is over or a try is under way. */
  readonly state: CircuitState
  /** Moment (`performance.now`) until which an overloaded target rests; in the past: it does not. */
  readonly restsUntil: number
  /** What opened it goes on until somebody acts. */
  readonly waitsForPerson: boolean
  /** Milliseconds until the next try; 0 unless it is open. */
  readonly tryInMs: number
  /** Whether `admit` would give a permit. */
  readonly admits: boolean
  /** Null: not now. */
  admit(): Permit | null
  /** As `admit` for a health check, which may try before the back-off is over; null while another one tries. */
  admitCheck(): Permit | null
  /** Why it is not asked, for who was turned away. */
  refusal(): AskError
}

/**
 * `changed` hears of every opening and closing. While it is open exactly one answer or health check at a time tries the
 * target. Answers that were under way when it opened have no say any more.
 */
export function createCircuit(
  settings: CircuitSettings,
  random: () => number,
  changed: (state: 'closed' | 'open', cause: string | null) => void,
  now: () => number = () => performance.now(),
): Circuit {
  /** Code that opened it; null: closed. */
  let cause: string | null = null
  let tryAt = 0
  let trying = false
  /** Openings since an answer was whole. */
  let openings = 0
  let rests = 0
  let restsUntil = Number.NEGATIVE_INFINITY
  let restedAt = Number.NEGATIVE_INFINITY
  /** Of answers that ended while it was closed, oldest first. */
  let ended: { at: number; failed: boolean }[] = []
  /** Counts openings and closings; permits of an earlier time are void. */
  let time = 0

  const admits = () => cause === null || (!trying && now() >= tryAt)
  const waitsForPerson = () => cause !== null && verdictOn(cause).blame === 'person'

  function open(code: string): void {
    const person = verdictOn(code).blame === 'person'
    const first = person ? settings.personBackOffMs : settings.backOffMs
    const longest = person ? settings.longestPersonBackOffMs : settings.longestBackOffMs
    const backOffMs = Math.min(longest, first * 2 ** Math.min(openings, 16))
    tryAt = now() + backOffMs * (0.75 + random() / 2)
    openings += 1
    ended = []
    time += 1
    const before = cause
    cause = code
    if (before === null) changed('open', code)
  }

  function close(): void {
    if (cause === null) return
    cause = null
    rests = 0
    restsUntil = Number.NEGATIVE_INFINITY
    time += 1
    changed('closed', null)
  }

  function rest(error: AskError, askedAt: number): void {
    // What was asked before the rest began brings no news.
    if (askedAt < restedAt) return
    rests += 1
    restedAt = now()
    const known = error.retryAfterMs
    const restMs = Math.min(settings.longestRestMs, settings.restMs * 2 ** (rests - 1))
    if (rests >= settings.rests || (known !== null && known > settings.longestRestMs)) {
      open(error.code)
      if (known !== null) tryAt = Math.max(tryAt, now() + known)
    } else {
      restsUntil = now() + (known ?? restMs * (0.75 + random() / 2))
    }
  }

  function count(failed: boolean): boolean {
    const moment = now()
    ended.push({ at: moment, failed })
    ended = ended.filter(({ at }) => moment - at <= settings.windowMs).slice(-64)
    const failures = ended.filter(({ failed }) => failed).length
    return failures >= settings.failures && failures >= ended.length * settings.share
  }

  function permit(check: boolean): Permit {
    const askedAt = now()
    let issued = time
    let tries = cause !== null
    let over = false
    if (tries) trying = true

    function finish(verdict: () => void): void {
      if (over) return
      over = true
      if (tries) trying = false
      if (issued === time) verdict()
    }

    function succeeded(): void {
      if (check) {
        // Something else than what is checked was broken: an answer may try now.
        if (cause !== null && !shownByCheck.has(cause)) tryAt = now()
        else close()
        return
      }
      openings = 0
      rests = 0
      close()
      count(false)
    }

    function failed(error: AskError): void {
      const { blame } = verdictOn(error.code)
      if (check) {
        // Not traffic: it opens nothing, but nobody need try what is known to fail.
        if (cause !== null) tryAt = Math.max(tryAt, now() + settings.backOffMs)
      } else if (blame === 'none') succeeded()
      else if (tries || blame === 'person') open(error.code)
      else if (blame === 'overload') rest(error, askedAt)
      else if (count(true)) open(error.code)
    }

    return {
      begun() {
        if (over || check || !tries || issued !== time || cause === null || shownByEnd.has(cause)) return
        trying = false
        tries = false
        close()
        issued = time
      },
      succeeded: () => finish(succeeded),
      failed: (error) => finish(() => failed(error)),
      withdrawn: () => finish(() => {}),
    }
  }

  return {
    get state() {
      if (cause === null) return 'closed'
      return trying || now() >= tryAt ? 'half-open' : 'open'
    },
    get restsUntil() {
      return restsUntil
    },
    get waitsForPerson() {
      return waitsForPerson()
    },
    get tryInMs() {
      return cause === null ? 0 : Math.max(0, tryAt - now())
    },
    get admits() {
      return admits()
    },
    admit: () => (admits() ? permit(false) : null),
    admitCheck: () => (cause !== null && trying ? null : permit(true)),
    refusal() {
      const retryAfterMs = cause === null ? null : Math.ceil(Math.max(0, tryAt - now()))
      return askError(waitsForPerson() ? (cause as AskErrorCode) : 'model-circuit-open', '', { retryAfterMs })
    },
  }
}

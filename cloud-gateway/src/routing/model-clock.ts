/** Puts one attempt at a model under its timers. */
import { type AskError, type AskErrorCode, askError } from '../errors.ts'
import type { ModelTimers } from '../providers/provider.ts'

export interface ModelClock {
  /** The model wrote (reasoning counts, keep-alive does not get here). Costs one look at the clock. */
  text(characters: number): void
  /** The box is slow: from here on nothing counts against the model. Pauses nest. */
  pause(): void
  resume(): void
  stop(): void
}

/**
 * Calls `expired` at most once. There is one timer: it is armed for the earliest moment at which something may be
 * due, and when that has moved on meanwhile (the model wrote, the box was slow) it is armed again, so that text costs
 * no timer. The rate is measured over windows that follow one another from the first text on. Time is `performance.now`,
 * of which the model's own share leaves out the pauses; only the absolute time goes on through them.
 */
export function startModelClock(timers: ModelTimers, expired: (error: AskError) => void): ModelClock {
  const startedAt = performance.now()
  let pauses = 0
  let pausedAt = 0
  /** Time that does not count, without the pause that lasts. */
  let pausedMs = 0
  let begun = false
  /** In the model's time. */
  let lastTextAt = 0
  let windowAt = 0
  let characters = 0
  let timer: NodeJS.Timeout | undefined
  let look: NodeJS.Immediate | undefined
  let armedFor = Number.POSITIVE_INFINITY
  let over = false

  const modelTime = () => (pauses > 0 ? pausedAt : performance.now()) - startedAt - pausedMs

  /** Milliseconds until something may be due, and what; at most 0: it is. */
  function next(): { inMs: number; code: AskErrorCode } {
    const absolute = timers.absoluteMs - (performance.now() - startedAt)
    if (pauses > 0) return { inMs: absolute, code: 'deadline' }
    const now = modelTime()
    const silent = (begun ? timers.idleMs : timers.firstTokenMs) - (now - lastTextAt)
    let [inMs, code] = [silent, (begun ? 'idle-timeout' : 'first-token-timeout') as AskErrorCode]
    if (begun) {
      const window = timers.rateWindowMs - (now - windowAt)
      if (window < inMs) [inMs, code] = [window, 'too-slow']
    }
    return absolute < inMs ? { inMs: absolute, code: 'deadline' } : { inMs, code }
  }

  function arm(inMs: number): void {
    if (over) return
    armedFor = performance.now() + inMs
    clearTimeout(timer)
    // After the timers come the sockets: text that has arrived while this process was busy is read before the verdict.
    timer = setTimeout(
      () => {
        look = setImmediate(judge)
      },
      Math.max(1, Math.ceil(inMs)),
    )
  }

  function judge(): void {
    if (over) return
    let due = next()
    if (due.inMs <= 0 && due.code === 'too-slow' && characters >= timers.rateCharacters) {
      windowAt = modelTime()
      characters = 0
      due = next()
    }
    if (due.inMs > 0) {
      arm(due.inMs)
      return
    }
    stop()
    expired(askError(due.code))
  }

  function stop(): void {
    over = true
    clearTimeout(timer)
    clearImmediate(look)
  }

  function armEarlier(): void {
    const { inMs } = next()
    if (performance.now() + inMs < armedFor) arm(inMs)
  }

  arm(next().inMs)
  return {
    text(count) {
      characters += count
      lastTextAt = modelTime()
      if (begun) return
      begun = true
      windowAt = lastTextAt
      armEarlier()
    },
    pause() {
      if (pauses === 0) pausedAt = performance.now()
      pauses += 1
    },
    resume() {
      if (pauses === 0) return
      pauses -= 1
      if (pauses > 0) return
      pausedMs += performance.now() - pausedAt
      armEarlier()
    },
    stop,
  }
}

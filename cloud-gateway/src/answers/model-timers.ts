/** Puts a model under its timers. */
import { askError } from '../errors.ts'
import type { ModelEvent, ModelTimers } from '../providers/provider.ts'

/**
 * The events of `source`, until one of the timers runs out (AskError) or `signal` aborts (its reason). Only
 * waiting for the model counts: while the box is slow to read, the model's clock stands still. A source that
 * hangs is left behind.
 */
export async function* withTimers(
  source: AsyncIterable<ModelEvent>,
  timers: ModelTimers,
  signal: AbortSignal,
): AsyncGenerator<ModelEvent> {
  const iterator = source[Symbol.asyncIterator]()
  /** Milliseconds waited since the last text, and in the present window of the rate. */
  let silentMs = 0
  let windowMs = 0
  let windowCharacters = 0
  let begun = false
  try {
    while (true) {
      const limitMs = begun ? timers.idleMs : timers.firstTokenMs
      const started = performance.now()
      const result = await within(iterator.next(), limitMs - silentMs, begun, signal)
      const waitedMs = performance.now() - started
      if (result.done) return
      silentMs += waitedMs
      windowMs += waitedMs
      if (result.value.type === 'text') {
        if (!begun) windowMs = 0
        begun = true
        silentMs = 0
        windowCharacters += result.value.text.length
        if (windowMs >= timers.rateWindowMs) {
          if (windowCharacters < timers.rateCharacters) throw askError('too-slow')
          windowMs = 0
          windowCharacters = 0
        }
      }
      yield result.value
    }
  } finally {
    // Not awaited: a source that hangs would hang here as well.
    Promise.resolve(iterator.return?.()).catch(() => {})
  }
}

async function within<T>(next: Promise<T>, limitMs: number, begun: boolean, signal: AbortSignal): Promise<T> {
  // When nobody waits for it any more, its failure concerns nobody.
  next.catch(() => {})
  signal.throwIfAborted()
  let stop = () => {}
  const interrupted = new Promise<never>((_, reject) => {
    const abort = () => reject(signal.reason)
    const timer = setTimeout(
      () => reject(askError(begun ? 'idle-timeout' : 'first-token-timeout')),
      Math.max(0, limitMs),
    )
    signal.addEventListener('abort', abort, { once: true })
    stop = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
    }
  })
  try {
    return await Promise.race([next, interrupted])
  } finally {
    stop()
  }
}

/** What has to be done soon or not at all. */

/**
 * Calls `work` with a signal that aborts with `signal` or after `ms`. Resolves with null when it failed or took too
 * long; rejects only with the signal's reason.
 */
export async function soonOrNull<T>(
  ms: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T | null>,
): Promise<T | null> {
  signal.throwIfAborted()
  const stop = new AbortController()
  const abort = () => stop.abort(signal.reason)
  const timer = setTimeout(abort, ms)
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await work(stop.signal)
  } catch {
    signal.throwIfAborted()
    return null
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', abort)
  }
}

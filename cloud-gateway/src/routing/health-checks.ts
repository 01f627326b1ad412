/** Asks a target from time to time whether it can be asked. */
import { AskError, askError } from '../errors.ts'
import type { Provider } from '../providers/provider.ts'
import type { Circuit } from './circuit.ts'

export interface HealthSettings {
  everyMs: number
  /** While it is unhealthy or left alone; what waits for a person waits for its next try. */
  soonMs: number
  /** A check that takes longer has failed. */
  limitMs: number
}

export const healthSettings: HealthSettings = { everyMs: 15_000, soonMs: 5000, limitMs: 5000 }

export interface HealthChecks {
  /** Of the last check; null: none yet. */
  readonly healthy: boolean | null
  /** The circuit has opened: look again soon. */
  soon(): void
  /** Looks now, or waits for the look that is under way. Never rejects. */
  look(): Promise<void>
  close(): void
}

/** Times are spread by a quarter. */
export function startHealthChecks(
  target: { provider: Provider; circuit: Circuit },
  settings: HealthSettings,
  random: () => number,
  listener: {
    /** Code of every check that failed. */
    failed(code: string): void
    changed(healthy: boolean, code: string | null): void
  },
): HealthChecks {
  const { provider, circuit } = target
  const stop = new AbortController()
  let healthy: boolean | null = null
  let checking: Promise<void> | null = null
  let timer: NodeJS.Timeout

  function schedule(ms: number): void {
    clearTimeout(timer)
    if (stop.signal.aborted) return
    timer = setTimeout(() => void look(), ms * (0.75 + random() / 2))
    timer.unref()
  }

  function next(): number {
    if (circuit.state === 'closed') return healthy === false ? settings.soonMs : settings.everyMs
    return circuit.waitsForPerson ? Math.max(settings.soonMs, circuit.tryInMs) : settings.soonMs
  }

  function note(result: boolean, code: string | null): void {
    const before = healthy
    healthy = result
    // The first check of a target that is well is no news.
    if (before !== result && !(before === null && result)) listener.changed(result, code)
  }

  function look(): Promise<void> {
    clearTimeout(timer)
    checking ??= check().finally(() => {
      checking = null
    })
    return checking
  }

  async function check(): Promise<void> {
    if (stop.signal.aborted) return
    const permit = circuit.admitCheck()
    // An answer is trying just now, and says more.
    if (!permit) return schedule(settings.soonMs)
    try {
      await within(provider, settings.limitMs, stop.signal)
      note(true, null)
      permit.succeeded()
    } catch (error) {
      if (stop.signal.aborted) return permit.withdrawn()
      const failure = error instanceof AskError ? error : askError('internal', '', { cause: error })
      listener.failed(failure.code)
      note(false, failure.code)
      permit.failed(failure)
    }
    schedule(next())
  }

  schedule(Math.min(1000, settings.everyMs) * random())
  return {
    get healthy() {
      return healthy
    },
    soon() {
      if (!checking) schedule(next())
    },
    look,
    close() {
      stop.abort(askError('draining'))
      clearTimeout(timer)
    },
  }
}

const over = Symbol('over')

/** Also ends when the driver does not. */
async function within(provider: Provider, limitMs: number, stopped: AbortSignal): Promise<void> {
  const limit = new AbortController()
  const abort = () => limit.abort(stopped.reason)
  stopped.addEventListener('abort', abort, { once: true })
  const timer = setTimeout(() => limit.abort(askError('model-connect-timeout')), limitMs)
  timer.unref()
  try {
    await new Promise<void>((resolve, reject) => {
      limit.signal.addEventListener('abort', () => reject(limit.signal.reason), { once: true })
      Promise.resolve()
        .then(() => provider.check(limit.signal))
        .then(resolve, reject)
    })
  } finally {
    clearTimeout(timer)
    stopped.removeEventListener('abort', abort)
    limit.abort(over)
  }
}

/** One request to one target: under its clock, with a sink that is open only while the attempt lasts. */
import { AskError, askError } from '../errors.ts'
import type {
  ModelFinish,
  ModelRequest,
  ModelSink,
  ModelTimers,
  Provider,
  Upstream,
} from '../providers/provider.ts'
import { type ModelClock, startModelClock } from './model-clock.ts'

/** Tells a driver that still holds on to the signal that its answer is over. */
const over = Symbol('over')

export interface Attempt {
  /** When the first text came (`performance.now`); null: there was none. */
  readonly firstTextAt: number | null
  /** Rejects with AskError, or with the signal's reason, in both cases at once, whatever the driver does. */
  readonly done: Promise<ModelFinish>
}

/**
 * Nothing a driver does gets past this: what it throws that is no AskError becomes `internal`, what it writes after the
 * end or after an abort is dropped, and an end that it never says is that of the clock. `begun` hears the first text
 * before the sink does.
 */
export function startAttempt(
  target: { provider: Provider; timers: ModelTimers },
  request: ModelRequest,
  sink: ModelSink,
  signal: AbortSignal,
  begun: () => void,
): Attempt {
  const stop = new AbortController()
  const letGo = new Set<() => void>()
  let firstTextAt: number | null = null
  let ended = false
  let clock: ModelClock | null = null

  const done = new Promise<ModelFinish>((resolve, reject) => {
    const abort = () => end(() => reject(signal.reason), signal.reason)

    function end(settle: () => void, reason: unknown): void {
      if (ended) return
      ended = true
      signal.removeEventListener('abort', abort)
      clock?.stop()
      stop.abort(reason)
      for (const each of letGo) each()
      settle()
    }

    const fail = (error: unknown) =>
      end(() => reject(error instanceof AskError ? error : askError('internal', '', { cause: error })), error)

    const guarded: ModelSink = {
      progress(state, position) {
        if (!ended) sink.progress(state, position)
      },
      text(channel, text) {
        if (ended) return
        if (firstTextAt === null) {
          firstTextAt = performance.now()
          begun()
        }
        clock!.text(text.length)
        try {
          sink.text(channel, text)
        } catch (error) {
          // It does not by contract; in a driver's socket handler it would end the process.
          fail(error)
        }
      },
      usage(count) {
        if (!ended) sink.usage(count)
      },
      reading(upstream) {
        if (ended) return () => {}
        const watched = watch(upstream, clock!)
        const release = sink.reading(watched)
        const once = () => {
          if (!letGo.delete(once)) return
          watched.forget()
          release()
        }
        letGo.add(once)
        return once
      },
    }

    if (signal.aborted) {
      ended = true
      reject(signal.reason)
      return
    }
    signal.addEventListener('abort', abort, { once: true })
    clock = startModelClock(target.timers, fail)
    // Within a promise, so that a driver that throws at once has rejected.
    Promise.resolve()
      .then(() => target.provider.write(request, guarded, stop.signal))
      .then((finish) => {
        if (isFinish(finish)) end(() => resolve(finish), over)
        else fail(new TypeError('a driver ended without saying how'))
      }, fail)
  })

  return {
    get firstTextAt() {
      return firstTextAt
    },
    done,
  }
}

/** Pausing the upstream stops the model's clock as well: the box is slow, not the model. */
function watch(upstream: Upstream, clock: ModelClock): Upstream & { forget(): void } {
  let paused = false
  const goOn = () => {
    if (paused) clock.resume()
    paused = false
  }
  return {
    pause() {
      if (!paused) clock.pause()
      paused = true
      upstream.pause()
    },
    resume() {
      goOn()
      upstream.resume()
    },
    get waitingBytes() {
      return upstream.waitingBytes
    },
    forget: goOn,
  }
}

function isFinish(finish: unknown): finish is ModelFinish {
  const value = finish as ModelFinish | null | undefined
  return value?.finish === 'stop' || value?.finish === 'length' || value?.finish === 'content_filter'
}

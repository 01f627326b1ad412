/** A router whose answers are written by the test, event by event. */
import type { AskError } from '../../src/errors.ts'
import type { TokenCount, Upstream } from '../../src/providers/provider.ts'
import { defaultTimers } from '../../src/providers/provider.ts'
import type { RouteFinish, RouteRequest, Router, RouteSink, Target } from '../../src/routing/router.ts'

export interface Play {
  request: RouteRequest
  sink: RouteSink
  signal: AbortSignal
  /** Held back by the desk. */
  readonly paused: boolean
  readonly over: boolean
  /** What is said to have arrived and not been looked at. */
  waitingBytes: number
  finish(finish?: RouteFinish['finish'], usage?: TokenCount | null): void
  fail(error: AskError): void
}

export interface ScriptedRouter extends Router {
  plays: Play[]
  /** The next play, waiting for it where it has not begun. */
  next(): Promise<Play>
}

export function testTarget(name = 'stub', changes: Partial<Target> = {}): Target {
  return {
    name,
    provider: { model: `model-${name}` } as Target['provider'],
    contextTokens: 128_000,
    concurrency: 1000,
    timers: defaultTimers,
    price: { prompt: 1_000_000, completion: 2_000_000 },
    energy: { prompt: 1000, completion: 3000 },
    ...changes,
  }
}

/** `promptTokens`: what every prompt is said to have. Without `target` the test names the targets itself. */
export function scriptedRouter({
  promptTokens = 100,
  target = testTarget() as Target | null,
  count = async () => promptTokens,
}: {
  promptTokens?: number
  target?: Target | null
  count?: (signal: AbortSignal) => Promise<number>
} = {}): ScriptedRouter {
  const plays: Play[] = []
  let taken = 0
  let wake = () => {}
  return {
    plays,
    aliases: ['default'],
    has: (alias) => alias === 'default',
    modelOf: () => (target ?? testTarget()).provider.model,
    countPrompt: (_alias, _question, signal) => count(signal),
    answer(request, sink, signal) {
      return new Promise((resolve, reject) => {
        let paused = false
        let over = false
        let present = target
        const watched: RouteSink = {
          ...bind(sink),
          target(next, code) {
            present = next
            sink.target(next, code)
          },
        }
        const upstream: Upstream = {
          pause() {
            paused = true
          },
          resume() {
            paused = false
          },
          get waitingBytes() {
            return play.waitingBytes
          },
        }
        const end = (settle: () => void) => {
          if (over) return
          over = true
          release()
          settle()
        }
        const play: Play = {
          request,
          sink: watched,
          signal,
          waitingBytes: 0,
          get paused() {
            return paused
          },
          get over() {
            return over
          },
          finish(finish = 'stop', usage = null) {
            end(() => resolve({ finish, usage, target: present! }))
          },
          fail: (error) => end(() => reject(error)),
        }
        if (target) watched.target(target, null)
        const release = sink.reading(upstream)
        signal.addEventListener('abort', () => end(() => reject(signal.reason)), { once: true })
        plays.push(play)
        wake()
      })
    },
    async next() {
      while (plays.length <= taken) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      taken += 1
      return plays[taken - 1]!
    },
    status: () => [],
    look: async () => {},
    close() {},
  }
}

function bind(sink: RouteSink): RouteSink {
  return {
    target: (target, code) => sink.target(target, code),
    progress: (state, position) => sink.progress(state, position),
    text: (channel, text) => sink.text(channel, text),
    usage: (count) => sink.usage(count),
    reading: (upstream) => sink.reading(upstream),
  }
}

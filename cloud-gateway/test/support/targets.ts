/** Targets and questions for tests of the router. */
import type { LogFields } from '../../src/log.ts'
import type { Observation } from '../../src/operator/observer.ts'
import {
  defaultTimers,
  type ModelRequest,
  type Provider,
  type Upstream,
} from '../../src/providers/provider.ts'
import { createRouter, type RouterCollaborators } from '../../src/routing/create-router.ts'
import type { RouteRequest, Router, RouteSink, Target } from '../../src/routing/router.ts'
import { type RouterSettings, routerSettings } from '../../src/routing/settings.ts'
import { newRid, question } from './questions.ts'

export function target(name: string, provider: Provider, changes: Partial<Target> = {}): Target {
  return {
    name,
    provider,
    contextTokens: 8192,
    concurrency: 4,
    timers: defaultTimers,
    price: { prompt: 0, completion: 0 },
    energy: null,
    ...changes,
  }
}

/** No health checks of their own accord within the time of a test. */
export const quick: RouterSettings = {
  ...routerSettings,
  queue: { most: 100, mostPerBox: 50, tellEveryMs: 20 },
  health: { everyMs: 600_000, soonMs: 600_000, limitMs: 1000 },
  retryMs: 5,
}

export interface TestRouter extends Disposable {
  router: Router
  observed: Observation[]
  log: { event: string; fields: LogFields }[]
  /** Asks as one box and keeps what it gets. */
  ask(changes?: Partial<RouteRequest>, signal?: AbortSignal): Asked
}

export interface Asked {
  text: string
  /** `target:code`, one each time a target is announced. */
  targets: string[]
  positions: number[]
  upstream: Upstream | null
  /** How often what is read was let go. */
  released: number
  done: ReturnType<Router['answer']>
}

export function testRouter(
  targets: Target[],
  changes: Partial<Omit<RouterCollaborators, 'settings'>> & { settings?: Partial<RouterSettings> } = {},
): TestRouter {
  const observed: Observation[] = []
  const log: TestRouter['log'] = []
  const router = createRouter({
    targets,
    aliases: new Map([['default', targets.map(({ name }) => name)]]),
    observer: { observe: (observation) => observed.push(observation) },
    log: (event, fields = {}) => log.push({ event, fields }),
    estimatePrompt: () => 100,
    random: () => 0.5,
    ...changes,
    settings: { ...quick, ...changes.settings },
  })
  return {
    router,
    observed,
    log,
    ask(changes = {}, signal = new AbortController().signal) {
      const asked: Asked = {
        text: '',
        targets: [],
        positions: [],
        upstream: null,
        released: 0,
        done: Promise.resolve() as never,
      }
      const sink: RouteSink = {
        target: ({ name }, code) => asked.targets.push(`${name}:${code}`),
        progress: (state, position) => state === 'queued' && asked.positions.push(position!),
        text: (_, text) => {
          asked.text += text
        },
        usage() {},
        reading(upstream) {
          asked.upstream = upstream
          return () => {
            asked.released += 1
          }
        },
      }
      const request = {
        rid: newRid(),
        epoch: 1,
        alias: 'default',
        box: 'box-a',
        question: question(),
        promptTokens: 100,
        maxTokens: 500,
        traceparent: null,
        ...changes,
      }
      asked.done = router.answer(request, sink, signal)
      asked.done.catch(() => {})
      return asked
    },
    [Symbol.dispose]: () => router.close(),
  }
}

/** A model in the hands of the test. */
export function puppet(write: Provider['write'], more: Partial<Provider> = {}) {
  const requests: ModelRequest[] = []
  return {
    model: 'puppet',
    requests,
    write(...args: Parameters<Provider['write']>) {
      requests.push(args[0])
      return write(...args)
    },
    async check() {},
    ...more,
  } satisfies Provider & { requests: ModelRequest[] }
}

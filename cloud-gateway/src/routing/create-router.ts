/** Which target answers a question, and which one instead when it does not. */
import { setTimeout as pause } from 'node:timers/promises'
import { AskError, askError } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Observer } from '../operator/observer.ts'
import type { AskBody } from '../protocol.ts'
import type { ModelFinish } from '../providers/provider.ts'
import { startAttempt } from './attempt.ts'
import { neverReached, verdictOn } from './blame.ts'
import { createPromptCounter, type PromptCounter } from './count-prompt.ts'
import { createCourse } from './course.ts'
import { openRoute, type Route } from './route.ts'
import type { RouteRequest, Router, RouteSink, Target } from './router.ts'
import { type RouterSettings, routerSettings } from './settings.ts'

export interface RouterCollaborators {
  targets: readonly Target[]
  /** Alias -> names of targets, the one that is asked first at the front. */
  aliases: ReadonlyMap<string, readonly string[]>
  observer: Observer
  log: Log
  /** Tokens of a prompt that no model server counted. */
  estimatePrompt(question: AskBody): number
  /** From 0 up to and without 1, for jitter. */
  random?: () => number
  /** What a model server is told of the trace; without it, what the box said. */
  traceparentOf?: (request: RouteRequest, attempt: number) => string | null
  settings?: Partial<RouterSettings>
}

/** Throws when an alias names a target that does not exist, or none. */
export function createRouter(collaborators: RouterCollaborators): Router {
  const { observer, log, random = Math.random } = collaborators
  const settings = { ...routerSettings, ...collaborators.settings }
  const aliasesOf = (name: string) =>
    [...collaborators.aliases].filter(([, names]) => names.includes(name)).map(([alias]) => alias)
  const routes = new Map<string, Route>(
    collaborators.targets.map((target) => [
      target.name,
      openRoute(target, aliasesOf(target.name), settings, random, (event, code) =>
        log(event, { target: target.name, code }),
      ),
    ]),
  )
  const routesOf = new Map<string, Route[]>()
  const counters = new Map<string, PromptCounter>()
  for (const [alias, names] of collaborators.aliases) {
    const found = names.map((name) => {
      const route = routes.get(name)
      if (!route) throw new Error(`the model ${alias} names the target ${name}, which there is not`)
      return route
    })
    if (found.length === 0) throw new Error(`the model ${alias} names no target`)
    routesOf.set(alias, found)
    const { provider } = found[0]!.target
    counters.set(alias, createPromptCounter(provider, settings.countMs, collaborators.estimatePrompt))
  }

  async function answer(request: RouteRequest, sink: RouteSink, signal: AbortSignal) {
    signal.throwIfAborted()
    const course = createCourse(routesOf.get(request.alias) ?? [], request.promptTokens)
    let attempts = 0
    while (true) {
      const { route, code } = course.next(request.box)
      sink.target(route.target, code)
      for (let again = false; ; again = true) {
        attempts += 1
        const outcome = await attempt(route, request, attempts, sink, signal)
        if ('finish' in outcome) return { ...outcome, target: route.target }
        const { error, begun } = outcome
        // Never after the first text: what there is stands, and this is how it ended.
        if (begun || verdictOn(error.code).next === 'none') throw error
        if (again || !neverReached(error) || !route.circuit.admits) {
          course.failed(route, error)
          break
        }
        await pause(settings.retryMs, undefined, { signal }).catch(() => signal.throwIfAborted())
      }
    }
  }

  /** Waits for a turn and asks once. Rejects with the signal's reason only. */
  async function attempt(
    route: Route,
    request: RouteRequest,
    number: number,
    sink: RouteSink,
    signal: AbortSignal,
  ): Promise<ModelFinish | { error: AskError; begun: boolean }> {
    const { target, queue, circuit } = route
    const startedAt = Date.now()
    const chosenAt = performance.now()
    let askedAt: number | null = null
    let firstTextAt: number | null = null
    let code: string | null = 'aborted'
    let endTurn = () => {}
    try {
      endTurn = await queue.enter(request.box, signal, (position) => sink.progress('queued', position))
      signal.throwIfAborted()
      const permit = circuit.admit()
      if (!permit) throw circuit.refusal()
      askedAt = performance.now()
      const running = startAttempt(target, modelRequest(request, target, number), sink, signal, permit.begun)
      try {
        const finish = await running.done
        permit.succeeded()
        route.lastFailure = null
        code = null
        return finish
      } catch (error) {
        if (signal.aborted || !(error instanceof AskError)) permit.withdrawn()
        else {
          route.lastFailure = error.code
          permit.failed(error)
          queue.hold(circuit.restsUntil)
          observer.observe({ type: 'target-failed', target: target.name, code: error.code })
        }
        throw error
      } finally {
        firstTextAt = running.firstTextAt
      }
    } catch (error) {
      if (signal.aborted) throw signal.reason
      if (!(error instanceof AskError)) throw error
      code = error.code
      return { error, begun: firstTextAt !== null }
    } finally {
      endTurn()
      const now = performance.now()
      observer.observe({
        type: 'attempt',
        rid: request.rid,
        epoch: request.epoch,
        number,
        target: target.name,
        model: target.provider.model,
        startedAt,
        queuedMs: (askedAt ?? now) - chosenAt,
        askedMs: askedAt === null ? null : now - askedAt,
        firstTokenMs: askedAt === null || firstTextAt === null ? null : firstTextAt - askedAt,
        code,
      })
    }
  }

  function modelRequest(request: RouteRequest, target: Target, number: number) {
    return {
      question: request.question,
      maxTokens: Math.min(request.maxTokens, target.contextTokens - request.promptTokens),
      traceparent: collaborators.traceparentOf?.(request, number) ?? request.traceparent,
    }
  }

  return {
    aliases: [...routesOf.keys()],
    has: (alias) => routesOf.has(alias),
    modelOf: (alias) => routesOf.get(alias)![0]!.target.provider.model,
    async countPrompt(alias, question, signal) {
      const counter = counters.get(alias)
      if (!counter) throw askError('model-unknown')
      // A server that is not asked for answers is not asked for counts.
      return routesOf.get(alias)![0]!.circuit.state === 'closed'
        ? counter.count(question, signal)
        : collaborators.estimatePrompt(question)
    },
    answer,
    status: () => [...routes.values()].map((route) => route.status()),
    async look() {
      await Promise.all([...routes.values()].map((route) => route.health.look()))
    },
    close() {
      for (const route of routes.values()) route.close()
    },
  }
}

/** The order in which the targets of an alias are asked for one answer, each at most once. */
import { type AskError, askError } from '../errors.ts'
import { verdictOn } from './blame.ts'
import { type Route, rests } from './route.ts'

export interface Course {
  /**
   * The target to ask. `code`: why the one before was given up, or why the alias's first target is not asked at all;
   * null: it is that one. Throws the most telling of the failures when there is none (any more), or `queue-full` when
   * the box has too many questions waiting.
   */
  next(box: string): { route: Route; code: string | null }
  failed(route: Route, error: AskError): void
}

/**
 * Healthy targets in the operator's order; then those whose last health check failed, which may be wrong; then those
 * that rest, at which one has to wait. Of these the first with room in its queue.
 */
export function createCourse(routes: readonly Route[], promptTokens: number): Course {
  const fitting = routes.filter((route) => fits(route, promptTokens))
  let left = fitting
  const failures: AskError[] = []

  function choose(box: string): Route | undefined {
    const open = left.filter(({ circuit }) => circuit.admits)
    const awake = open.filter((route) => !rests(route))
    const best = [
      ...awake.filter(({ health }) => health.healthy !== false),
      ...awake.filter(({ health }) => health.healthy === false),
      ...open.filter(rests),
    ]
    return best.find(({ queue }) => queue.room(box) !== 'full') ?? best[0]
  }

  function whyNot(route: Route, box: string): string {
    if (!fits(route, promptTokens)) return 'model-prompt-too-long'
    if (!route.circuit.admits) return route.circuit.refusal().code
    if (rests(route)) return 'model-overloaded'
    if (route.health.healthy === false) return route.lastFailure ?? 'model-unreachable'
    return route.queue.room(box) === 'full' ? 'queue-full' : 'model-circuit-open'
  }

  return {
    next(box) {
      if (routes.length === 0) throw askError('model-unknown')
      if (fitting.length === 0) throw askError('model-prompt-too-long')
      const route = choose(box)
      if (!route) {
        const telling = ({ code }: AskError) => code !== 'model-circuit-open' && code !== 'queue-full'
        throw failures.find(telling) ?? failures[0] ?? left[0]!.circuit.refusal()
      }
      // The box's own doing: no reason to go elsewhere.
      if (route.queue.room(box) === 'box-full') throw askError('queue-full')
      const first = routes[0]!
      const code = failures.at(-1)?.code ?? (route === first ? null : whyNot(first, box))
      return { route, code }
    },
    failed(route, error) {
      failures.push(error)
      const larger = verdictOn(error.code).next === 'larger'
      left = left.filter(
        (other) => other !== route && (!larger || other.target.contextTokens > route.target.contextTokens),
      )
    },
  }
}

const fits = ({ target }: Route, promptTokens: number) => target.contextTokens >= promptTokens + 1

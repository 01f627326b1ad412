/** A target with everything that belongs to it: its queue, its circuit, its health. */
import { askError } from '../errors.ts'
import { type Circuit, createCircuit } from './circuit.ts'
import { createFairQueue, type FairQueue } from './fair-queue.ts'
import { type HealthChecks, startHealthChecks } from './health-checks.ts'
import type { Target, TargetStatus } from './router.ts'
import type { RouterSettings } from './settings.ts'

export interface Route {
  readonly target: Target
  readonly queue: FairQueue
  readonly circuit: Circuit
  readonly health: HealthChecks
  lastFailure: string | null
  status(): TargetStatus
  close(): void
}

/** Facts for the log; never more than the target's name and a code. */
export type RouteEvent = 'circuit-opened' | 'circuit-closed' | 'target-unhealthy' | 'target-healthy'

export function openRoute(
  target: Target,
  aliases: string[],
  settings: RouterSettings,
  random: () => number,
  tell: (event: RouteEvent, code: string | null) => void,
): Route {
  const queue = createFairQueue({ concurrency: target.concurrency, ...settings.queue })
  const circuit = createCircuit(settings.circuit, random, (state, cause) => {
    tell(state === 'open' ? 'circuit-opened' : 'circuit-closed', cause)
    if (state === 'closed') return
    // Who waits may try another target, rather than fail here one after another.
    queue.dismiss(circuit.refusal())
    health.soon()
  })
  const health = startHealthChecks({ provider: target.provider, circuit }, settings.health, random, {
    failed(code) {
      route.lastFailure = code
    },
    changed(healthy, code) {
      tell(healthy ? 'target-healthy' : 'target-unhealthy', code)
    },
  })
  const route: Route = {
    target,
    queue,
    circuit,
    health,
    lastFailure: null,
    status: () => ({
      name: target.name,
      model: target.provider.model,
      aliases,
      circuit: circuit.state,
      healthy: health.healthy,
      running: queue.running,
      queued: queue.waiting,
      concurrency: target.concurrency,
      lastFailure: route.lastFailure,
    }),
    close() {
      health.close()
      queue.close(askError('draining'))
    },
  }
  return route
}

/** Overloaded a moment ago. */
export const rests = ({ circuit }: Route) => circuit.restsUntil > performance.now()

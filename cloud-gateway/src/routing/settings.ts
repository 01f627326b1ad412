import { type CircuitSettings, circuitSettings } from './circuit.ts'
import { type HealthSettings, healthSettings } from './health-checks.ts'

export interface RouterSettings {
  /** Per target: questions waiting in all and of one box, and how often one hears of its position. */
  queue: { most: number; mostPerBox: number; tellEveryMs: number }
  circuit: CircuitSettings
  health: HealthSettings
  /** A model server's own count of a prompt may take so long. */
  countMs: number
  /** Before a target whose connection was refused is asked again. */
  retryMs: number
}

export const routerSettings: RouterSettings = {
  queue: { most: 1024, mostPerBox: 16, tellEveryMs: 1000 },
  circuit: circuitSettings,
  health: healthSettings,
  countMs: 250,
  retryMs: 250,
}

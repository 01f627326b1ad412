import type { Patch } from './loading.ts'

/** A mistake that the simulation has to find. */
export interface PlantedBug {
  name: string
  patches: Patch[]
  /** A seed that is known to find it. */
  seed: number
}

export const plantedBugs: PlantedBug[] = []

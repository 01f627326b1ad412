import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { commitTo } from '@tanbox/ledger-node/kinds'
import { assertScope, scopeOf } from '../../src/access/scope.ts'
import { createIntake, type Intake } from '../../src/intake/intake.ts'
import { adoptPipeline } from '../../src/intake/pipeline.ts'
import type { Steps } from '../../src/intake/steps.ts'
import { createBlobs } from '../../src/store/blobs.ts'
import { createStore, type Store } from '../../src/store/store.ts'
import { plainParts } from '../intake/plain-steps.ts'

export const owner = scopeOf({ kind: 'owner', via: 'session' })

export interface House {
  store: Store
  intake: Intake
  pipeline: string
  close(): Promise<void>
}

/** Store and intake on a data folder; its files rest for 50 ms before they are taken. */
export async function openHouse(data: string, steps: Steps): Promise<House> {
  const folder = join(data, 'drop')
  mkdirSync(folder, { recursive: true })
  const blobs = createBlobs(join(data, 'blobs'))
  const store = createStore({ path: join(data, 'tanbox.db'), blobs, commitTo, checkScope: assertScope })
  const pipeline = adoptPipeline(store, plainParts(), { remake: false })
  const intake = createIntake(
    { store, blobs, steps, pipeline, log: { info: () => {}, warn: (...said) => console.error(...said) } },
    { folder, quietMs: 50, sweepMs: 20, follow: { lookMs: 100, leastMs: 20 } },
  )
  await intake.start()
  return {
    ...{ store, intake, pipeline },
    async close() {
      await intake.close()
      store.close()
    },
  }
}

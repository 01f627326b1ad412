import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { commitTo } from '@tanbox/ledger-node/kinds'
import type { Test } from 'tap'
import { assertScope, scopeOf } from '../../src/access/scope.ts'
import { createIntake, type Intake, type IntakeSettings } from '../../src/intake/intake.ts'
import { adoptPipeline, type PipelineParts } from '../../src/intake/pipeline.ts'
import type { Steps } from '../../src/intake/steps.ts'
import type { DocumentRow } from '../../src/model.ts'
import { createBlobs } from '../../src/store/blobs.ts'
import { createStore, type Store } from '../../src/store/store.ts'
import { plainParts, plainSteps } from './plain-steps.ts'

export const owner = scopeOf({ kind: 'owner', via: 'session' })

/** Store and intake over a data folder, as `context.ts` wires them, for plain texts. */
export interface Box {
  store: Store
  intake: Intake
  data: string
  drop: string
  log: string[]
  /** By path, whatever their order. */
  rows(): Record<string, DocumentRow>
  /** Texts of all passages of a path. */
  texts(path: string): string[]
  /** Resolves when the condition holds; rejects after ten seconds, saying what there was instead. */
  until(condition: () => boolean): Promise<void>
  /** Until files rest, the drop folder was looked at twice since, and nothing is queued. */
  settled(): Promise<void>
  close(): Promise<void>
}

export interface BoxOptions {
  data?: string
  steps?: Partial<Steps>
  parts?: PipelineParts
  remake?: boolean
  settings?: Partial<IntakeSettings>
}

export const quick = { quietMs: 60, follow: { lookMs: 100, leastMs: 20 } }

export async function openBox(test: Test, options: BoxOptions = {}): Promise<Box> {
  const data = options.data ?? mkdtempSync(join(tmpdir(), 'tanbox-intake-'))
  const drop = join(data, 'drop')
  mkdirSync(data, { recursive: true })
  if (options.data === undefined) mkdirSync(drop)
  const blobs = createBlobs(join(data, 'blobs'))
  const store = createStore({ path: join(data, 'tanbox.db'), blobs, commitTo, checkScope: assertScope })
  const log: string[] = []
  const warn = (message: string, cause?: unknown) => void log.push(`${message} ${cause ?? ''}`)
  let closed = false
  const box = { store, data, drop, log }
  test.teardown(async () => {
    await close()
    rmSync(data, { recursive: true, force: true })
  })
  const pipeline = adoptOrClose()
  const intake = createIntake(
    { store, blobs, steps: { ...plainSteps(), ...options.steps }, pipeline, log: { info: () => {}, warn } },
    { folder: drop, ...quick, ...options.settings },
  )
  await intake.start()

  function adoptOrClose(): string {
    try {
      return adoptPipeline(store, options.parts ?? plainParts(), { remake: options.remake ?? false })
    } catch (cause) {
      closed = true
      store.close()
      throw cause
    }
  }

  async function close() {
    if (closed) return
    closed = true
    await intake.close()
    store.close()
  }

  const rows = () =>
    Object.fromEntries(store.sources.list(owner, { limit: 500 }).items.map((row) => [row.path, row]))

  async function until(condition: () => boolean) {
    for (let waited = 0; waited < 10_000; waited += 20) {
      if (condition()) return
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    throw new Error(`still: ${JSON.stringify({ rows: rows(), progress: intake.now(), log })}`)
  }

  return {
    ...box,
    intake,
    rows,
    until,
    close,
    texts: (path) => store.passages.ofSource(owner, rows()[path]?.id ?? '').map((passage) => passage.text),
    async settled() {
      await new Promise((resolve) => setTimeout(resolve, 2 * quick.quietMs))
      await looksAt(store, 2)
      await until(() => store.jobs.counts().waiting === 0)
    },
  }
}

/** Resolves after that many whole looks at the drop folder: each begins by asking for what is known. */
export function looksAt({ register }: Store, count: number): Promise<void> {
  const { known } = register
  return new Promise((resolve) => {
    let begun = 0
    register.known = (space) => {
      begun += 1
      if (begun > count) {
        register.known = known
        resolve()
      }
      return known(space)
    }
  })
}

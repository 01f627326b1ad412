import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import t from 'tap'
import { runSeeds } from './crew.ts'
import { patched, source } from './loading.ts'
import type { Outcome } from './outcome.ts'
import { plantedBugs } from './planted.ts'

/** The long form is a command: `npm run -s sim:ledger -- --seeds 10000`. */
const seeds = 300
const processes = availableParallelism()
t.setTimeout(1_800_000)

async function run(from: number, until: number, planted?: string): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  const tell = (outcome: Outcome) => void outcomes.push(outcome)
  await runSeeds({ from, until, processes, tell, ...(planted !== undefined && { planted }) })
  return outcomes.sort((one, other) => one.seed - other.seed)
}

t.test(`${seeds} seeds of faults: whatever happens, what has to hold holds`, async (t) => {
  const outcomes = await run(1, seeds + 1)
  t.same(
    outcomes.filter(({ failure }) => failure).map(({ seed, failure }) => ({ seed, ...failure })),
    [],
    'again: npm run -s sim:ledger -- --seed N',
  )
  t.equal(outcomes.length, seeds)
  t.ok(
    outcomes.every(({ appends, faults }) => appends >= 200 && faults.length >= 5),
    'each of at least 200 appends and 5 faults',
  )
})

t.test('a seed is the same run each time, event by event', async (t) => {
  const [first, second] = [await run(17, 20), await run(17, 20)]
  t.same(
    second.map(({ trace }) => trace),
    first.map(({ trace }) => trace),
  )
  t.equal(new Set(first.map(({ trace }) => trace)).size, 3, 'and other seeds are other runs')
})

t.test('each bug that is put in fits the source', async (t) => {
  t.ok(plantedBugs.length >= 10)
  for (const { name, patches } of plantedBugs)
    for (const patch of patches)
      t.doesNotThrow(
        () => patched(patch.file, readFileSync(new URL(patch.file, source), 'utf8'), [patch]),
        name,
      )
})

t.test('bugs that were put in are found, each by its seed', async (t) => {
  for (const { name, seed } of plantedBugs) {
    t.ok(seed >= 1 && seed <= 1000, `${name} has a seed within 1,000`)
    const [outcome] = await run(seed, seed + 1, name)
    const again = `anew: npm run -s sim:ledger -- --planted ${name}`
    t.ok(outcome?.failure, `${name}: ${outcome?.failure?.invariant ?? `nothing was found; ${again}`}`)
  }
})

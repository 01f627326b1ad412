import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { runSeeds } from './crew.ts'
import type { Outcome } from './outcome.ts'
import { plantedBugs } from './planted.ts'

const usage = `npm run -s sim:ledger -- [--seeds N] [--from N] [--seed N] [--planted NAME|all] [--trace] [--json]

Runs the real ledger node on a simulated clock, disk and network: seeds [from, from + seeds), each with faults of
its own, or one --seed, with --trace event by event. --planted runs it with a bug built in, until that is found.
Bugs: ${plantedBugs.map((bug) => bug.name).join(', ')}`

const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    planted: { type: 'string' },
    trace: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

const processes = availableParallelism()
const one = values.seed === undefined ? null : whole('seed', values.seed)
const from = one ?? whole('from', values.from)
const say = (line: string) => (values.json ? process.stderr : process.stdout).write(`${line}\n`)

if (values.help) process.stdout.write(`${usage}\n`)
else if (values.planted === 'all' || (values.planted && one === null)) await hunt(values.planted)
else await search(values.planted)

/** Runs seeds and tells which of them fail; with status 1 when one does. */
async function search(planted: string | undefined): Promise<void> {
  const count = one === null ? whole('seeds', values.seeds ?? '300') : 1
  const failures: Outcome[] = []
  let done = 0
  let appends = 0
  const begun = performance.now()
  const seconds = () => (performance.now() - begun) / 1000
  let told = 0
  const tell = (outcome: Outcome) => {
    done++
    appends += outcome.appends
    if (one !== null)
      say(`seed ${one}: ${outcome.faults.join(', ')}; ${outcome.events} events, trace ${outcome.trace}`)
    if (outcome.failure) {
      failures.push(outcome)
      say(`seed ${outcome.seed} fails: ${wordsOf(outcome)}\n  again: ${replay(outcome.seed, planted)}`)
    }
    if (seconds() - told < 10) return
    told = seconds()
    say(`${done} of ${count} seeds, ${failures.length} failed, ${(done / told).toFixed(1)} a second`)
  }
  await runSeeds({ from, until: from + count, processes, planted, aloud: values.trace, tell })
  const rate = done / seconds()
  say(`${done} seeds, ${failures.length} failed, ${appends} appends, ${rate.toFixed(2)} seeds a second`)
  if (values.json) {
    const failed = failures.map(({ seed, failure, trace }) => ({
      seed,
      ...failure,
      trace,
      replay: replay(seed, planted),
    }))
    process.stdout.write(
      `${JSON.stringify({ seeds: done, failed: failures.length, failures: failed, appends, seedsPerSecond: rate })}\n`,
    )
  }
  if (failures.length > 0) process.exitCode = 1
}

/** Runs planted bugs each until a seed finds it; with status 1 when one is not found. */
async function hunt(name: string): Promise<void> {
  const bugs = plantedBugs.filter((bug) => name === 'all' || bug.name === name)
  if (bugs.length === 0) throw new Error(`no bug of the name ${name} is known\n\n${usage}`)
  const count = whole('seeds', values.seeds ?? '1000')
  const found: { name: string; seed: number | null; invariant: string | null }[] = []
  for (const bug of bugs) {
    let first: Outcome | null = null
    const tell = (outcome: Outcome) => {
      if (outcome.failure && (!first || outcome.seed < first.seed)) first = outcome
    }
    const stop = () => first !== null
    await runSeeds({ from, until: from + count, processes, planted: bug.name, tell, stop })
    const caught = first as Outcome | null
    found.push({ name: bug.name, seed: caught?.seed ?? null, invariant: caught?.failure?.invariant ?? null })
    say(
      caught
        ? `${bug.name}: seed ${caught.seed}: ${wordsOf(caught)}\n  again: ${replay(caught.seed, bug.name)}`
        : `${bug.name}: not found in ${count} seeds`,
    )
  }
  if (values.json) process.stdout.write(`${JSON.stringify({ planted: found })}\n`)
  if (found.some(({ seed }) => seed === null)) process.exitCode = 1
}

function wordsOf({ failure }: Outcome): string {
  return failure ? `${failure.invariant}: ${failure.sentence}` : 'nothing'
}

function replay(seed: number, planted: string | undefined): string {
  return `npm run -s sim:ledger -- --seed ${seed}${planted === undefined ? '' : ` --planted ${planted}`}`
}

function whole(name: string, text: string): number {
  if (!/^[0-9]{1,15}$/.test(text)) throw new Error(`--${name} is a whole number\n\n${usage}`)
  return Number(text)
}

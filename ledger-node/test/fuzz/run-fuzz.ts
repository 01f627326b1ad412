import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { SeededRandom } from '../simulation/random.ts'
import { byteTargets } from './byte-targets.ts'
import { mutate } from './mutate.ts'
import { nodeTarget } from './node-target.ts'
import { noteTargets } from './note-targets.ts'
import type { FuzzTarget } from './target.ts'

export interface FuzzSettings {
  seed: number
  /** Index of the first input; an input follows from seed and index alone. */
  from: number
  count: number
  /** Only this target. */
  target?: string
  progress?: (done: number) => void
  /** Instead of everything that there is. */
  targets?: readonly FuzzTarget[]
}

export interface Finding {
  seed: number
  index: number
  target: string
  what: string
  /** The input, in base64, cut short when it is long. */
  input: string
}

export interface FuzzReport {
  inputs: number
  /** By target: inputs, how many of them were taken, and the longest that one took. */
  targets: Record<string, { inputs: number; taken: number; slowestMs: number }>
  /** Bytes of the heap after the first tenth, and at the end. */
  heap: { before: number; after: number }
  findings: Finding[]
}

/** For one input, on a machine that others use as well. */
const slowMs = 2000
const maxGrowth = 48 << 20
const maxFindings = 20

/** Gives generated inputs to everything that reads from outside, and reports what should not have happened. */
export async function runFuzz(settings: FuzzSettings): Promise<FuzzReport> {
  const { seed, from, count, target, progress } = settings
  await using bytes = byteTargets()
  await using node = await nodeTarget(seed)
  const all = settings.targets ?? [...(await noteTargets()), ...bytes, node]
  const targets = target === undefined ? all : all.filter(({ name }) => name === target)
  if (targets.length === 0) throw new RangeError(`no target is called ${target}`)
  const report: FuzzReport = { inputs: 0, targets: {}, heap: { before: 0, after: 0 }, findings: [] }
  const strays = watchStrays()
  for (let index = from; index < from + count; index += 1) {
    const finding = await runOne(report, targets, seed, index)
    const stray = strays.taken()
    if (finding) report.findings.push(finding)
    if (stray !== null) report.findings.push({ seed, index, target: '(later)', what: stray, input: '' })
    if (report.findings.length >= maxFindings) break
    report.inputs += 1
    if (report.inputs === Math.ceil(count / 10)) report.heap.before = heapBytes()
    if (report.inputs % 1000 === 0) progress?.(report.inputs)
  }
  strays.stop()
  report.heap.after = heapBytes()
  const growth = report.heap.after - report.heap.before
  if (growth > maxGrowth)
    report.findings.push({
      seed,
      index: from + count,
      target: '(all)',
      what: `the heap grew by ${growth} bytes`,
      input: '',
    })
  return report
}

async function runOne(
  report: FuzzReport,
  targets: readonly FuzzTarget[],
  seed: number,
  index: number,
): Promise<Finding | null> {
  const random = new SeededRandom(`${seed}/${index}`)
  const target = choose(random, targets)
  const input = mutate(random, target.samples)
  const seen = report.targets[target.name] ?? { inputs: 0, taken: 0, slowestMs: 0 }
  report.targets[target.name] = seen
  const finding = (what: string): Finding => ({
    ...{ seed, index, target: target.name, what },
    input: input.subarray(0, 1500).toString('base64'),
  })
  seen.inputs += 1
  const begun = performance.now()
  try {
    await target.run(input)
    seen.taken += 1
  } catch (error) {
    const isRefusal = error instanceof Error && target.errors.includes(error.name) && error.message !== ''
    if (!isRefusal) return finding(error instanceof Error ? (error.stack ?? error.message) : String(error))
  }
  const ms = performance.now() - begun
  seen.slowestMs = Math.max(seen.slowestMs, Math.round(ms))
  return ms > slowMs ? finding(`it took ${Math.round(ms)} ms`) : null
}

function choose(random: SeededRandom, targets: readonly FuzzTarget[]): FuzzTarget {
  let at = random.below(targets.reduce((sum, { weight }) => sum + weight, 0))
  for (const target of targets) {
    at -= target.weight
    if (at < 0) return target
  }
  throw new RangeError('there is nothing to choose from')
}

/** Failures of work that nobody waits for. */
function watchStrays() {
  let stray: string | null = null
  const note = (error: unknown) => {
    stray ??= error instanceof Error ? (error.stack ?? error.message) : String(error)
  }
  process.on('unhandledRejection', note)
  process.on('uncaughtException', note)
  return {
    taken() {
      const it = stray
      stray = null
      return it
    },
    stop() {
      process.off('unhandledRejection', note)
      process.off('uncaughtException', note)
    },
  }
}

/** After collecting: what only waits to be collected is no growth. */
function heapBytes(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

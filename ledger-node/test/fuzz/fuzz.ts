import { generator, mutate } from './mutate.ts'
import { type Target, targets } from './targets.ts'

/** A reader that broke: an error that is none of its refusals, or an input that took too long. */
export interface Broken {
  target: string
  input: string
  what: string
}

export interface FuzzReport {
  inputs: number
  accepted: number
  refused: number
  slowestMs: number
  broken: Broken[]
}

/** No input of these sizes may hold the thread for so long. */
const patienceMs = 250

/**
 * Gives every reader of outside bytes its share of `count` inputs, made from valid ones by `seed`. Half of them are
 * changed once more after they were taken, so that deep forms are reached.
 */
export function fuzz(count: number, seed: number, chosen: readonly Target[] = targets): FuzzReport {
  const report: FuzzReport = { inputs: 0, accepted: 0, refused: 0, slowestMs: 0, broken: [] }
  const pick = generator(seed)
  const others = chosen.flatMap(({ valid }) => valid)
  const kept = new Map(chosen.map((target) => [target, [...target.valid]]))
  for (let made = 0; made < count && report.broken.length < 20; made += 1) {
    const target = chosen[made % chosen.length]!
    const pool = kept.get(target)!
    const input = mutate(pick, pool[pick(pool.length)]!, others)
    const began = performance.now()
    const outcome = give(target, input)
    const ms = performance.now() - began
    report.inputs += 1
    report.slowestMs = Math.max(report.slowestMs, ms)
    if (outcome === 'accepted' && input.length < 64 * 1024)
      pool[pool.length < 64 ? pool.length : pick(64)] = input
    if (outcome === 'accepted') report.accepted += 1
    else if (outcome === 'refused') report.refused += 1
    const what = outcome === 'accepted' || outcome === 'refused' ? slow(ms, target, input) : outcome
    if (what) report.broken.push({ target: target.name, input: input.toString('base64'), what })
  }
  return report
}

function give(target: Target, input: Buffer): string {
  try {
    target.read(input)
    return 'accepted'
  } catch (error) {
    if (error instanceof Error && target.refusals.includes(error.name) && error.message !== '')
      return 'refused'
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  }
}

/** A busy machine may take a process away for longer: what is slow once is tried again. */
function slow(ms: number, target: Target, input: Buffer): string | null {
  if (ms < patienceMs) return null
  const began = performance.now()
  give(target, input)
  const again = performance.now() - began
  return again < patienceMs ? null : `took ${Math.round(again)} ms`
}

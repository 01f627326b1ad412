/**
 * npm run -s bench:ask -- [--rounds 30] [--json]
 *
 * Time to the first and to the last text: quoting over the bridge, a model stub with fixed delays asked directly, over
 * the bridge and through the whole box, and what bridge and box add to the stub. The ways take turns, so that whatever
 * else the machine does falls on all of them.
 */
import { copyFile, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { AskBody } from '@tanbox/cloud-gateway/protocol'
import { startBox } from '../box/running-box.ts'
import { askBox, askDirectly, openBridge, startStub, type Timing, towards } from './ways.ts'

const samples = resolve(import.meta.dirname, '../../../samples')
const delays = { firstMs: 200, betweenMs: 20, tokens: 50 }
const questions = [
  '2025 年公司的温室气体排放总量是多少？',
  '屋顶光伏去年发了多少电？',
  'How much electricity did the site use in 2025?',
]

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, rounds: { type: 'string', default: '30' } },
})
const rounds = Number(values.rounds)
if (!Number.isInteger(rounds) || rounds < 1) {
  console.error('usage: bench:ask -- [--rounds 30] [--json]')
  process.exit(2)
}

/** A question of usual size: eight passages of 500 characters. */
const body: AskBody = {
  v: 1,
  model: 'default',
  system: '只根据资料回答，并注明出处。'.repeat(20),
  question: '2025年单位能耗要下降多少？',
  history: [],
  passages: Array.from({ length: 8 }, (_, at) => ({
    n: at + 1,
    title: `规划之${at + 1}`,
    where: `第 ${at + 1} 页`,
    text: `到${2020 + at}年，单位能耗比上年下降${at}.5%，由主管部门负责考核。`.repeat(18).slice(0, 500),
  })),
  maxTokens: 500,
  language: 'zh',
}

const folder = await mkdtemp(join(tmpdir(), 'tanbox-bench-'))
try {
  await using stub = await startStub(delays)
  await using quoting = await openBridge(join(folder, 'quoting'), {})
  await using bridge = await openBridge(join(folder, 'bridge'), towards(stub))
  Object.assign(process.env, towards(stub))
  const data = join(folder, 'box')
  await mkdir(join(data, 'drop'), { recursive: true })
  for (const name of await readdir(samples)) await copyFile(join(samples, name), join(data, 'drop', name))
  await using box = await startBox(data)
  await box.settled()

  const timings = { quoting: [] as Timing[], direct: [] as Timing[], bridge: [] as Timing[] }
  const boxTimings: (Timing & { searchMs: number })[] = []
  // The first round warms everything up and is left out.
  for (let round = 0; round <= rounds; round++) {
    const question = questions[round % questions.length]!
    const quoted = await quoting.ask(body)
    const direct = await askDirectly(stub, body)
    const bridged = await bridge.ask(body)
    const boxed = await askBox(box, question)
    if (round === 0) continue
    timings.quoting.push(quoted)
    timings.direct.push(direct)
    timings.bridge.push(bridged)
    boxTimings.push(boxed)
  }

  const result = {
    machine: `${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.version}`,
    rounds,
    stub: delays,
    quoting: summary(timings.quoting),
    direct: summary(timings.direct),
    bridge: summary(timings.bridge),
    box: { ...summary(boxTimings), searchMs: quantiles(boxTimings.map(({ searchMs }) => searchMs)) },
    added: { byBridge: added(timings.bridge, timings.direct), byBox: added(boxTimings, timings.direct) },
  }
  if (values.json) console.log(JSON.stringify(result))
  else console.log(JSON.stringify(result, null, 2))
} finally {
  await rm(folder, { recursive: true, force: true })
}

interface Quantiles {
  medianMs: number
  p95Ms: number
}

function summary(all: readonly Timing[]): { first: Quantiles; last: Quantiles } {
  return {
    first: quantiles(all.map(({ firstMs }) => firstMs)),
    last: quantiles(all.map(({ lastMs }) => lastMs)),
  }
}

/** Round by round, less the stub asked directly in the same round. */
function added(ours: readonly Timing[], direct: readonly Timing[]): { first: Quantiles; last: Quantiles } {
  return summary(
    ours.map((timing, at) => ({
      firstMs: timing.firstMs - direct[at]!.firstMs,
      lastMs: timing.lastMs - direct[at]!.lastMs,
    })),
  )
}

function quantiles(figures: readonly number[]): Quantiles {
  const sorted = figures.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0
  const rounded = (ms: number) => Math.round(ms * 10) / 10
  return { medianMs: rounded(at(0.5)), p95Ms: rounded(at(0.95)) }
}

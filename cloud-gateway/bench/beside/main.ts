/**
 * Ours and @portkey-ai/gateway before the same stub, by turns, in a network of their own: HTTP with SSE for it, our
 * protocol for us. Prints one JSON object. Started by `main.ts --beside`.
 */
import type { Summary } from '../load/answers.ts'
import { gatewayName, type Process } from '../processes.ts'
import { median, rounded } from '../quantile.ts'
import { openWorkbench } from '../workbench.ts'
import { portkeyVersion, startPortkey } from './portkey.ts'

const quick = process.argv.includes('--quick')
const rounds = quick ? 1 : 5
const boxes = 16

await using bench = await openWorkbench(boxes)
await using ours = await bench.gateway()
await using theirs = await startPortkey(8787, bench.stub.port)
const { url, headers } = theirs
await bench.load.run('connectBoxes', {
  ...{ url: ours.url, gateway: gatewayName, boxes: bench.boxes, from: 0, count: boxes },
})

interface Shape {
  tokens: number
  rate: number
  streams: number
  rounds: number
  spreadMs: number
}
const throughOurs = (shape: Shape) =>
  bench.load.run('askThroughBoxes', { ...shape, cutShare: 0, mayRestart: false })
const throughTheirs = (shape: Shape) => bench.load.run('askDirectly', { ...shape, url, headers })
const straight = (shape: Shape) => {
  const stub = `http://127.0.0.1:${bench.stub.port}/v1/chat/completions`
  return bench.load.run('askDirectly', { ...shape, url: stub, headers: {} })
}

/** A bench of broken answers is no bench. */
function requireRight(who: string, { answers, lostOrRepeated, outcomes }: Summary): void {
  if (lostOrRepeated > 0 || outcomes.stop !== answers) {
    throw new Error(`${who} does not pass the tokens on: ${JSON.stringify({ lostOrRepeated, outcomes })}`)
  }
}
const warm = { tokens: 100, rate: 0, streams: 8, rounds: quick ? 5 : 40, spreadMs: 0 }
requireRight('tanbox', await throughOurs(warm))
requireRight('portkey', await throughTheirs(warm))

async function saturate(of: Process, run: (shape: Shape) => ReturnType<typeof throughTheirs>) {
  const cpu = of.cpuMicros()
  const shape = { tokens: 100, rate: 0, streams: 64, rounds: quick ? 10 : 60, spreadMs: 0 }
  const result = await run(shape)
  const cpuMicros = of.cpuMicros() - cpu
  return {
    perSecond: result.perSecond,
    memory: of.memory(),
    cpuMicrosPerAnswer: cpuMicros / result.answers,
    result,
  }
}

const saturation = { tanbox: [] as number[], portkey: [] as number[], ratio: [] as number[] }
const cpu = { tanbox: [] as number[], portkey: [] as number[] }
const memory = { tanbox: 0, portkey: 0 }
for (let round = 0; round < rounds; round += 1) {
  const we = await saturate(ours, throughOurs as never)
  const they = await saturate(theirs, throughTheirs)
  requireRight('tanbox', we.result)
  requireRight('portkey', they.result)
  saturation.tanbox.push(we.perSecond)
  saturation.portkey.push(they.perSecond)
  saturation.ratio.push(we.perSecond / they.perSecond)
  cpu.tanbox.push(we.cpuMicrosPerAnswer)
  cpu.portkey.push(they.cpuMicrosPerAnswer)
  memory.tanbox = Math.max(memory.tanbox, we.memory)
  memory.portkey = Math.max(memory.portkey, they.memory)
}

const paced = { tanbox: [] as Summary[], portkey: [] as Summary[] }
const straightRuns: Summary[] = []
for (let round = 0; round < rounds; round += 1) {
  const shape = { tokens: quick ? 100 : 300, rate: 50, streams: 20, rounds: 1, spreadMs: 1000 }
  straightRuns.push(await straight(shape))
  paced.tanbox.push(await throughOurs(shape))
  paced.portkey.push(await throughTheirs(shape))
}
function added(runs: readonly Summary[]) {
  const figure = (read: (summary: Summary) => number) =>
    rounded(median(runs.map((summary, at) => read(summary) - read(straightRuns[at]!))), 3)
  return {
    firstTokenMs: {
      p50: figure(({ firstTokenMs }) => firstTokenMs.p50),
      p99: figure(({ firstTokenMs }) => firstTokenMs.p99),
    },
    tokenMs: { p50: figure(({ tokenMs }) => tokenMs.p50), p99: figure(({ tokenMs }) => tokenMs.p99) },
  }
}

const middle = (values: readonly number[]) => rounded(median(values), 1)
await bench.load.run('closeBoxes')
console.log(
  JSON.stringify({
    portkey: portkeyVersion,
    rounds,
    saturation: {
      tanboxPerSecond: middle(saturation.tanbox),
      portkeyPerSecond: middle(saturation.portkey),
      ratio: rounded(median(saturation.ratio)),
      memoryMB: { tanbox: Math.round(memory.tanbox / 1e6), portkey: Math.round(memory.portkey / 1e6) },
      cpuMicrosPerAnswer: { tanbox: middle(cpu.tanbox), portkey: middle(cpu.portkey) },
    },
    paced: { tanbox: added(paced.tanbox), portkey: added(paced.portkey) },
  }),
)

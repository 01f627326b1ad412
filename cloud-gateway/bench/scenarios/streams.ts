/** Many answers at a time: none may lose or repeat a token, and the gateway must stay out of the way. */
import type { Summary } from '../load/answers.ts'
import { type GatewayProcess, gatewayName } from '../processes.ts'
import { median, rounded } from '../quantile.ts'
import type { Workbench } from '../workbench.ts'

const perBox = 4

async function connect(bench: Workbench, gateway: GatewayProcess, streams: number): Promise<void> {
  const { url } = gateway
  const count = Math.ceil(streams / perBox)
  await bench.load.run('connectBoxes', { url, gateway: gatewayName, boxes: bench.boxes, from: 0, count })
}

/** 500 streams of 50 tokens a second: CPU a token. */
export async function streams(bench: Workbench, count: number, seconds: number, cutShare: number) {
  await using gateway = await bench.gateway()
  await connect(bench, gateway, count)
  const rate = 50
  const settings = { rate, streams: count, rounds: 1, spreadMs: 5000, mayRestart: false }
  await bench.load.run('askThroughBoxes', { ...settings, tokens: 100, spreadMs: 500, cutShare: 0 })
  const cpu = gateway.cpuMicros()
  const run = await bench.load.run('askThroughBoxes', { ...settings, tokens: rate * seconds, cutShare })
  const cpuMicros = gateway.cpuMicros() - cpu
  await bench.load.run('closeBoxes')
  return {
    ...run,
    seconds: rounded(run.seconds),
    perSecond: rounded(run.perSecond),
    tokensPerSecond: Math.round(run.tokens / run.seconds),
    cpuMicrosPerToken: rounded(cpuMicros / run.tokens),
  }
}

/** 200 streams of 50 tokens a second, through the gateway and without it by turns. */
export async function latency(bench: Workbench, count: number, seconds: number, rounds: number) {
  await using gateway = await bench.gateway()
  await connect(bench, gateway, count)
  const rate = 50
  const settings = { tokens: rate * seconds, rate, streams: count, rounds: 1, spreadMs: 5000 }
  const through: Summary[] = []
  const direct: Summary[] = []
  const url = `http://127.0.0.1:${bench.stub.port}/v1/chat/completions`
  for (let round = 0; round < rounds; round += 1) {
    through.push(await bench.load.run('askThroughBoxes', { ...settings, cutShare: 0, mayRestart: false }))
    direct.push(await bench.load.run('askDirectly', { ...settings, url, headers: {} }))
  }
  await bench.load.run('closeBoxes')
  const added = (figure: (summary: Summary) => number) =>
    rounded(median(through.map((summary, at) => figure(summary) - figure(direct[at]!))), 3)
  return {
    lostOrRepeated: through.reduce((sum, { lostOrRepeated }) => sum + lostOrRepeated, 0),
    tokenAddedP50Ms: added(({ tokenMs }) => tokenMs.p50),
    tokenAddedP99Ms: added(({ tokenMs }) => tokenMs.p99),
    ttftAddedP50Ms: added(({ firstTokenMs }) => firstTokenMs.p50),
    ttftAddedP95Ms: added(({ firstTokenMs }) => firstTokenMs.p95),
    through: through.map(({ tokenMs, firstTokenMs }) => ({ tokenMs, firstTokenMs })),
    direct: direct.map(({ tokenMs, firstTokenMs }) => ({ tokenMs, firstTokenMs })),
  }
}

/** kill -9 of the gateway in the middle of its answers, and three seconds later it is back. */
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { openSqliteAccounts } from '../../src/accounts/sqlite.ts'
import { gatewayName } from '../processes.ts'
import type { Workbench } from '../workbench.ts'

export async function kill(bench: Workbench, streams: number) {
  const before = await usageOf(bench)
  const first = await bench.gateway()
  const port = Number(new URL(first.url).port)
  const boxes = Math.ceil(streams / 4)
  const where = { url: first.url, gateway: gatewayName, boxes: bench.boxes, from: 0, count: boxes }
  await bench.load.run('connectBoxes', where)
  const finished = await bench.load.run('askThroughBoxes', {
    ...{ tokens: 50, rate: 0, streams, rounds: 2, spreadMs: 0, cutShare: 0, mayRestart: false },
  })
  const settings = { tokens: 400, rate: 50, streams, rounds: 1, spreadMs: 1000, cutShare: 0 }
  const half = Math.floor(streams / 2)
  const strict = bench.load.run('askThroughBoxes', { ...settings, streams: half, mayRestart: false })
  const lenient = bench.load.run('askThroughBoxes', { ...settings, streams: half, mayRestart: true })
  await pause(4000)
  await first.kill()
  await pause(3000)
  await using _second = await bench.gateway(port)
  const { ms } = await bench.load.run('awaitBoxes', { withinMs: 30_000 })
  const [broken, restarted] = await Promise.all([strict, lenient])
  await pause(500)
  await bench.load.run('closeBoxes')
  const after = await usageOf(bench)
  return {
    connectedAgainMs: ms,
    withoutRestart: broken.outcomes,
    withRestart: {
      outcomes: restarted.outcomes,
      restarts: restarted.restarts,
      lostOrRepeated: restarted.lostOrRepeated,
    },
    usage: {
      finishedAnswers: finished.usage.finished + restarted.usage.finished,
      tokensTheBoxesWereTold: tokensOf(finished.usage) + tokensOf(restarted.usage),
      exactTokensOnRecord: after.exact - before.exact,
      estimatedTokensOnRecord: after.estimated - before.estimated,
    },
  }
}

const tokensOf = (usage: { promptTokens: number; completionTokens: number }) =>
  usage.promptTokens + usage.completionTokens

async function usageOf(bench: Workbench) {
  const accounts = await openSqliteAccounts({ path: join(bench.data, 'gateway.db'), lock: false })
  const rows = await accounts.usage({})
  await accounts.close()
  return {
    exact: rows.reduce((sum, row) => sum + row.promptTokens + row.completionTokens - row.estimatedTokens, 0),
    estimated: rows.reduce((sum, row) => sum + row.estimatedTokens, 0),
  }
}

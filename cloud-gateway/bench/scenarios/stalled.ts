/** Boxes that stop reading, and boxes that vanish: what is held for them, and what others notice. */
import { setTimeout as pause } from 'node:timers/promises'
import { type GatewayProcess, gatewayName } from '../processes.ts'
import type { Workbench } from '../workbench.ts'

export async function stalled(bench: Workbench, seconds: number) {
  await using gateway = await bench.gateway()
  const { url } = gateway
  const boxes = { url, gateway: gatewayName, boxes: bench.boxes }
  await bench.load.run('connectBoxes', { ...boxes, from: 0, count: 5 })
  const others = { tokens: 50 * seconds, rate: 50, streams: 20, rounds: 1, spreadMs: 500 }
  const asking = { ...others, cutShare: 0, mayRestart: false }
  const alone = await bench.load.run('askThroughBoxes', asking)
  const stalling = bench.load.run('stallBoxes', {
    ...{ ...boxes, from: 100, count: 1, streams: 8, tokens: 4000, afterwards: 'read-nothing' as const },
  })
  // The gauge is of all boxes: alone it is the stalled one's.
  const held = watch(gateway, ({ heldBytes }) => heldBytes)
  await stalling
  await pause(2000)
  const heldBytes = await held.stop()
  const beside = await bench.load.run('askThroughBoxes', asking)
  await bench.load.run('releaseStalled')
  await bench.load.run('closeBoxes')
  return {
    mostHeldBytes: heldBytes,
    others: {
      lostOrRepeated: alone.lostOrRepeated + beside.lostOrRepeated,
      tokenP99Ms: { alone: alone.tokenMs.p99, besideTheStalled: beside.tokenMs.p99 },
    },
  }
}

/** `count` boxes with 256 KiB each, all gone at once. */
export async function detached(bench: Workbench, count: number) {
  await using gateway = await bench.gateway()
  const boxes = { url: gateway.url, gateway: gatewayName, boxes: bench.boxes }
  const held = watch(gateway, ({ detachedBytes }) => detachedBytes)
  const memory = gateway.memory()
  await bench.load.run('stallBoxes', {
    ...{ ...boxes, from: 200, count, streams: 8, tokens: 4000, afterwards: 'vanish' as const },
  })
  await pause(2000)
  const { detachedBytes, detachedAnswers } = await gateway.state()
  return {
    boxes: count,
    mostDetachedBytes: await held.stop(),
    detachedBytes,
    detachedAnswers,
    memoryGrowth: gateway.memory() - memory,
  }
}

/** The most that a gauge shows, looked at 20 times a second. */
function watch(
  gateway: GatewayProcess,
  gauge: (state: Awaited<ReturnType<GatewayProcess['state']>>) => number,
) {
  let most = 0
  let on = true
  const watching = (async () => {
    while (on) {
      most = Math.max(most, gauge(await gateway.state()))
      await pause(50)
    }
  })()
  return {
    async stop() {
      on = false
      await watching
      return most
    },
  }
}

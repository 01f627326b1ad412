/** Ten thousand connections that do nothing, and ten thousand that all come at once. */
import { setTimeout as pause } from 'node:timers/promises'
import { gatewayName } from '../processes.ts'
import { rounded } from '../quantile.ts'
import type { Workbench } from '../workbench.ts'

/** Boxes beyond the crowd. */
export const warming = 200

/** Bytes of resident memory that each connection of `count` costs, when they come at 200 a second. */
export async function idle(bench: Workbench, count: number, secure = false) {
  await using gateway = await (secure ? bench.secureGateway() : bench.gateway())
  // The first connections pay for what every later one uses.
  const warm = await crowd(bench, gateway.url, count, warming, 200, '127.0.0.9')
  await bench.load.run('closeCrowd')
  await pause(1000)
  const before = gateway.memory()
  const { connected, seconds } = await crowd(bench, gateway.url, 0, count, 200, '127.0.0.2')
  await pause(1000)
  const after = gateway.memory()
  await bench.load.run('closeCrowd')
  return {
    connections: connected,
    warm: warm.connected,
    seconds: rounded(seconds),
    bytesPerConnection: Math.round((after - before) / connected),
  }
}

export async function storm(bench: Workbench, count: number) {
  await using gateway = await bench.gateway()
  const before = gateway.memory()
  const cpu = gateway.cpuMicros()
  const figures = await crowd(bench, gateway.url, 0, count, 0, '127.0.0.3')
  await pause(1000)
  const after = gateway.memory()
  const cpuSeconds = (gateway.cpuMicros() - cpu) / 1e6
  const { connections } = await gateway.state()
  await bench.load.run('closeCrowd')
  return {
    ...figures,
    seconds: rounded(figures.seconds),
    stillConnected: connections,
    gatewayCpuSeconds: rounded(cpuSeconds),
    bytesPerConnection: Math.round((after - before) / figures.connected),
  }
}

function crowd(
  bench: Workbench,
  url: string,
  from: number,
  count: number,
  perSecond: number,
  localAddress: string,
) {
  const { boxes } = bench
  return bench.load.run('openCrowd', {
    ...{ url, gateway: gatewayName, boxes, from, count, perSecond, localAddress },
    patienceMs: 120_000,
  })
}

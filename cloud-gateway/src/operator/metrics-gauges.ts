/** What is read when somebody asks for the metrics. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Counter, Gauge, type Registry } from 'prom-client'
import type { TargetStatus } from '../routing/router.ts'
import type { GatewayState } from './observer.ts'

export const prefix = 'tanbox_gateway_'

/** The event loop's delay is that of the present window. */
const delayWindowMs = 60_000

export function addStateGauges(registry: Registry, state: () => GatewayState | null): void {
  const gauges: [name: string, help: string, read: (state: GatewayState) => number][] = [
    ['connections', 'Boxes that are connected', ({ connections }) => connections],
    ['handshakes', 'Connections that have not authenticated yet', ({ handshakes }) => handshakes],
    ['answers_running', 'Answers in work, those whose box is away among them', ({ running }) => running],
    ['held_bytes', 'Bytes held for boxes: replay, unsent and upstream', ({ heldBytes }) => heldBytes],
    ['detached_bytes', 'Of the bytes held, those for boxes that are away', (s) => s.detachedBytes],
    ['detached_answers', 'Answers whose box is away', ({ detachedAnswers }) => detachedAnswers],
    ['draining', '1 while the gateway is going down', ({ status }) => (status === 'draining' ? 1 : 0)],
  ]
  for (const [name, help, read] of gauges) {
    new Gauge({
      name: prefix + name,
      help,
      registers: [registry],
      collect() {
        const now = state()
        if (now) this.set(read(now))
      },
    })
  }
}

export function addTargetGauges(registry: Registry, targets: () => readonly TargetStatus[]): void {
  const gauges: [name: string, help: string, read: (target: TargetStatus) => number | null][] = [
    ['target_running', 'Answers in work at a target', ({ running }) => running],
    ['target_queued', 'Questions waiting for a target', ({ queued }) => queued],
    ['target_concurrency', 'Answers a target may have in work at a time', (target) => target.concurrency],
    ['target_healthy', '1: the last health check succeeded', (target) => healthOf(target)],
  ]
  for (const [name, help, read] of gauges) {
    new Gauge({
      name: prefix + name,
      help,
      labelNames: ['target'],
      registers: [registry],
      collect() {
        for (const target of targets()) {
          const value = read(target)
          if (value !== null) this.set({ target: target.name }, value)
        }
      },
    })
  }
  new Gauge({
    name: `${prefix}target_circuit`,
    help: '1 for the state the circuit of a target is in',
    labelNames: ['target', 'state'],
    registers: [registry],
    collect() {
      for (const { name, circuit } of targets()) {
        for (const state of ['closed', 'open', 'half-open']) {
          this.set({ target: name, state }, state === circuit ? 1 : 0)
        }
      }
    },
  })
}

const healthOf = ({ healthy }: TargetStatus) => (healthy === null ? null : healthy ? 1 : 0)

export function addProcessGauges(registry: Registry, version: string): () => void {
  const registers = [registry]
  const memory: [name: string, help: string, read: () => number][] = [
    ['process_resident_memory_bytes', 'Resident memory', () => process.memoryUsage.rss()],
    ['nodejs_heap_used_bytes', 'Heap in use', () => process.memoryUsage().heapUsed],
    ['nodejs_external_memory_bytes', 'Buffers and other memory outside the heap', externalBytes],
    ['process_start_time_seconds', 'Start, seconds since 1970', () => performance.timeOrigin / 1000],
  ]
  for (const [name, help, read] of memory) {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read())
      },
    })
  }
  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'Processor time, user and system',
    registers,
    collect() {
      const { user, system } = process.cpuUsage()
      this.reset()
      this.inc((user + system) / 1e6)
    },
  })
  const build = new Gauge({
    name: `${prefix}build_info`,
    help: 'Version of the gateway and of Node.js',
    labelNames: ['version', 'node'],
    registers,
  })
  build.set({ version, node: process.version }, 1)

  const delay = monitorEventLoopDelay({ resolution: 20 })
  delay.enable()
  const window = setInterval(() => delay.reset(), delayWindowMs)
  window.unref()
  new Gauge({
    name: `${prefix}event_loop_delay_seconds`,
    help: 'How late the event loop is, in the last minute',
    labelNames: ['quantile'],
    registers,
    collect() {
      if (delay.count === 0) return
      // The monitor counts its own period as delay.
      const late = (nanoseconds: number) => Math.max(0, nanoseconds / 1e9 - 0.02)
      for (const quantile of [0.5, 0.99]) this.set({ quantile }, late(delay.percentile(quantile * 100)))
      this.set({ quantile: 1 }, late(delay.max))
    },
  })
  return () => {
    clearInterval(window)
    delay.disable()
  }
}

function externalBytes(): number {
  const { external } = process.memoryUsage()
  return external
}

export function addSpanCounters(
  registry: Registry,
  spans: () => { exported: number; dropped: number },
): void {
  new Counter({
    name: `${prefix}spans_total`,
    help: 'Spans of traces that were exported, or dropped because the collector was slow or away',
    labelNames: ['outcome'],
    registers: [registry],
    collect() {
      const { exported, dropped } = spans()
      this.reset()
      this.inc({ outcome: 'exported' }, exported)
      this.inc({ outcome: 'dropped' }, dropped)
    },
  })
}

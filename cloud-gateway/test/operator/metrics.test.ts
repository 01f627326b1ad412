import t, { type Test } from 'tap'
import { createMetrics, type MetricsSources } from '../../src/operator/metrics.ts'
import { createRecent } from '../../src/operator/metrics-recent.ts'
import type { GatewayState, Observation } from '../../src/operator/observer.ts'
import type { TargetStatus } from '../../src/routing/router.ts'
import { newRid } from '../support/questions.ts'

const state: GatewayState = {
  status: 'ok',
  connections: 12,
  handshakes: 3,
  running: 4,
  heldBytes: 5000,
  detachedBytes: 600,
  detachedAnswers: 2,
}
const status: TargetStatus = {
  name: 'glm',
  model: 'glm-4-flash',
  aliases: ['default'],
  circuit: 'half-open',
  healthy: null,
  running: 2,
  queued: 7,
  concurrency: 8,
  lastFailure: null,
}
type Answer = Extract<Observation, { type: 'answer' }>
const answer = (changes: Partial<Answer> = {}): Answer => ({
  type: 'answer',
  rid: newRid(),
  epoch: 1,
  alias: 'default',
  target: 'glm',
  outcome: 'stop',
  startedAt: Date.now(),
  queuedMs: 10,
  firstTokenMs: 300,
  totalMs: 4000,
  usage: { promptTokens: 100, completionTokens: 20, exact: true },
  traceparent: null,
  ...changes,
})

function metrics(t: Test, sources: Partial<MetricsSources> = {}) {
  const made = createMetrics({
    version: '9.9.9',
    state: () => state,
    targets: () => [status],
    aliases: ['default'],
    ...sources,
  })
  t.teardown(() => made.close())
  return {
    ...made,
    /** Value of a series, by its name and labels as they are written. */
    async value(series: string): Promise<number | undefined> {
      const line = (await made.text()).split('\n').find((each) => each.startsWith(`${series} `))
      return line === undefined ? undefined : Number(line.slice(series.length))
    },
  }
}

t.test('every line is what Prometheus reads', async (t) => {
  const { observe, text, contentType } = metrics(t, {
    spans: () => ({ exported: 3, dropped: 1, waiting: 0 }),
  })
  observe(answer())
  t.match(contentType, /^text\/plain; version=0\.0\.4/)
  const lines = (await text()).trimEnd().split('\n')
  const label = '[a-z_]+="(?:[^"\\\\]|\\\\.)*"'
  const sample = new RegExp(
    `^[a-z_:][a-z0-9_:]*(?:\\{${label}(?:,${label})*\\})? (?:[-+]?[0-9.e+-]+|NaN|[+-]Inf)$`,
  )
  const described = new Set<string>()
  for (const line of lines.filter((each) => each !== '')) {
    const help = /^# (?:HELP|TYPE) (\S+) ./.exec(line)
    if (help) described.add(help[1]!)
    else if (!sample.test(line)) t.fail(line)
    else if (!described.has(/^[a-z0-9_:]+/.exec(line)![0].replace(/_(?:bucket|sum|count)$/, ''))) {
      if (!described.has(/^[a-z0-9_:]+/.exec(line)![0])) t.fail(`not described: ${line}`)
    }
  }
  t.ok(lines.length > 50)
})

t.test('gauges are those of the moment they are read', async (t) => {
  let connections = 1
  const { value } = metrics(t, { state: () => ({ ...state, connections }) })
  t.equal(await value('tanbox_gateway_connections'), 1)
  connections = 2
  t.equal(await value('tanbox_gateway_connections'), 2)
  t.equal(await value('tanbox_gateway_handshakes'), 3)
  t.equal(await value('tanbox_gateway_answers_running'), 4)
  t.equal(await value('tanbox_gateway_held_bytes'), 5000)
  t.equal(await value('tanbox_gateway_detached_bytes'), 600)
  t.equal(await value('tanbox_gateway_target_queued{target="glm"}'), 7)
  t.equal(await value('tanbox_gateway_target_running{target="glm"}'), 2)
  t.equal(await value('tanbox_gateway_target_circuit{target="glm",state="half-open"}'), 1)
  t.equal(await value('tanbox_gateway_target_circuit{target="glm",state="open"}'), 0)
  t.equal(await value('tanbox_gateway_target_healthy{target="glm"}'), undefined, 'not known is not unhealthy')
  t.ok((await value('process_resident_memory_bytes'))! > 1e7)
  t.ok((await value('nodejs_heap_used_bytes'))! > 1e6)
  t.ok((await value('process_cpu_seconds_total'))! > 0)
  t.equal(await value(`tanbox_gateway_build_info{version="9.9.9",node="${process.version}"}`), 1)
})

t.test('the delay of the event loop shows', async (t) => {
  const { value } = metrics(t)
  await new Promise((resolve) => setTimeout(resolve, 50))
  const busyUntil = performance.now() + 300
  while (performance.now() < busyUntil);
  await new Promise((resolve) => setTimeout(resolve, 50))
  t.ok((await value('tanbox_gateway_event_loop_delay_seconds{quantile="1"}'))! > 0.2)
})

t.test('answers, their times and their tokens are counted', async (t) => {
  const { observe, value } = metrics(t)
  observe(answer())
  observe(answer({ outcome: 'incomplete', usage: { promptTokens: 5, completionTokens: 6, exact: false } }))
  observe(answer({ target: null, outcome: 'queue-full', firstTokenMs: null, usage: null }))
  const of = 'alias="default",target'
  t.equal(await value(`tanbox_gateway_answers_total{target="glm",alias="default",outcome="stop"}`), 1, of)
  t.equal(await value(`tanbox_gateway_answers_total{target="none",alias="default",outcome="queue-full"}`), 1)
  t.equal(await value('tanbox_gateway_time_to_first_token_seconds_bucket{le="0.35",target="glm"}'), 2)
  t.equal(await value('tanbox_gateway_time_to_first_token_seconds_bucket{le="0.2",target="glm"}'), 0)
  t.equal(await value('tanbox_gateway_time_to_first_token_seconds_count{target="none"}'), undefined)
  t.equal(await value('tanbox_gateway_answer_seconds_sum{target="glm"}'), 8)
  t.equal(await value('tanbox_gateway_tokens_total{target="glm",counted="exact",kind="prompt"}'), 100)
  t.equal(await value('tanbox_gateway_tokens_total{target="glm",counted="exact",kind="completion"}'), 20)
  t.equal(await value('tanbox_gateway_tokens_total{target="glm",counted="estimated",kind="completion"}'), 6)
})

t.test('handshakes, closes, resumes, stalls, attempts and failures are counted', async (t) => {
  const { observe, value } = metrics(t)
  observe({ type: 'handshake', outcome: 'welcome', ms: 20 })
  observe({ type: 'connection-closed', code: 4430 })
  observe({ type: 'resumed' })
  observe({ type: 'resume-lost' })
  observe({ type: 'stalled' })
  observe({ type: 'deltas', count: 500 })
  observe({ type: 'target-failed', target: 'glm', code: 'model-error' })
  for (const code of [null, 'aborted', 'model-error']) {
    observe({
      ...{
        type: 'attempt',
        rid: newRid(),
        epoch: 1,
        number: 1,
        target: 'glm',
        model: 'm',
        startedAt: 0,
        queuedMs: 2000,
      },
      ...{ askedMs: 1, firstTokenMs: 1, code },
    })
  }
  const expected = {
    'handshakes_total{outcome="welcome"}': 1,
    handshake_seconds_count: 1,
    'connections_closed_total{code="4430"}': 1,
    'resumes_total{outcome="resumed"}': 1,
    'resumes_total{outcome="resume-lost"}': 1,
    stalled_total: 1,
    deltas_total: 500,
    'target_failures_total{target="glm",code="model-error"}': 1,
    'target_attempts_total{target="glm",outcome="answered"}': 1,
    'target_attempts_total{target="glm",outcome="aborted"}': 1,
    'target_attempts_total{target="glm",outcome="failed"}': 1,
    'queue_seconds_sum{target="glm"}': 6,
  }
  for (const [series, count] of Object.entries(expected)) {
    t.equal(await value(`tanbox_gateway_${series}`), count, series)
  }
})

t.test('labels are bounded: whatever comes in, the number of series stays', async (t) => {
  const { observe, text } = metrics(t)
  const strange = (n: number) => {
    observe(answer({ alias: `alias-${n}`, target: `box-${n}`, outcome: `code-${n}` }))
    observe({ type: 'connection-closed', code: 3000 + n })
    observe({ type: 'target-failed', target: `target-${n}`, code: `code-${n}` })
  }
  strange(0)
  const before = (await text()).split('\n').length
  for (let n = 1; n < 500; n++) strange(n)
  t.equal((await text()).split('\n').length, before)
  t.notMatch(await text(), /box-|alias-\d|code-\d|target-\d/)
})

t.test('while the gateway starts, there is nothing to say about it', async (t) => {
  const { value } = metrics(t, { state: () => null, targets: () => [] })
  t.equal(await value('tanbox_gateway_connections'), 0)
})

t.test('the last minutes: quantiles of the first word, failures, and nothing older', async (t) => {
  let now = 0
  const recent = createRecent(() => now)
  t.match(recent.report(), { answers: 0, firstTokenP50Ms: null, firstTokenP95Ms: null })
  recent.observe(answer({ firstTokenMs: 99_999 }))
  now = 6 * 60_000
  for (let n = 1; n <= 100; n++) recent.observe(answer({ firstTokenMs: n }))
  recent.observe(answer({ outcome: 'incomplete', firstTokenMs: null }))
  recent.observe(answer({ outcome: 'cancelled', firstTokenMs: null }))
  t.same(recent.report(), { minutes: 5, answers: 102, failed: 1, firstTokenP50Ms: 50, firstTokenP95Ms: 95 })
  for (let n = 0; n < 10_000; n++) recent.observe(answer({ firstTokenMs: 7 }))
  t.match(recent.report(), { answers: 4096, firstTokenP50Ms: 7 })
})

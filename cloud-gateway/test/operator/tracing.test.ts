import type { ServerResponse } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { askError } from '../../src/errors.ts'
import type { Observation } from '../../src/operator/observer.ts'
import { createTracing, type TracingSettings } from '../../src/operator/tracing.ts'
import { traceOf, traceparentOf } from '../../src/operator/tracing-context.ts'
import { attributesOf, collector } from '../support/collector.ts'
import { newRid } from '../support/questions.ts'
import { scripted } from '../support/scripted.ts'
import { puppet, target, testRouter } from '../support/targets.ts'
import { until } from '../support/until.ts'

type Answer = Extract<Observation, { type: 'answer' }>
const answer = (changes: Partial<Answer> = {}): Answer => ({
  type: 'answer',
  rid: newRid(),
  epoch: 1,
  alias: 'default',
  target: 'two',
  outcome: 'stop',
  startedAt: 1_750_000_000_000,
  queuedMs: 10,
  firstTokenMs: 300.25,
  totalMs: 4000,
  usage: { promptTokens: 100, completionTokens: 20, exact: true },
  traceparent: null,
  ...changes,
})

function trace(t: Test, url: string, settings: Partial<TracingSettings> = {}) {
  const tracing = createTracing({ url, headers: {}, name: 'gw', version: '1.2.3', everyMs: 10, ...settings })
  t.teardown(() => tracing.close())
  return tracing
}

const fromBox = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`

t.test(
  'one answer over two targets: an answer, its waiting and its attempts, with times and a first token',
  async (t) => {
    await using all = await collector()
    const tracing = trace(t, all.url)
    const rid = newRid()
    using router = testRouter(
      [
        target('one', scripted([{ error: 'model-error' }], { model: 'glm-4' })),
        target('two', scripted([{ answer: '好' }, { finish: 'stop' }], { model: 'qwen3' })),
      ],
      { observer: tracing, traceparentOf: tracing.traceparentOf },
    )
    await router.ask({ rid, traceparent: fromBox }).done
    tracing.observe(answer({ rid, traceparent: fromBox }))
    await until(() => all.spans.length === 5)
    t.same(all.refused, [])

    const [root] = all.named('chat default')
    t.match(root, {
      traceId: 'a'.repeat(32),
      parentSpanId: 'b'.repeat(16),
      kind: 2,
      startTimeUnixNano: '1750000000000000000',
      endTimeUnixNano: '1750000004000000000',
      events: [{ name: 'gen_ai.first_token', timeUnixNano: '1750000000300250000' }],
      status: { code: 0 },
    })
    t.same(attributesOf(root!), {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'tanbox',
      'gen_ai.request.model': 'default',
      'gen_ai.response.model': 'qwen3',
      'gen_ai.usage.input_tokens': '100',
      'gen_ai.usage.output_tokens': '20',
      'gen_ai.response.finish_reasons': ['stop'],
      'tanbox.rid': rid,
      'tanbox.epoch': '1',
      'tanbox.target': 'two',
      'tanbox.usage.exact': true,
    })
    const [failed] = all.named('chat glm-4')
    const [succeeded] = all.named('chat qwen3')
    t.match(failed, { kind: 3, status: { code: 2 }, events: undefined })
    t.match(attributesOf(failed!), {
      'error.type': 'model-error',
      'tanbox.attempt': '1',
      'gen_ai.provider.name': 'one',
    })
    t.match(succeeded, { kind: 3, status: { code: 0 }, events: [{ name: 'gen_ai.first_token' }] })
    t.equal(all.named('queue').length, 2)
    for (const span of [failed!, succeeded!, ...all.named('queue')]) {
      t.equal(span.parentSpanId, root!.spanId)
      t.equal(span.traceId, root!.traceId)
      t.ok(BigInt(span.endTimeUnixNano) >= BigInt(span.startTimeUnixNano))
    }
    t.equal(new Set(all.spans.map(({ spanId }) => spanId)).size, 5)
    t.same(all.resource, {
      'service.name': 'tanbox-gateway',
      'service.instance.id': 'gw',
      'service.version': '1.2.3',
    })
  },
)

t.test('what the model server was told is the span of its attempt', async (t) => {
  await using all = await collector()
  const tracing = trace(t, all.url)
  const model = scripted([{ answer: '好' }, { finish: 'stop' }], { model: 'qwen3' })
  using router = testRouter([target('two', model)], {
    observer: tracing,
    traceparentOf: tracing.traceparentOf,
  })
  for (const traceparent of [fromBox, null]) {
    const rid = newRid()
    await router.ask({ rid, traceparent }).done
    tracing.observe(answer({ rid, traceparent }))
  }
  await until(() => all.named('chat qwen3').length === 2)
  for (const [n, span] of all.named('chat qwen3').entries()) {
    t.equal(model.requests[n]!.traceparent, `00-${span.traceId}-${span.spanId}-01`)
  }
})

t.test('an answer that was stopped has its attempt, though that is told after it', async (t) => {
  await using all = await collector()
  const tracing = trace(t, all.url)
  using router = testRouter([target('two', scripted([{ answer: '好' }, 'hang'], { model: 'qwen3' }))], {
    observer: tracing,
  })
  const rid = newRid()
  const stop = new AbortController()
  const asked = router.ask({ rid }, stop.signal)
  await until(() => asked.text !== '')
  stop.abort(new Error('cancelled'))
  tracing.observe(answer({ rid, outcome: 'cancelled', usage: null }))
  await until(() => all.spans.length === 3)
  const [attempt] = all.named('chat qwen3')
  t.match(attempt, { status: { code: 0 } })
  t.match(attributesOf(attempt!), { 'tanbox.aborted': true })
})

t.test('who never had a turn has waited, and that is all', async (t) => {
  await using all = await collector()
  const tracing = trace(t, all.url)
  const fails: (() => void)[] = []
  const busy = puppet(() => new Promise((_, reject) => fails.push(() => reject(askError('model-auth')))))
  using router = testRouter([target('one', busy, { concurrency: 1 })], { observer: tracing })
  router.ask()
  const rid = newRid()
  const waiting = router.ask({ rid })
  await until(() => fails.length === 1)
  fails[0]!()
  await t.rejects(waiting.done, { code: 'model-auth' })
  tracing.observe(answer({ rid, target: null, outcome: 'model-auth', firstTokenMs: null, usage: null }))
  await until(() => all.spans.length === 2)
  t.match(all.named('queue'), [{ status: { code: 2 } }])
  t.match(attributesOf(all.named('chat default')[0]!), { 'error.type': 'model-auth' })
  t.equal(
    'gen_ai.usage.input_tokens' in attributesOf(all.named('chat default')[0]!),
    false,
    'nothing is made up',
  )
})

t.test('what the box does not want traced is not', async (t) => {
  await using all = await collector()
  const tracing = trace(t, all.url)
  tracing.observe(answer({ traceparent: fromBox.replace(/01$/, '00') }))
  tracing.observe(answer())
  await until(() => all.spans.length === 1)
  await pause(50)
  t.equal(all.spans.length, 1)
})

t.test(
  'contexts: a bad one begins a trace, and generations of an answer differ in their spans',
  async (t) => {
    const rid = newRid()
    t.same(traceOf({ rid, traceparent: fromBox }), {
      traceId: 'a'.repeat(32),
      parentSpanId: 'b'.repeat(16),
      sampled: true,
    })
    for (const traceparent of [
      null,
      '',
      'nonsense',
      `00-${'0'.repeat(32)}-${'b'.repeat(16)}-01`,
      `ff${fromBox.slice(2)}`,
    ]) {
      t.match(traceOf({ rid, traceparent }), { traceId: /^[0-9a-f]{32}$/, parentSpanId: null, sampled: true })
    }
    const of = (epoch: number, attempt: number) => traceparentOf({ rid, epoch, traceparent: null }, attempt)
    t.equal(of(1, 1), of(1, 1))
    t.equal(new Set([of(1, 1), of(1, 2), of(2, 1)]).size, 3)
    t.equal(of(1, 1).slice(0, 35), of(2, 1).slice(0, 35), 'one trace')
    t.match(of(1, 1), /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
  },
)

t.test('the collector gets its headers, and one request for many answers', async (t) => {
  await using all = await collector()
  const tracing = trace(t, all.url, { headers: { authorization: 'Bearer x' }, everyMs: 50 })
  for (let n = 0; n < 100; n++) tracing.observe(answer())
  await until(() => all.spans.length === 100)
  t.equal(all.requests.length, 1)
  t.match(all.requests[0], { headers: { authorization: 'Bearer x', 'content-type': 'application/json' } })
  await until(() => tracing.counts().exported === 100)
})

t.test('closing sends what waits', async (t) => {
  await using all = await collector()
  const tracing = createTracing({ url: all.url, headers: {}, name: 'gw', version: '1', everyMs: 60_000 })
  tracing.observe(answer())
  await tracing.close()
  t.equal(all.spans.length, 1)
})

t.test('a collector that is full is asked once more; a batch is never sent a third time', async (t) => {
  let answers = 0
  await using all = await collector((response) => {
    answers += 1
    if (answers > 3) return false
    response.writeHead(503).end()
    return true
  })
  const tracing = trace(t, all.url)
  tracing.observe(answer())
  await until(() => tracing.counts().dropped === 1)
  t.equal(answers, 2)
  tracing.observe(answer())
  await until(() => tracing.counts().dropped === 2)
  tracing.observe(answer())
  await until(() => tracing.counts().exported === 1)
  t.equal(all.spans.length, 1)
})

const misbehaving: Record<string, (response: ServerResponse) => boolean> = {
  'that hangs': () => true,
  'that breaks off': (response) => {
    response.socket!.destroy()
    return true
  },
  'that goes on for ever': (response) => {
    response.writeHead(200)
    response.write('x')
    return true
  },
}
for (const [how, reply] of Object.entries(misbehaving)) {
  t.test(`a collector ${how} hurts nobody`, async (t) => {
    await using all = await collector(reply)
    const tracing = trace(t, all.url, { most: 50, limitMs: 40 })
    const begun = performance.now()
    for (let n = 0; n < 1000; n++) tracing.observe(answer())
    t.ok(performance.now() - begun < 1000)
    await until(() => {
      const { exported, dropped } = tracing.counts()
      return exported + dropped === 1000
    })
    t.ok(tracing.counts().dropped >= 950, 'bounded, and counted')
  })
}

t.test(
  'a collector that is not there: drops are counted, and it is asked seldom after a while',
  async (t) => {
    const gone = await collector()
    await gone[Symbol.asyncDispose]()
    const tracing = trace(t, gone.url)
    for (let n = 1; n <= 3; n++) {
      tracing.observe(answer())
      await until(() => tracing.counts().dropped === n)
    }
    tracing.observe(answer())
    await pause(100)
    t.match(tracing.counts(), { dropped: 3, waiting: 1 })
  },
)

t.test('that the collector takes no spans is told once, and that it does again', async (t) => {
  let well = false
  await using all = await collector((response) => {
    if (well) return false
    response.writeHead(500).end()
    return true
  })
  const told: [boolean, number][] = []
  const tracing = trace(t, all.url, { changed: (takes, status) => told.push([takes, status]) })
  for (let n = 1; n <= 2; n++) {
    tracing.observe(answer())
    await until(() => tracing.counts().dropped === n)
  }
  t.same(told, [[false, 500]])
  well = true
  tracing.observe(answer())
  await until(() => tracing.counts().exported === 1)
  t.same(told, [
    [false, 500],
    [true, 200],
  ])
})

t.test('attempts whose answer never ends are forgotten at last', async (t) => {
  await using all = await collector()
  const tracing = trace(t, all.url)
  const attempt = (rid: string) =>
    tracing.observe({
      ...{ type: 'attempt', rid, epoch: 1, number: 1, target: 'two', model: 'm', startedAt: 0, queuedMs: 0 },
      ...{ askedMs: 1, firstTokenMs: null, code: null },
    })
  const first = newRid()
  attempt(first)
  for (let n = 0; n < 10_000; n++) attempt(newRid())
  tracing.observe(answer({ rid: first }))
  await until(() => all.spans.length > 0)
  t.equal(all.spans.length, 1)
})

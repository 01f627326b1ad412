import { createGatewayClient } from '@tanbox/cloud-gateway/client'
import t, { type Test } from 'tap'
import { targetOf, testGateway } from '../../../cloud-gateway/test/support/gateway.ts'
import { scripted } from '../../../cloud-gateway/test/support/scripted.ts'
import { script, scriptedGateway } from '../../../cloud-gateway/test/support/scripted-gateway.ts'
import { testBox } from '../../../cloud-gateway/test/support/test-box.ts'
import { until } from '../../../cloud-gateway/test/support/until.ts'
import { createGatewayLlm } from '../../src/llm/gateway.ts'
import { createOfflineLlm } from '../../src/llm/offline.ts'
import { collectLlm, llmContract, llmRequest, textOf } from '../contracts/llm.ts'

const never = new AbortController().signal

t.test('a model behind a real gateway', async (t) => {
  const gateway = await testGateway()
  t.teardown(() => gateway[Symbol.asyncDispose]())
  await llmContract(t, async () => createGatewayLlm(await gateway.connected()))
})

t.test('the gateway quotes exactly what the box itself would quote', async (t) => {
  await using gateway = await testGateway()
  const llm = createGatewayLlm(await gateway.connected())
  const request = llmRequest()
  t.equal(
    textOf(await collectLlm(llm.ask(request, never))),
    textOf(await collectLlm(createOfflineLlm().ask(request, never))),
  )
})

t.test('without a connection the question fails at once', async (t) => {
  await using gateway = await testGateway()
  const client = createGatewayClient({
    url: 'ws://127.0.0.1:1/',
    gateway: 'nowhere',
    identity: gateway.identity,
  })
  const llm = createGatewayLlm(client)
  t.teardown(() => llm.close())
  const started = performance.now()
  await t.rejects(collectLlm(llm.ask(llmRequest(), never)), { code: 'gateway-unreachable' })
  t.ok(performance.now() - started < 1000)
})

t.test('thinking is announced once and not shown', async (t) => {
  const thinking = scripted([
    { reasoning: 'let me see' },
    { reasoning: ' what there is' },
    { answer: '好的。' },
    { finish: 'stop' },
  ])
  await using gateway = await testGateway(thinking)
  const llm = createGatewayLlm(await gateway.connected())
  const events = await collectLlm(llm.ask(llmRequest(), never))
  t.same(
    events.map(({ type }) => type),
    ['writing', 'waiting', 'delta', 'end'],
  )
  t.equal(textOf(events), '好的。')
})

t.test('an answer that breaks off leaves what there was and an error', async (t) => {
  await using gateway = await testGateway(scripted([{ answer: '一半' }, 'cut']))
  const llm = createGatewayLlm(await gateway.connected())
  let text = ''
  const reading = async () => {
    for await (const event of llm.ask(llmRequest(), never)) if (event.type === 'delta') text += event.text
  }
  await t.rejects(reading(), { code: 'gateway-failed', cause: { code: 'incomplete' } })
  t.equal(text, '一半')
})

t.test('content that the model refuses is told apart', async (t) => {
  await using gateway = await testGateway(scripted([{ error: 'model-content' }]))
  const llm = createGatewayLlm(await gateway.connected())
  await t.rejects(collectLlm(llm.ask(llmRequest(), never)), { code: 'gateway-declined' })
})

/** A box whose gateway is played by the test. */
async function played(t: Test) {
  const gateway = await scriptedGateway()
  t.teardown(() => gateway[Symbol.asyncDispose]())
  const { client } = testBox(t, gateway.url)
  const link = await gateway.link()
  await until(() => client.state === 'connected')
  const enrolment = { failure: null, close() {} }
  const llm = createGatewayLlm(client, {
    name: 'gateway.test',
    url: gateway.url,
    model: 'default',
    enrolment,
  })
  return { gateway, link, llm, client }
}

t.test('another model that takes over is named, with the one it stands in for', async (t) => {
  const busy = scripted([{ error: 'model-overloaded' }], { model: 'large' })
  const well = scripted([{ answer: '好的。' }, { finish: 'stop' }], { model: 'small' })
  await using gateway = await testGateway([targetOf(busy), targetOf(well)])
  const llm = createGatewayLlm(await gateway.connected())
  const events = await collectLlm(llm.ask(llmRequest(), never))
  t.match(events[0], { type: 'writing', model: 'large' })
  t.match(events.filter(({ type }) => type === 'writing').at(-1), {
    type: 'writing',
    model: 'small',
    insteadOf: 'large',
  })
  t.equal(textOf(events), '好的。')
})

t.test('a place in the line counts from one, and is said when it changes', async (t) => {
  const { link, llm } = await played(t)
  const request = llmRequest()
  const reading = collectLlm(llm.ask(request, never))
  await link.next('ask')
  const said = script(request.rid, ['好'])
  const places = [1, 1, 0].map((position) => said.progress('queued', position))
  link.say(said.accepted(), places[0]!)
  await new Promise((resolve) => setTimeout(resolve, 20))
  link.say(places[1]!)
  await new Promise((resolve) => setTimeout(resolve, 20))
  link.say(places[2]!, ...said.deltas(), said.end())
  t.match(
    (await reading).filter(({ type }) => type === 'waiting'),
    [{ position: 2 }, { position: 1 }],
  )
})

t.test('the trace of a question has the id of its answer', async (t) => {
  const { link, llm } = await played(t)
  const request = llmRequest()
  const reading = collectLlm(llm.ask(request, never))
  const { traceparent } = await link.next('ask')
  t.equal(traceparent?.split('-')[1], request.rid.replaceAll('-', ''))
  const said = script(request.rid, [])
  link.say(said.accepted(), said.end())
  await reading
})

t.test('each kind of failure has its sentence', async (t) => {
  const kinds = {
    RESUME_LOST: 'gateway-cut',
    'quota-day': 'gateway-quota',
    'queue-full': 'gateway-busy',
    'model-content': 'gateway-declined',
    draining: 'gateway-unreachable',
    'moon-phase': 'gateway-failed',
  }
  for (const [code, sentence] of Object.entries(kinds)) {
    const { link, llm } = await played(t)
    const request = llmRequest()
    const reading = collectLlm(llm.ask(request, never))
    await link.next('ask')
    link.say(script(request.rid, []).accepted(), script(request.rid, []).error(code))
    await t.rejects(reading, { code: sentence, cause: { code } }, code)
  }
})

t.test('how the box and its gateway stand', async (t) => {
  const { link, llm, gateway } = await played(t)
  t.match(llm.status(), {
    ...{ state: 'connected', model: 'default', name: 'gateway.test', models: ['default'], problem: null },
    ...{ quota: { tokensPerDay: 1000 }, firstTokenMs: null },
  })
  const request = llmRequest()
  const reading = collectLlm(llm.ask(request, never))
  await link.next('ask')
  const said = script(request.rid, ['好'])
  link.say(said.accepted(), ...said.deltas(), said.end())
  await reading
  t.type(llm.status().firstTokenMs, 'number')
  gateway.refuse = { status: 404 }
  link.cut()
  await until(() => llm.status().problem?.code === 'cloud-no-gateway')
  t.match(llm.status(), { state: 'unreachable', problem: { zh: /gateway\.test/ } })
})

t.test('a box that was shut out says so, and shows nothing of what it had before', async (t) => {
  const { link, llm, client, gateway } = await played(t)
  t.equal(llm.closedBy, null)
  link.close(4403, 'this box was revoked')
  await until(() => llm.status().state === 'revoked')
  t.match(llm.status(), { models: [], quota: null, problem: { code: 'cloud-revoked-here', zh: /enrol/ } })
  const away = createGatewayLlm(client, {
    ...{ name: 'gateway.test', url: 'wss://gateway.example', model: 'default' },
    enrolment: { failure: null, close() {} },
  })
  t.match(away.status().problem, { code: 'cloud-revoked', zh: /新的登记码/ })
  const replaced = createGatewayLlm(client, {
    ...{ name: 'gateway.test', url: gateway.url, model: 'default', replaced: () => true },
    enrolment: { failure: null, close() {} },
  })
  t.match(replaced.status().problem, { code: 'cloud-restart' }, 'nobody is told to delete the new key')
  t.equal(llm.closedBy, 'gateway-revoked')
  await t.rejects(collectLlm(llm.ask(llmRequest(), never)), { code: 'gateway-revoked' })
})

t.test('while the gateway is away, what it offered last stays to be seen', async (t) => {
  const { link, llm, gateway } = await played(t)
  gateway.refuse = { status: 503 }
  link.cut()
  await until(() => llm.state === 'unreachable')
  t.match(llm.status(), { models: ['default'], quota: { tokensPerDay: 1000 } })
  t.equal(llm.closedBy, null)
})

t.test(
  'a quota that is in the way is named, with when to ask again or that asking again is no use',
  async (t) => {
    const cases: [code: string, retryAfterMs: number | null, sentence: string, words: RegExp][] = [
      ['quota-minute', 34_200, 'gateway-quota-minute', /本分钟额度已用完，约 35 秒后可以再问/],
      ['quota-day', 9 * 3_600_000 + 1, 'gateway-quota-day', /当日额度已用完，约 10 小时后可以再问/],
      ['quota-too-small', null, 'gateway-quota-small', /1000 tokens\/d.*再问也不会成功/],
      ['quota-minute', null, 'gateway-quota', /额度已用完/],
    ]
    for (const [code, retryAfterMs, sentence, words] of cases) {
      const { link, llm } = await played(t)
      const request = llmRequest()
      const reading = collectLlm(llm.ask(request, never))
      await link.next('ask')
      const after = retryAfterMs === null ? {} : { retryAfterMs }
      link.say({ type: 'error', rid: request.rid, code, message: 'no', retryable: false, ...after })
      await t.rejects(reading, { code: sentence, reason: { zh: words } }, sentence)
    }
  },
)

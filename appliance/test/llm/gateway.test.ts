import { createGatewayClient } from '@tanbox/cloud-gateway/client'
import t from 'tap'
import { testGateway } from '../../../cloud-gateway/test/support/gateway.ts'
import { scripted } from '../../../cloud-gateway/test/support/scripted.ts'
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

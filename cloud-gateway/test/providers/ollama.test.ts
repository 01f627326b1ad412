import t, { type Test } from 'tap'
import type { OllamaSettings } from '../../src/providers/ollama.ts'
import { ollamaAt, ollamaLine } from '../support/engines.ts'
import { failure, modelServer, type Reply } from '../support/model-server.ts'
import { askModel } from '../support/model-sink.ts'
import { never, question } from '../support/questions.ts'

const lines =
  (...pieces: string[]): Reply =>
  async (response) => {
    response.writeHead(200, { 'content-type': 'application/x-ndjson' })
    for (const piece of pieces) {
      response.write(piece)
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
    response.end()
  }

const text = (content: string) => ollamaLine({ message: { role: 'assistant', content } })
const last = (more: Record<string, unknown> = {}) =>
  ollamaLine({ message: { role: 'assistant', content: '' }, done: true, done_reason: 'stop', ...more })

async function ask(t: Test, reply: Reply, settings: Partial<OllamaSettings> = {}) {
  const server = await modelServer(reply)
  t.teardown(() => server[Symbol.asyncDispose]())
  const said = askModel(ollamaAt(server.root, settings))
  said.catch(() => {})
  return { server, said }
}

t.test('the context is set with every question, by the interface that heeds it', async (t) => {
  const { server, said } = await ask(t, lines(text('好'), last()), {
    contextTokens: 16_384,
    keepAlive: '30m',
    thinking: false,
    options: { temperature: 0.1, num_ctx: 1, num_predict: -1 },
  })
  await said
  const { url, body } = server.requests[0]!
  t.equal(url, '/api/chat')
  t.same(body.options, { temperature: 0.1, num_ctx: 16_384, num_predict: 500 })
  t.match(body, { model: 'qwen3:8b', stream: true, think: false, keep_alive: '30m' })
  t.match(body, { truncate: false, shift: false }, 'a prompt that does not fit is never cut')
  t.match(body.messages, [{ role: 'system' }, { role: 'user', content: /2025年的目标是多少？$/ }])
})

t.test('what is not configured is left to Ollama', async (t) => {
  const { server, said } = await ask(t, lines(text('好'), last()))
  await said
  const { body } = server.requests[0]!
  t.notOk('think' in body || 'keep_alive' in body)
})

t.test('thinking, text and counts', async (t) => {
  const { said } = await ask(
    t,
    lines(
      ollamaLine({ message: { role: 'assistant', content: '', thinking: '想' } }),
      text('能耗'),
      text('下降'),
      last({ prompt_eval_count: 26, eval_count: 8, total_duration: 1 }),
    ),
  )
  t.match(await said, {
    reasoning: '想',
    answer: '能耗下降',
    finish: 'stop',
    usage: { promptTokens: 26, completionTokens: 8 },
  })
})

t.test('every way of ending is told apart', async (t) => {
  const ends: [unknown, string][] = [
    ['stop', 'stop'],
    ['length', 'length'],
    [undefined, 'stop'],
  ]
  for (const [reason, finish] of ends) {
    const { said } = await ask(t, lines(text('好'), last({ done_reason: reason })))
    t.match(await said, { finish, usage: null }, String(reason))
  }
  for (const [reason, code] of [
    ['load', 'incomplete'],
    ['unload', 'incomplete'],
    ['whim', 'model-bad-response'],
    ['constructor', 'model-bad-response'],
  ] as const) {
    const { said } = await ask(t, lines(last({ done_reason: reason })))
    await t.rejects(said, { code }, reason)
  }
})

t.test('a count of the prompt that was left out makes the usage unknown, not smaller', async (t) => {
  const { said } = await ask(t, lines(text('好'), last({ eval_count: 8 })))
  t.equal((await said).usage, null)
})

t.test('the last line needs no end, and may hold text', async (t) => {
  const { said } = await ask(t, lines(text('能耗'), last({ message: { content: '下降' } }).trimEnd()))
  t.match(await said, { answer: '能耗下降', finish: 'stop' })
})

t.test('errors before and in the stream', async (t) => {
  const cases: [Reply, string][] = [
    [failure(404, { error: "model 'qwen3:8b' not found" }), 'model-missing'],
    [failure(400, { error: '"qwen3:8b" does not support thinking' }), 'model-refused'],
    [
      failure(503, { error: 'server busy, please try again.  maximum pending requests exceeded' }),
      'model-overloaded',
    ],
    [
      failure(400, {
        error: 'the prompt is longer than the context length currently available to the model',
      }),
      'model-prompt-too-long',
    ],
    // Ollama 0.17, asked not to truncate.
    [failure(400, { error: 'the input length exceeds the context length' }), 'model-prompt-too-long'],
    [
      failure(400, { error: '{"error":{"code":400,"message":"x","type":"exceed_context_size_error"}}' }),
      'model-prompt-too-long',
    ],
    [lines(text('好'), '{"error":"llama runner process has terminated: CUDA error"}\n'), 'model-error'],
    [lines('{"error":"model requires more system memory (8.4 GiB) than is available"}\n'), 'model-error'],
    [lines('[]\n'), 'model-bad-response'],
    [lines('data: {}\n'), 'model-bad-response'],
  ]
  for (const [reply, code] of cases) {
    const { said } = await ask(t, reply)
    await t.rejects(said, { code })
  }
})

t.test('a model that is loaded first is waited for: that is prefill', async (t) => {
  const { said } = await ask(t, async (response, request, body) => {
    await new Promise((resolve) => setTimeout(resolve, 300))
    return lines(text('好'), last())(response, request, body)
  })
  t.match((await said).events, [{ type: 'progress', state: 'prefill' }, { type: 'text' }])
})

t.test('a check looks for the model by its name and tag', async (t) => {
  const check = async (model: string, names: string[]) => {
    const server = await modelServer(failure(200, { models: names.map((name) => ({ name })) }))
    t.teardown(() => server[Symbol.asyncDispose]())
    await ollamaAt(server.root, { model }).check(never)
    return server.requests[0]?.url
  }
  t.equal(await check('qwen3:8b', ['qwen3:8b']), '/api/tags')
  await t.resolves(check('glm4', ['glm4:latest']))
  await t.rejects(check('glm4', ['glm4:9b']), { code: 'model-missing' })
  await t.rejects(check('glm4', []), { code: 'model-missing' })
})

t.test('the whole history is sent, whatever its order', async (t) => {
  const server = await modelServer(lines(text('好'), last()))
  t.teardown(() => server[Symbol.asyncDispose]())
  const history = [
    { role: 'assistant' as const, content: '一' },
    { role: 'user' as const, content: '二' },
  ]
  await askModel(ollamaAt(server.root), { question: question({ history }) })
  t.match(server.requests[0]?.body.messages, [{ role: 'system' }, ...history, { role: 'user' }])
})

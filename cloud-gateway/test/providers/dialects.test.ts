/** OpenAI-compatible servers, each as it really behaves. */
import { createHmac } from 'node:crypto'
import t, { type Test } from 'tap'
import { signKey } from '../../src/providers/openai/signed-key.ts'
import type { OpenaiSettings } from '../../src/providers/openai.ts'
import { openaiAt } from '../support/engines.ts'
import { chunk, done, failure, modelServer, type Reply, stream, usageChunk } from '../support/model-server.ts'
import { askModel, modelRequest, recordingSink } from '../support/model-sink.ts'
import { never, question } from '../support/questions.ts'
import { until } from '../support/until.ts'

const plain = stream(chunk({ content: '好' }), chunk({}, 'stop'), usageChunk(9, 1), done)

async function serverOf(t: Test, reply: Reply = plain) {
  const server = await modelServer(reply)
  t.teardown(() => server[Symbol.asyncDispose]())
  return server
}

/** The body of the request that these settings make. */
async function requestOf(t: Test, settings: Partial<OpenaiSettings>, changes = {}) {
  const server = await serverOf(t)
  await askModel(openaiAt(server.baseUrl, settings), changes)
  return server.requests[0]!
}

t.test('vLLM: adapters are model names, thinking is an argument of the template', async (t) => {
  const { body } = await requestOf(t, {
    dialect: 'vllm',
    model: 'carbon-adapter',
    thinking: false,
    continuousUsage: true,
    extra: { chat_template_kwargs: { style: 'short' }, top_k: 20, n: 4, best_of: 9, logprobs: true },
  })
  t.match(body, {
    model: 'carbon-adapter',
    n: 1,
    stream_options: { include_usage: true, continuous_usage_stats: true },
    chat_template_kwargs: { style: 'short', enable_thinking: false },
    top_k: 20,
  })
  t.notHas(body, { best_of: 9 })
  t.notHas(body, { logprobs: true })
})

t.test('vLLM: usage in every chunk is known of an answer that is broken off', async (t) => {
  const counting = (content: string, completion: number) =>
    chunk({ content }, null, { usage: { prompt_tokens: 9, completion_tokens: completion } })
  const server = await serverOf(t, async (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(counting('一', 1) + counting('二', 2))
  })
  const stop = new AbortController()
  const out = recordingSink()
  const writing = openaiAt(server.baseUrl, { dialect: 'vllm', continuousUsage: true }).write(
    modelRequest(),
    out,
    stop.signal,
  )
  writing.catch(() => {})
  await until(() => out.events.filter(({ type }) => type === 'usage').length === 2)
  stop.abort(new Error('enough'))
  await t.rejects(writing, { message: 'enough' })
  t.match(out.events.at(-1), { type: 'usage', usage: { promptTokens: 9, completionTokens: 2 } })
})

t.test('vLLM: prompts are counted as the template will write them', async (t) => {
  const server = await serverOf(t, (response, request, body) =>
    failure(200, { count: 321, max_model_len: 8192, tokens: [1, 2, 3] })(response, request, body),
  )
  const provider = openaiAt(server.baseUrl, { dialect: 'vllm', tokenize: true, thinking: false })
  t.equal(await provider.countPrompt?.(question(), never), 321)
  const { url, headers, body } = server.requests[0]!
  t.equal(url, '/tokenize')
  t.equal(headers.authorization, 'Bearer sk-test')
  t.match(body, {
    model: 'glm',
    messages: [{ role: 'system' }, { role: 'user' }],
    chat_template_kwargs: { enable_thinking: false },
  })
})

t.test(
  'vLLM: a question or an answer that it has no room for, a model that it has not, in the words of 0.32',
  async (t) => {
    const refusal = (message: string, type = 'BadRequestError', code = 400) =>
      failure(code, { error: { message, type, param: null, code } })
    const cases: [Reply, string][] = [
      [
        refusal(
          "This model's maximum context length is 4096 tokens. However, your prompt contains at least 4097 input tokens, which exceeds this limit even without any output tokens.",
        ),
        'model-prompt-too-long',
      ],
      [refusal('max_tokens=8192 cannot be greater than max_model_len=4096.'), 'model-prompt-too-long'],
      [refusal('The model `no` does not exist. Valid aliases: tiny.', 'NotFoundError', 404), 'model-missing'],
      [refusal('n must be at least 1, got 0.'), 'model-refused'],
    ]
    for (const [reply, code] of cases) {
      const server = await serverOf(t, reply)
      await t.rejects(askModel(openaiAt(server.baseUrl, { dialect: 'vllm' })), { code })
    }
  },
)

t.test('vLLM: a stream in the shape of 0.32, with its first empty texts', async (t) => {
  const usage = (completion: number) => ({
    usage: {
      ...{ prompt_tokens: 9, total_tokens: 9 + completion, completion_tokens: completion },
      completion_tokens_details: null,
    },
  })
  const server = await serverOf(
    t,
    stream(
      chunk({ role: 'assistant', content: '' }, null, { ...usage(0), prompt_token_ids: null }),
      chunk({ content: '' }, null, usage(1)),
      chunk({ content: '\ufffd 能' }, null, usage(2)),
      chunk({ content: '耗' }, 'length', usage(3)),
      `data: ${JSON.stringify({ choices: [], ...usage(3), system_fingerprint: 'vllm-0.32.0' })}\n\n`,
      done,
    ),
  )
  const said = await askModel(openaiAt(server.baseUrl, { dialect: 'vllm', continuousUsage: true }))
  t.match(said, { answer: '\ufffd 能耗', finish: 'length', usage: { promptTokens: 9, completionTokens: 3 } })
})

t.test('SGLang: prompts are counted text by text, with something for the template', async (t) => {
  const server = await serverOf(t, failure(200, { count: [10, 20], max_model_len: 8192, tokens: [[], []] }))
  const provider = openaiAt(server.baseUrl, { dialect: 'sglang', tokenize: true })
  t.equal(await provider.countPrompt?.(question(), never), 46)
  t.match(server.requests[0]?.body, { prompt: [/只根据资料回答/, /2025年的目标/], add_special_tokens: false })
})

t.test(
  'SGLang: usage at the end or in every chunk; its health is asked, not its list of models',
  async (t) => {
    const counting = await requestOf(t, { dialect: 'sglang', continuousUsage: true })
    t.same(counting.body.stream_options, { include_usage: true, continuous_usage_stats: true })
    t.same((await requestOf(t, { dialect: 'sglang' })).body.stream_options, { include_usage: true })
    const health = (status: number) => failure(status, '')
    const well = await serverOf(t, health(200))
    await t.resolves(openaiAt(well.baseUrl, { dialect: 'sglang' }).check(never))
    t.same(
      well.requests.map(({ url }) => url),
      ['/health'],
    )
    const ill = await serverOf(t, health(503))
    await t.rejects(openaiAt(ill.baseUrl, { dialect: 'sglang' }).check(never), { code: 'model-overloaded' })
  },
)

t.test('a prompt that cannot be counted soon is not counted', async (t) => {
  const replies: [string, Reply][] = [
    ['no such path', failure(404, {})],
    ['nonsense', failure(200, { count: 'many' })],
    ['too few', failure(200, { count: [1] })],
    ['no JSON', failure(200, 'tokens')],
    ['silence', () => {}],
  ]
  for (const [name, reply] of replies) {
    for (const dialect of ['vllm', 'sglang'] as const) {
      const server = await serverOf(t, reply)
      const provider = openaiAt(server.baseUrl, { dialect, tokenize: true })
      t.equal(await provider.countPrompt?.(question(), never), null, `${dialect}: ${name}`)
      if (name === 'silence') await until(() => server.abandoned === 1)
    }
  }
  const server = await serverOf(t, () => {})
  const provider = openaiAt(server.baseUrl, { dialect: 'vllm', tokenize: true })
  await t.rejects(provider.countPrompt!(question(), AbortSignal.timeout(20)), { name: 'TimeoutError' })
  t.equal(openaiAt(server.baseUrl).countPrompt, undefined, 'a dialect without a way')
  t.equal(server.requests.length, 1)
})

t.test('vLLM: a check asks for the health and for the name of the model or adapter', async (t) => {
  const answer =
    (health: number, names: string[]): Reply =>
    (response, request, body) =>
      request.url === '/health'
        ? failure(health, '')(response, request, body)
        : failure(200, { data: names.map((id) => ({ id })) })(response, request, body)
  const check = async (t: Test, reply: Reply) =>
    openaiAt((await serverOf(t, reply)).baseUrl, { dialect: 'vllm' }).check(never)
  await t.resolves(check(t, answer(200, ['base', 'glm'])))
  await t.rejects(check(t, answer(200, ['base'])), { code: 'model-missing' })
  await t.rejects(check(t, answer(503, ['glm'])), { code: 'model-overloaded' })
})

t.test('a check tells keys, lists that are not there and other servers apart', async (t) => {
  const check = async (t: Test, reply: Reply) => openaiAt((await serverOf(t, reply)).baseUrl).check(never)
  await t.rejects(check(t, failure(401, {})), { code: 'model-auth' })
  await t.rejects(check(t, failure(429, { error: { code: '1113' } })), { code: 'model-balance' })
  await t.rejects(check(t, failure(500, {})), { code: 'model-error' })
  await t.resolves(check(t, failure(404, {})), 'that it has no list shows that it is there')
  await t.resolves(check(t, failure(200, { data: [{ id: 'other' }] })), 'not every list is whole')
  const server = await serverOf(t, () => {})
  await t.rejects(openaiAt(server.baseUrl).check(AbortSignal.timeout(20)), { name: 'TimeoutError' })
  await until(() => server.abandoned === 1)
})

t.test('errors in the middle of a stream, in every shape', async (t) => {
  const text = chunk({ content: '字' })
  const data = (value: unknown) => `data: ${JSON.stringify(value)}\n\n`
  const cases: [string, string, string][] = [
    [
      'vLLM',
      data({ error: { message: 'EngineDeadError', type: 'InternalServerError', code: 500 } }),
      'model-error',
    ],
    [
      'vLLM of 2023',
      data({
        object: 'error',
        message: 'maximum context length is 4096',
        type: 'BadRequestError',
        code: 400,
      }),
      'model-prompt-too-long',
    ],
    ['xinference', data({ error: '[address=0.0.0.0:1, pid=2] CUDA out of memory' }), 'model-error'],
    [
      'SGLang',
      data({ error: { object: 'error', message: 'aborted', type: 'BadRequestError', code: 503 } }),
      'model-overloaded',
    ],
    ['Zhipu', data({ error: { code: '1301', message: '敏感内容' } }), 'model-content'],
    [
      'an event of type error',
      `event: error\n${data({ code: 'InvalidParameter', message: 'x' })}`,
      'model-error',
    ],
    ['FastAPI', data({ detail: 'Internal error' }), 'model-error'],
  ]
  for (const [name, bytes, code] of cases) {
    const server = await serverOf(t, stream(text, bytes, done))
    await t.rejects(askModel(openaiAt(server.baseUrl)), { code }, name)
  }
})

t.test('chunks that say nothing are passed over', async (t) => {
  const server = await serverOf(
    t,
    stream(
      'data: \n\n',
      'data: {"choices":[],"prompt_filter_results":[]}\n\n',
      'data: {"type":"ping"}\n\n',
      chunk({ role: 'assistant', content: null, reasoning_content: null }),
      chunk({ content: '好' }),
      'data: {"choices":[{"index":0,"finish_reason":""}],"usage":null}\n\n',
      chunk({}, 'stop'),
      usageChunk(9, 1),
      'data:  [DONE] \n\n',
    ),
  )
  const said = await askModel(openaiAt(server.baseUrl))
  t.match(said, { answer: '好', finish: 'stop', usage: { promptTokens: 9, completionTokens: 1 } })
  t.equal(said.events.filter(({ type }) => type === 'text').length, 1)
})

t.test('Zhipu: no options that it does not know, thinking by its own member', async (t) => {
  const { body, headers } = await requestOf(t, {
    dialect: 'zhipu',
    model: 'glm-4.5',
    thinking: false,
    key: 'id.secret',
  })
  t.same(Object.keys(body).sort(), ['max_tokens', 'messages', 'model', 'stream', 'thinking'])
  t.same(body.thinking, { type: 'disabled' })
  t.equal(headers.authorization, 'Bearer id.secret', 'keys are sent as they are unless signing was asked for')
})

t.test('Zhipu: its interface is at /api/paas/v4', async (t) => {
  const server = await serverOf(t)
  const provider = openaiAt(`${server.root}/api/paas/v4`, { dialect: 'zhipu' })
  await askModel(provider)
  await provider.check(never)
  t.same(
    server.requests.map(({ url }) => url),
    ['/api/paas/v4/chat/completions', '/api/paas/v4/models'],
  )
})

t.test('Zhipu: usage comes with the last chunk, and sensitive is refused content', async (t) => {
  const usage = { usage: { prompt_tokens: 30, completion_tokens: 12, total_tokens: 42 } }
  const server = await serverOf(
    t,
    stream(
      chunk({ reasoning_content: '想' }),
      chunk({ content: '一' }),
      chunk({ content: '' }, 'sensitive', usage),
      done,
    ),
  )
  t.match(await askModel(openaiAt(server.baseUrl, { dialect: 'zhipu' })), {
    reasoning: '想',
    answer: '一',
    finish: 'content_filter',
    usage: { promptTokens: 30, completionTokens: 12 },
  })
})

t.test('Zhipu: every code of its list is one of ours, whatever the status', async (t) => {
  const codes: Record<string, string[]> = {
    'model-auth': ['1000', '1001', '1002', '1003', '1004', '1110', '1111', '1112', '1121', '1220'],
    'model-balance': ['1113', '1304', '1308', '1309', '1310'],
    'model-error': ['1120', '1200', '1230', '1234'],
    'model-missing': ['1211', '1221', '1222', '1311'],
    'model-refused': ['1210', '1212', '1213', '1214', '1215', '1231', '1300'],
    'model-prompt-too-long': ['1261'],
    'model-content': ['1301'],
    'model-overloaded': ['1302', '1303', '1305', '1312', '1313'],
  }
  for (const [code, theirs] of Object.entries(codes)) {
    for (const each of theirs) {
      const server = await serverOf(t, failure(429, { error: { code: each, message: '…' } }))
      await t.rejects(askModel(openaiAt(server.baseUrl, { dialect: 'zhipu' })), { code }, each)
    }
  }
})

t.test('Zhipu: a key can stay here, a token signed with it goes', async (t) => {
  const { headers } = await requestOf(t, { dialect: 'zhipu', key: 'id.secret', signKey: true })
  const [header, payload, signature] = headers.authorization!.replace('Bearer ', '').split('.') as [
    string,
    string,
    string,
  ]
  t.equal(signature, createHmac('sha256', 'secret').update(`${header}.${payload}`).digest('base64url'))
  t.same(JSON.parse(Buffer.from(header, 'base64url').toString()), { alg: 'HS256', sign_type: 'SIGN' })
  const { api_key: id, exp, timestamp } = JSON.parse(Buffer.from(payload, 'base64url').toString())
  t.equal(id, 'id')
  t.ok(Math.abs(Date.now() - timestamp) < 60_000, 'milliseconds')
  t.equal(exp - timestamp, 300_000)
  t.notMatch(JSON.stringify(headers), /secret/)
  t.not(signKey('id.secret', 1), signKey('id.secret', 2), 'new for every request')
})

t.test('ChatGLM2: the length is that of prompt and answer together', async (t) => {
  const settings = { dialect: 'chatglm2', contextTokens: 1000, estimatePrompt: () => 300 } as const
  t.equal((await requestOf(t, settings, { maxTokens: 200 })).body.max_tokens, 500)
  t.equal(
    (await requestOf(t, settings, { maxTokens: 900 })).body.max_tokens,
    1000,
    'and never beyond its context',
  )
})

t.test('ChatGLM2: a history is sent in pairs, or it would drop all of it', async (t) => {
  const said = (role: 'user' | 'assistant', content: string) => ({ role, content })
  const { body } = await requestOf(
    t,
    { dialect: 'chatglm2' },
    {
      question: question({
        history: [
          said('assistant', '你好，我能帮您什么？'),
          said('user', '甲'),
          said('user', '乙'),
          said('assistant', '丙'),
          said('assistant', '丁'),
          said('user', '戊'),
        ],
      }),
    },
  )
  const messages = body.messages as { role: string; content: string }[]
  t.match(messages, [
    { role: 'system' },
    { role: 'user', content: '甲\n\n乙' },
    { role: 'assistant', content: '丙\n\n丁' },
    { role: 'user', content: /戊\n\n2025年的目标是多少？$/ },
  ])
  t.equal(messages.length, 4)
  t.same(Object.keys(body).sort(), ['max_tokens', 'messages', 'model', 'stream'])
})

t.test('ChatGLM2 and 3: neither id nor usage in the stream', async (t) => {
  const piece = (delta: object, finish_reason: string | null = null) =>
    `data: ${JSON.stringify({ model: 'chatglm2-6b', object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason }] })}\r\n\r\n`
  const server = await serverOf(
    t,
    stream(
      piece({ role: 'assistant' }),
      ': ping - 2023-07-01 12:00:00\r\n\r\n',
      piece({ content: '能耗' }),
      piece({ content: '下降' }),
      piece({}, 'stop'),
      'data: [DONE]\r\n\r\n',
    ),
  )
  for (const dialect of ['chatglm2', 'chatglm3'] as const) {
    t.match(await askModel(openaiAt(server.baseUrl, { dialect })), {
      answer: '能耗下降',
      finish: 'stop',
      usage: null,
    })
  }
})

t.test('xinference: the shape of OpenAI, with reasoning in either field', async (t) => {
  const { body, url } = await requestOf(t, { dialect: 'xinference' })
  t.equal(url, '/v1/chat/completions')
  t.match(body, { n: 1, stream: true, stream_options: { include_usage: true } })
  for (const field of ['reasoning', 'reasoning_content']) {
    const server = await serverOf(
      t,
      stream(chunk({ [field]: '想' }), chunk({ content: '好' }, 'stop'), usageChunk(9, 2), done),
    )
    t.match(await askModel(openaiAt(server.baseUrl, { dialect: 'xinference' })), {
      reasoning: '想',
      answer: '好',
      usage: { promptTokens: 9, completionTokens: 2 },
    })
  }
})

t.test('xinference: a model that it does not have is missing, though the status is 400', async (t) => {
  const server = await serverOf(
    t,
    failure(400, { detail: '[address=127.0.0.1:1] Model not found in the model list, uid: glm' }),
  )
  await t.rejects(askModel(openaiAt(server.baseUrl, { dialect: 'xinference' })), { code: 'model-missing' })
})

t.test('llama.cpp: a prompt that does not fit', async (t) => {
  const server = await serverOf(
    t,
    failure(400, {
      error: {
        code: 400,
        message: 'request (18019 tokens) exceeds the available context size (4096 tokens), try increasing it',
        type: 'exceed_context_size_error',
      },
    }),
  )
  await t.rejects(askModel(openaiAt(server.baseUrl)), { code: 'model-prompt-too-long' })
})

t.test('traces go on at the model server', async (t) => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
  t.equal((await requestOf(t, {}, { traceparent })).headers.traceparent, traceparent)
  t.equal((await requestOf(t, {})).headers.traceparent, undefined)
})

t.test('usage that arrived while the box was slow is not given up', async (t) => {
  const server = await serverOf(t, (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    // All in one packet: the text stops the reading, the rest waits.
    response.write(chunk({ content: '好' }, 'stop') + usageChunk(9, 1))
  })
  const out = recordingSink(({ upstream }) => {
    upstream?.pause()
    setTimeout(() => upstream?.resume(), 2500)
  })
  const finish = await openaiAt(server.baseUrl).write(modelRequest(), out, never)
  t.same(finish.usage, { promptTokens: 9, completionTokens: 1 })
})

t.test('a finish reason makes an answer whole, whatever comes after it', async (t) => {
  for (const [name, reply] of [
    ['nonsense', stream(chunk({ content: '好' }), chunk({}, 'stop'), 'data: nonsense\n\n')],
    ['an end without [DONE]', stream(chunk({ content: '好' }), chunk({}, 'stop'))],
    [
      'a reset',
      async (response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        response.write(chunk({ content: '好' }) + chunk({}, 'stop'))
        await new Promise((resolve) => setTimeout(resolve, 20))
        response.socket?.resetAndDestroy()
      },
    ],
  ] as [string, Reply][]) {
    const server = await serverOf(t, reply)
    t.match(await askModel(openaiAt(server.baseUrl)), { answer: '好', finish: 'stop', usage: null }, name)
  }
})

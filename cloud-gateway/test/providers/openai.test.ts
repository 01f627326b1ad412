import { createServer } from 'node:net'
import t, { type Test } from 'tap'
import type { OpenaiSettings } from '../../src/providers/openai.ts'
import { openaiAt } from '../support/engines.ts'
import {
  chunk,
  done,
  failure,
  modelServer,
  type Reply,
  stream,
  tornStream,
  usageChunk,
} from '../support/model-server.ts'
import { askModel } from '../support/model-sink.ts'

const providerAt = openaiAt

async function ask(t: Test, reply: Reply, changes: Partial<OpenaiSettings> = {}) {
  const server = await modelServer(reply)
  t.teardown(() => server[Symbol.asyncDispose]())
  const said = askModel(providerAt(server.baseUrl, changes))
  said.catch(() => {})
  return { server, said }
}

t.test('the request holds what the configuration says and nothing the box could choose', async (t) => {
  const { server, said } = await ask(t, stream(chunk({ content: 'a' }), chunk({}, 'stop'), done), {
    extra: { chat_template_kwargs: { enable_thinking: false }, n: 99, stream: false, model: 'other' },
  })
  await said
  const [{ url, headers, body }] = server.requests as [(typeof server.requests)[0]]
  t.equal(url, '/v1/chat/completions')
  t.equal(headers.authorization, 'Bearer sk-test')
  t.match(body, {
    model: 'glm',
    n: 1,
    stream: true,
    stream_options: { include_usage: true },
    max_tokens: 500,
    chat_template_kwargs: { enable_thinking: false },
  })
  t.same(Object.keys(body).sort(), [
    'chat_template_kwargs',
    'max_tokens',
    'messages',
    'model',
    'n',
    'stream',
    'stream_options',
  ])
})

t.test('passages stand between marks that no document can know', async (t) => {
  const { server, said } = await ask(t, stream(chunk({ content: 'a' }), chunk({}, 'stop'), done))
  await said
  await askModel(providerAt(server.baseUrl))
  const contents = server.requests.map(({ body }) => body.messages as { role: string; content: string }[])
  const marks = contents.map(
    (messages) => messages.at(-1)!.content.match(/<passage-([\w-]+) number="1"/)?.[1],
  )
  t.ok(marks[0] && marks[0].length >= 12)
  t.not(marks[0], marks[1], 'new for every request')
  t.match(contents[0]![0], { role: 'system', content: new RegExp(`只根据资料回答。[\\s\\S]*${marks[0]}`) })
  t.match(
    contents[0]!.at(-1)!.content,
    new RegExp(`能耗下降13\\.5%[\\s\\S]*</passage-${marks[0]}>[\\s\\S]*2025年的目标是多少？$`),
  )
})

t.test(
  'characters and lines may be cut anywhere, lines may end in any way, comments mean nothing',
  async (t) => {
    const bytes = Buffer.from(
      `: ping\r\n\r\n${chunk({ content: '能耗😀' }).replaceAll('\n', '\r\n')}event: message\rdata: {"choices":[{"delta":{"content":"下降"}}]}\r\r${chunk({ content: '。' }, 'stop')}: bye\n\n${done}`,
    )
    for (const size of [1, 2, 3, 5, 7]) {
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
        bytes.subarray(at * size, (at + 1) * size),
      )
      const server = await modelServer((response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        for (const piece of pieces) response.write(piece)
        response.end()
      })
      const said = await askModel(providerAt(server.baseUrl))
      t.match(said, { answer: '能耗😀下降。', finish: 'stop', usage: null }, `in pieces of ${size}`)
      await server[Symbol.asyncDispose]()
    }
  },
)

t.test('reasoning is read from either field, once', async (t) => {
  for (const delta of [
    { reasoning: '想' },
    { reasoning_content: '想' },
    { reasoning: '想', reasoning_content: '想' },
  ]) {
    const { said } = await ask(
      t,
      stream(
        chunk({ role: 'assistant', content: '' }),
        chunk(delta),
        chunk({ content: '好' }),
        chunk({}, 'stop'),
        done,
      ),
    )
    t.same((await said).events, [
      { type: 'progress', state: 'prefill' },
      { type: 'text', channel: 'reasoning', text: '想' },
      { type: 'text', channel: 'answer', text: '好' },
    ])
  }
})

t.test('usage is taken from the last chunk, from the finishing one and from running counts', async (t) => {
  const usage = { usage: { prompt_tokens: 9, completion_tokens: 2 } }
  const streams = [
    stream(chunk({ content: 'a' }), chunk({}, 'stop'), usageChunk(9, 2), done),
    stream(chunk({ content: 'a' }), chunk({}, 'stop', usage), done),
    stream(
      chunk({ content: 'a' }, null, { usage: { prompt_tokens: 9, completion_tokens: 1 } }),
      chunk({}, 'stop', usage),
      done,
    ),
  ]
  for (const reply of streams) {
    const { said } = await ask(t, reply)
    t.match(await said, { usage: { promptTokens: 9, completionTokens: 2 } })
  }
  const nonsense = { usage: { prompt_tokens: -1, completion_tokens: 'many' } }
  const { said } = await ask(t, stream(chunk({ content: 'a' }, 'stop', nonsense), done))
  t.match(await said, { usage: null }, 'nonsense is no count')
})

t.test('a server that keeps the stream open after the end is not waited for', async (t) => {
  const { said } = await ask(t, async (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(chunk({ content: 'a' }) + chunk({}, 'stop'))
  })
  t.match(await said, { finish: 'stop', usage: null })
})

t.test('every way of ending is told apart', async (t) => {
  const cases: [string, string][] = [
    ['length', 'length'],
    ['content_filter', 'content_filter'],
    ['sensitive', 'content_filter'],
    ['eos', 'stop'],
  ]
  for (const [reason, finish] of cases) {
    const { said } = await ask(t, stream(chunk({ content: 'a' }), chunk({}, reason), done))
    t.match(await said, { finish })
  }
  for (const [reason, code] of [
    ['network_error', 'incomplete'],
    ['abort', 'incomplete'],
    ['tool_calls', 'model-bad-response'],
    // What every object has is no reason.
    ['constructor', 'model-bad-response'],
    ['__proto__', 'model-bad-response'],
  ] as const) {
    const { said } = await ask(t, stream(chunk({ content: 'a' }), chunk({}, reason), done))
    await t.rejects(said, { code }, reason)
  }
})

t.test('a stream that is cut is never a whole answer', async (t) => {
  const text = chunk({ content: '到2025年' })
  const ended = await ask(t, stream(text, text.slice(0, 30)))
  await t.rejects(ended.said, { code: 'incomplete' }, 'closed in the middle of an event')
  const saidDone = await ask(t, stream(text, done))
  await t.rejects(saidDone.said, { code: 'incomplete' }, '[DONE] alone is no finish reason')
  const torn = await ask(t, tornStream(text))
  await t.rejects(torn.said, { code: 'incomplete' }, 'connection torn down')
})

t.test('a server that fails after ten tokens is reported, not passed on', async (t) => {
  const ten = Array.from({ length: 10 }, () => chunk({ content: '字' }))
  const { said } = await ask(
    t,
    stream(...ten, `data: ${JSON.stringify({ error: { message: 'CUDA out of memory', code: 500 } })}\n\n`),
  )
  await t.rejects(said, { code: 'model-error', retryable: true })
})

t.test('an error that is called like what every object has is an error like others', async (t) => {
  for (const code of ['constructor', '__proto__', 'toString']) {
    const { said } = await ask(t, failure(500, { error: { code, message: '' } }))
    await t.rejects(said, { code: 'model-error' }, code)
  }
})

t.test('a count that no model can reach is no count', async (t) => {
  for (const [prompt, completion] of [
    [9e15, 1],
    [1, 10_000_001],
    [-5, 7],
    [1.5, 2],
  ] as const) {
    const { said } = await ask(
      t,
      stream(chunk({ content: '好' }), chunk({}, 'stop'), usageChunk(prompt, completion), done),
    )
    t.match(await said, { finish: 'stop', usage: null }, `${prompt} ${completion}`)
  }
})

t.test('lying servers', async (t) => {
  const lies: [string, Reply][] = [
    [
      'a web page',
      (response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<p>login</p>'),
    ],
    [
      'a whole completion although a stream was asked for',
      failure(200, { choices: [{ message: { content: 'x' } }] }),
    ],
    ['events that are no JSON', stream('data: hello\n\n')],
    ['events that are no object', stream('data: [1]\n\n')],
    ['invalid UTF-8', stream(Buffer.from([0x64, 0x61, 0x74, 0x61, 0x3a, 0xff, 0xfe, 0x0a, 0x0a]))],
    ['a redirect', failure(307, '', { location: 'http://127.0.0.1:1/' })],
    ['a line without end', stream('data: '.padEnd(1_200_000, 'x'))],
    ['an event without end', stream(`data: ${'x'.repeat(1000)}\n`.repeat(1200))],
  ]
  for (const [name, reply] of lies) {
    const { server, said } = await ask(t, reply)
    await t.rejects(said, { code: 'model-bad-response' }, name)
    t.equal(server.requests.length, 1, `${name}: asked once`)
  }
})

t.test('refusals are classified, by the code in the body before the status', async (t) => {
  const zhipu = (code: string) => ({ error: { code, message: '…' } })
  const cases: [number, unknown, string][] = [
    [401, { error: { message: 'Incorrect API key' } }, 'model-auth'],
    [404, { error: { message: 'The model does not exist' } }, 'model-missing'],
    [429, { error: { message: 'Rate limit' } }, 'model-overloaded'],
    [429, { error: { type: 'insufficient_quota' } }, 'model-balance'],
    [429, zhipu('1113'), 'model-balance'],
    [429, zhipu('1302'), 'model-overloaded'],
    [401, zhipu('1002'), 'model-auth'],
    [400, zhipu('1211'), 'model-missing'],
    [400, zhipu('1301'), 'model-content'],
    [
      400,
      { object: 'error', message: "This model's maximum context length is 4096 tokens", code: 400 },
      'model-prompt-too-long',
    ],
    [400, { error: { code: 'context_length_exceeded' } }, 'model-prompt-too-long'],
    [422, { detail: [{ msg: 'field required' }] }, 'model-refused'],
    [500, 'Internal Server Error', 'model-error'],
    [503, '', 'model-overloaded'],
  ]
  for (const [status, body, code] of cases) {
    const { said } = await ask(t, failure(status, body))
    await t.rejects(said, { code }, `${status} ${JSON.stringify(body)}`)
  }
})

t.test("the words of an error stay at the gateway: they may be the prompt's", async (t) => {
  const { said } = await ask(t, failure(400, { error: { message: 'bad prompt: 机密' } }))
  await t.rejects(said, { message: 'the model server refuses the request (status 400)' })
})

t.test('a server that cannot be reached', async (t) => {
  await t.rejects(askModel(providerAt('http://127.0.0.1:1/v1')), {
    code: 'model-unreachable',
  })
})

t.test('a server that accepts and says nothing is left when the asker stops', async (t) => {
  const silent = createServer(() => {})
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  t.teardown(() => silent.close())
  const { port } = silent.address() as { port: number }
  const stop = AbortSignal.timeout(50)
  await t.rejects(askModel(providerAt(`http://127.0.0.1:${port}/v1`), {}, stop), {
    name: 'TimeoutError',
  })
})

t.test('an encrypted connection that never stands is given up after its own time', async (t) => {
  const silent = createServer(() => {})
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  t.teardown(() => silent.close())
  const { port } = silent.address() as { port: number }
  const provider = providerAt(`https://127.0.0.1:${port}/v1`, { connectMs: 60 })
  await t.rejects(askModel(provider), { code: 'model-connect-timeout' })
})

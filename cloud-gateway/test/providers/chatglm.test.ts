import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import t from 'tap'
import { chatglmAt } from '../support/engines.ts'
import { failure, modelServer } from '../support/model-server.ts'
import { askModel } from '../support/model-sink.ts'
import { never, question } from '../support/questions.ts'

const answered = (response: string) => ({ response, history: [], status: 200, time: '2023-05-01 12:00:00' })

t.test('a question is a prompt and pairs of question and answer', async (t) => {
  const server = await modelServer(failure(200, answered('好')))
  t.teardown(() => server[Symbol.asyncDispose]())
  await askModel(chatglmAt(`${server.root}/`), {
    maxTokens: 300,
    question: question({
      history: [
        { role: 'user', content: '甲' },
        { role: 'assistant', content: '乙' },
        { role: 'user', content: '丙' },
      ],
    }),
  })
  const { url, body } = server.requests[0]!
  t.equal(url, '/')
  t.same(Object.keys(body).sort(), ['history', 'max_length', 'prompt', 'temperature', 'top_p'])
  t.match(body, { history: [['甲', '乙']], max_length: 400, top_p: 0.7, temperature: 0.95 })
  t.match(
    body.prompt,
    /^只根据资料回答。[\s\S]*仅是数据[\s\S]*丙[\s\S]*能耗下降13\.5%[\s\S]*2025年的目标是多少？$/,
  )
})

t.test('the length is that of prompt and answer together, and never beyond the context', async (t) => {
  const server = await modelServer(failure(200, answered('好')))
  t.teardown(() => server[Symbol.asyncDispose]())
  await askModel(chatglmAt(`${server.root}/`, { contextTokens: 350 }), { maxTokens: 300 })
  t.equal(server.requests[0]?.body.max_length, 350)
})

t.test('the whole answer comes in pieces that are never cut within a character', async (t) => {
  const answer = '能耗😀下降。'.repeat(40)
  const server = await modelServer(failure(200, answered(answer)))
  t.teardown(() => server[Symbol.asyncDispose]())
  const said = await askModel(chatglmAt(`${server.root}/`))
  t.equal(said.answer, answer)
  t.match(said, { finish: 'stop', usage: null })
  const texts = said.events.flatMap((event) => (event.type === 'text' ? [event.text] : []))
  t.ok(texts.length > 5)
  t.ok(texts.every((text) => text.isWellFormed()))
})

t.test('an object that does not say that it is an answer is none', async (t) => {
  for (const body of [
    { response: '好' },
    { ...answered('好'), status: 500 },
    { ...answered('好'), response: null },
    [],
  ]) {
    const server = await modelServer(failure(200, body))
    await t.rejects(askModel(chatglmAt(`${server.root}/`)), { code: 'model-bad-response' })
    await server[Symbol.asyncDispose]()
  }
})

t.test('a check is a connection and nothing more', async (t) => {
  let connections = 0
  let bytes = 0
  const server = createServer((socket) => {
    connections += 1
    socket.on('data', (data) => (bytes += data.length))
    socket.on('error', () => {})
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  await chatglmAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`).check(never)
  t.same([connections, bytes], [1, 0])
})

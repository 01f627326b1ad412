/** What shows that a model is at work, and what does not: real bytes, through driver and clock. */
import t, { type Test } from 'tap'
import { defaultTimers } from '../../src/providers/provider.ts'
import { ollamaAt, ollamaLine, openaiAt } from '../support/engines.ts'
import { chunk, done, modelServer, type Reply } from '../support/model-server.ts'
import { target, testRouter } from '../support/targets.ts'
import { until } from '../support/until.ts'

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Sends `beginning`, then `beat` every 20 ms until nobody listens, or `times` and then `end`. */
const beating =
  (contentType: string, beginning: string, beat: string, times = 500, end = ''): Reply =>
  async (response) => {
    response.writeHead(200, { 'content-type': contentType })
    response.write(beginning)
    for (let at = 0; at < times && !response.destroyed; at++) {
      response.write(beat)
      await pause(20)
    }
    response.end(end)
  }

async function asked(
  t: Test,
  reply: Reply,
  engine: 'openai' | 'ollama',
  timers: Partial<typeof defaultTimers>,
) {
  const server = await modelServer(reply)
  t.teardown(() => server[Symbol.asyncDispose]())
  const provider = engine === 'openai' ? openaiAt(server.baseUrl) : ollamaAt(server.root)
  const all = testRouter([target('one', provider, { timers: { ...defaultTimers, ...timers } })])
  t.teardown(() => all[Symbol.dispose]())
  return { server, asked: all.ask() }
}

const sse = 'text/event-stream'
const ndjson = 'application/x-ndjson'

t.test('a model that thinks, for however long, is not taken for dead', async (t) => {
  for (const [engine, type, thought, end] of [
    ['openai', sse, chunk({ reasoning_content: '想' }), chunk({ content: '好' }, 'stop') + done],
    ['openai', sse, chunk({ reasoning: '想' }), chunk({ content: '好' }, 'stop') + done],
    [
      'ollama',
      ndjson,
      ollamaLine({ message: { content: '', thinking: '想' } }),
      ollamaLine({ message: { content: '好' }, done: true, done_reason: 'stop' }),
    ],
  ] as const) {
    // Five times as long as it may be silent, and as it may take to begin.
    const { asked: one } = await asked(t, beating(type, '', thought, 50, end), engine, {
      firstTokenMs: 400,
      idleMs: 200,
    })
    t.match(await one.done, { finish: 'stop' })
    t.match(one.text, /^想{50}好$/)
  }
})

t.test('a server that only keeps its connection alive is not writing', async (t) => {
  const beats: [string, string][] = [
    ['comments', ': ping\n\n'],
    ['events without content', 'data: \n\n'],
    ['chunks without choices', 'data: {"choices":[]}\n\n'],
    ['empty texts', chunk({ content: '' })],
    ['a role, again and again', chunk({ role: 'assistant', content: null })],
  ]
  for (const [name, beat] of beats) {
    const before = await asked(t, beating(sse, '', beat), 'openai', { firstTokenMs: 200 })
    await t.rejects(before.asked.done, { code: 'first-token-timeout' }, `${name} before the first text`)
    const after = await asked(t, beating(sse, chunk({ content: '好' }), beat), 'openai', { idleMs: 200 })
    await t.rejects(after.asked.done, { code: 'idle-timeout' }, `${name} after a text`)
    await until(() => before.server.abandoned === 1 && after.server.abandoned === 1)
  }
  const empty = ollamaLine({ message: { role: 'assistant', content: '' } })
  const { asked: one } = await asked(t, beating(ndjson, '', empty), 'ollama', { firstTokenMs: 200 })
  await t.rejects(one.done, { code: 'first-token-timeout' })
})

t.test('a trickle is ended though it is never silent', async (t) => {
  const { server, asked: one } = await asked(t, beating(sse, '', chunk({ content: '。' })), 'openai', {
    idleMs: 200,
    rateWindowMs: 400,
    rateCharacters: 100,
  })
  await t.rejects(one.done, { code: 'too-slow' })
  await until(() => server.abandoned === 1)
})

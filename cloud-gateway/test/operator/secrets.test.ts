/**
 * Prompts, answers, keys and codes, and what model servers say of them in their errors: marked, sent through a whole
 * gateway in every way in which an answer can end, and looked for in everything that operators and collectors get to see.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { openAccounts } from '../../src/accounts/open-accounts.ts'
import { enrolWithCode } from '../../src/box/enrol.ts'
import { createGatewayClient } from '../../src/client.ts'
import { readConfig } from '../../src/config.ts'
import { openContext } from '../../src/context.ts'
import { createIdentity } from '../../src/identity.ts'
import { createLog } from '../../src/log.ts'
import { collector } from '../support/collector.ts'
import { chunk, done, modelServer, usageChunk } from '../support/model-server.ts'
import { collect, newRid, payloadOf, question } from '../support/questions.ts'
import { dial } from '../support/raw-box.ts'
import { unlimited } from '../support/unlimited.ts'
import { until } from '../support/until.ts'

const secrets = {
  system: 'SECRET-system',
  question: 'SECRET-question-机密问题',
  history: 'SECRET-history',
  title: 'SECRET-title',
  passage: 'SECRET-passage-机密资料',
  answer: 'SECRET-answer-机密回答',
  reasoning: 'SECRET-reasoning',
  modelKey: 'SECRET-model-key',
  otlpKey: 'SECRET-otlp-key',
  code: 'SECRET-code-0123456789abcdef',
  errorBody: 'SECRET-error-body',
  garbage: 'SECRET-garbage',
}
/** In whatever form it might have slipped through. */
const marks = ['SECRET', '机密', Buffer.from('SECRET').toString('base64').slice(0, 8), '%53ECRET', '\\u673a']

/** How the model server behaves, by what stands in the question. */
const behaviours: Record<string, (response: ServerResponse) => void> = {
  good(response) {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.end(
      chunk({ reasoning: secrets.reasoning }) +
        chunk({ content: secrets.answer }) +
        chunk({}, 'stop') +
        usageChunk(10, 5) +
        done,
    )
  },
  torn(response) {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(chunk({ content: secrets.answer }))
    setTimeout(() => response.destroy(), 20)
  },
  hangs(response) {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(chunk({ content: secrets.answer }))
  },
  refuses(response) {
    response.writeHead(400, { 'content-type': 'application/json', 'x-note': secrets.errorBody })
    response.end(
      JSON.stringify({
        error: { message: secrets.errorBody, code: secrets.errorBody, type: secrets.errorBody },
      }),
    )
  },
  fails(response) {
    response.writeHead(500, { 'content-type': 'text/html' })
    response.end(`<h1>${secrets.errorBody}</h1>`)
  },
  lies(response) {
    response.writeHead(200, { 'content-type': secrets.garbage })
    response.end(secrets.garbage)
  },
  garbles(response) {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.end(`data: ${secrets.garbage}\n\n`)
  },
  ends(response) {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.end(chunk({ content: secrets.answer }, secrets.garbage) + done)
  },
  errs(response) {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.end(
      `data: ${JSON.stringify({ error: { message: secrets.errorBody, code: secrets.errorBody } })}\n\n`,
    )
  },
  balance(response) {
    response.writeHead(429, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ error: { code: '1113', message: secrets.errorBody } }))
  },
}

t.test('no prompt, answer, key, code or error text in logs, metrics, status page or traces', async (t) => {
  await using model = await modelServer((response, request, body) => {
    if (request.method === 'GET') {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ data: [{ id: 'm' }], note: secrets.errorBody }))
      return
    }
    const asked = JSON.stringify(body)
    const name = Object.keys(behaviours).find((each) => asked.includes(`behave-${each}`))
    behaviours[name ?? 'good']!(response)
  })
  await using collected = await collector()
  const data = mkdtempSync(join(tmpdir(), 'tanbox-secrets-'))
  t.teardown(() => rmSync(data, { recursive: true, force: true }))
  const before = await openAccounts({ data, database: '' }, 'beside')
  await before.accounts.createCode({
    code: secrets.code,
    label: 'test',
    quota: unlimited,
    expiresAt: Date.now() + 600_000,
  })
  await before.accounts.close()

  let lines = ''
  const context = await openContext(
    readConfig({
      TANBOX_GATEWAY_DATA: data,
      TANBOX_GATEWAY_PORT: '0',
      TANBOX_GATEWAY_ADMIN_PORT: '0',
      TANBOX_GATEWAY_NAME: 'gateway.test',
      TANBOX_GATEWAY_PROVIDER: 'openai',
      TANBOX_GATEWAY_MODEL_URL: model.baseUrl,
      TANBOX_GATEWAY_MODEL_KEY: secrets.modelKey,
      TANBOX_GATEWAY_MODEL_NAME: 'm',
      TANBOX_GATEWAY_OTLP_URL: collected.url,
      TANBOX_GATEWAY_OTLP_HEADERS: JSON.stringify({ authorization: secrets.otlpKey }),
    }),
    createLog((line) => {
      lines += line
    }),
  )
  let closed = false
  const close = async () => {
    if (!closed) await context.close()
    closed = true
  }
  t.teardown(close)
  const url = `ws://127.0.0.1:${context.gateway.port}/`

  const identity = createIdentity(join(data, 'box.json'))
  const enrol = (code: string) =>
    enrolWithCode({
      url,
      gateway: 'gateway.test',
      code,
      identity,
      label: 'x',
      signal: new AbortController().signal,
    })
  await t.rejects(enrol('SECRET-wrong-code'), { name: 'EnrolError' })
  await enrol(secrets.code)

  // A peer that sends its secrets where they do not belong.
  const stranger = await dial(url)
  stranger.send({ type: 'SECRET', body: secrets.question })
  await stranger.closed

  const client = createGatewayClient({ url, gateway: 'gateway.test', identity })
  t.teardown(() => client.close())
  await until(() => client.state === 'connected')
  const ask = (behaviour: string, signal = new AbortController().signal) =>
    collect(
      client.ask(
        payloadOf(
          question({
            system: secrets.system,
            question: `${secrets.question} behave-${behaviour}`,
            history: [{ role: 'user', content: secrets.history }],
            passages: [{ n: 1, title: secrets.title, where: secrets.title, text: secrets.passage }],
          }),
        ),
        { rid: newRid(), deadlineMs: 5000 },
        signal,
      ),
    )
  const stop = new AbortController()
  const hanging = ask('hangs', stop.signal)
  await until(
    () => context.gateway.state().running === 1 && model.requests.some(({ body }) => 'messages' in body),
  )
  stop.abort(new Error('enough'))
  await hanging
  const outcomes: Record<string, string> = {}
  for (const behaviour of Object.keys(behaviours).filter((each) => each !== 'hangs')) {
    // So many good answers between, that the circuit stays closed until the balance is gone.
    for (const each of ['good', 'good', behaviour]) {
      const { error, text } = await ask(each)
      outcomes[each] = error?.code ?? text
    }
  }
  // Each kind of end was reached, or the test shows nothing.
  t.match(outcomes, {
    good: secrets.answer,
    refuses: 'model-refused',
    balance: 'model-balance',
    torn: /incomplete/,
  })
  t.ok(new Set(Object.values(outcomes)).size >= 5, JSON.stringify(outcomes))
  t.ok(model.requests.some(({ headers }) => headers.authorization?.includes(secrets.modelKey)))

  const admin = `http://127.0.0.1:${context.admin.port}`
  const seen: Record<string, string> = {}
  for (const path of ['/', '/?lang=en', '/status.json', '/metrics', '/healthz', '/nothing?SECRET']) {
    seen[path] = await (await fetch(admin + path)).text()
  }
  await until(() => collected.spans.length > 10, 10_000)
  client.close()
  await close()
  seen.log = lines
  seen.traces = collected.requests.map(({ body }) => body).join('\n')

  t.ok(lines.split('\n').length > 15)
  t.same(collected.refused, [])
  for (const [place, text] of Object.entries(seen)) {
    for (const mark of marks) {
      const at = text.indexOf(mark)
      t.ok(at < 0, `${place}: ${mark} ${at < 0 ? '' : text.slice(Math.max(0, at - 80), at + 80)}`)
    }
    const publicKey = Buffer.from(identity.publicKey).toString('base64url')
    t.notOk(text.includes(publicKey), `${place}: key of the box`)
  }
  for (const line of lines.trimEnd().split('\n'))
    t.match(JSON.parse(line), { time: /Z$/, event: /^[a-z-]+$/ })
})

t.test('what is passed to the log by mistake leaves its kind and nothing else', async (t) => {
  const lines: string[] = []
  const log = createLog(
    (line) => lines.push(line),
    () => new Date(0),
  )
  const wrong = {
    error: new Error('SECRET'),
    body: { question: 'SECRET' },
    list: ['SECRET'],
    when: undefined,
    f: () => 'SECRET',
  }
  log('answer', wrong as never)
  t.same(JSON.parse(lines[0]!), {
    time: '1970-01-01T00:00:00.000Z',
    event: 'answer',
    error: '(object)',
    body: '(object)',
    list: '(object)',
    when: null,
    f: '(function)',
  })
  log('answer', { text: 'x'.repeat(10_000), line: 'a\nb', time: 'never', event: 'other', half: '\ud800' })
  const { text, ...rest } = JSON.parse(lines[1]!)
  t.equal(text.length, 200)
  t.same(rest, { time: '1970-01-01T00:00:00.000Z', event: 'answer', line: 'a\nb', half: '\ufffd' })
  t.equal(lines[1]!.split('\n').length, 2, 'one line, whatever it holds')
})

t.test('a log that cannot be written ends nothing', async (t) => {
  const log = createLog(() => {
    throw new Error('EPIPE')
  })
  t.doesNotThrow(() => log('answer', { ms: 1 }))
})

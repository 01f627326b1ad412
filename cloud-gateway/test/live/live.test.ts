/** The check of live servers, against servers that do and servers that do not what it looks for. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { chunk, done, failure, modelServer, type Reply, usageChunk } from '../support/model-server.ts'

const main = join(import.meta.dirname, 'main.ts')

function runLive(environment: Record<string, string>): Promise<{ status: number; output: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [main], { env: environment }, (error, stdout, stderr) =>
      resolve({ status: Number(error?.code ?? 0), output: stdout + stderr }),
    )
  })
}

async function liveAt(t: Test, reply: Reply, environment: Record<string, string> = {}) {
  const server = await modelServer(reply)
  t.teardown(() => server[Symbol.asyncDispose]())
  return runLive({ TANBOX_LIVE_BASE_URL: server.baseUrl, TANBOX_LIVE_MODEL: 'glm', ...environment })
}

interface Lies {
  usage?: boolean
  /** In one piece at the end. */
  heldBack?: boolean
  finish?: string
  anyModel?: boolean
  /** One question at a time, each written to its end whether or not anybody reads. */
  deaf?: boolean
}

/** Writes as many tokens as it is asked for, few for a short question. */
const engine = (lies: Lies = {}): Reply => {
  const reply = write(lies)
  let before = Promise.resolve()
  return (response, request, body) => {
    if (!lies.deaf) return reply(response, request, body)
    before = before.then(() => reply(response, request, body))
    return before
  }
}

const write =
  ({ usage = true, heldBack = false, finish, anyModel = false, deaf = false }: Lies): Reply =>
  async (response, request, body) => {
    if (request.method === 'GET') return failure(200, { data: [] })(response, request, body)
    const { model, messages, max_tokens: most } = body as unknown as Asked
    if (model !== 'glm' && !anyModel) {
      return failure(404, { error: { message: 'The model does not exist' } })(response, request, body)
    }
    const wanted = messages.at(-1)!.content.includes('八百字') ? 3000 : 4
    const count = Math.min(most, wanted)
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    const held: string[] = []
    for (let at = 0; at < count && (deaf || !response.destroyed); at++) {
      if (heldBack) held.push(chunk({ content: '碳' }))
      else {
        response.write(chunk({ content: '碳' }))
        await new Promise((resolve) => setTimeout(resolve, 1))
      }
    }
    response.write(held.join('') + chunk({}, finish ?? (most < wanted ? 'length' : 'stop')))
    response.end((usage ? usageChunk(20, count) : '') + done)
  }

interface Asked {
  model: string
  messages: { content: string }[]
  max_tokens: number
}

t.test('a server that does everything passes', async (t) => {
  const { status, output } = await liveAt(t, engine())
  t.equal(status, 0, output)
  for (const line of [
    /^ok {3}streaming: 128 texts in \d+ arrivals/m,
    /^ok {3}finish stop: stop, after 4 tokens/m,
    /^ok {3}finish length: length, after 8 tokens/m,
    /^ok {3}usage: prompt 20, completion 32 tokens/m,
    /^note reasoning/m,
    /^ok {3}cancel: answered after .* connection closed after/m,
    /^ok {3}unknown model: model-missing/m,
    /^9 passed, 0 failed$/m,
  ]) {
    t.match(output, line)
  }
})

t.test('what a server does not do is named', async (t) => {
  const cases: [string, Lies, RegExp][] = [
    ['no usage', { usage: false }, /^FAIL usage: none was reported/m],
    ['all at once', { heldBack: true }, /^FAIL streaming: the answer was held back/m],
    ['always stop', { finish: 'stop' }, /^FAIL finish length: eight tokens of a long answer end with stop/m],
    ['never stop', { finish: 'length' }, /^FAIL finish stop: short questions end with length/m],
    ['a cancel that it does not hear', { deaf: true }, /^FAIL cancel: the next question had to wait/m],
    ['any model', { anyModel: true }, /^note unknown model: the server answers whatever/m],
  ]
  for (const [name, lies, line] of cases) {
    const { status, output } = await liveAt(t, engine(lies))
    t.equal(status, lies.anyModel ? 0 : 1, name)
    t.match(output, line)
  }
})

t.test('a server that is not there fails every check', async (t) => {
  const { status, output } = await runLive({
    TANBOX_LIVE_BASE_URL: 'http://127.0.0.1:1/v1',
    TANBOX_LIVE_MODEL: 'glm',
  })
  t.equal(status, 1)
  t.match(output, /FAIL reachable: model-unreachable/)
  t.match(output, /^1 passed, 8 failed$/m)
})

t.test('without a server it says so and does not pass', async (t) => {
  for (const [environment, sentence] of [
    [{}, /^Nothing was checked: set TANBOX_LIVE_BASE_URL and TANBOX_LIVE_MODEL[^\n]*\n$/],
    [{ TANBOX_LIVE_BASE_URL: 'localhost:8000', TANBOX_LIVE_MODEL: 'glm' }, /no http or https address/],
    [
      { TANBOX_LIVE_BASE_URL: 'http://h/v1', TANBOX_LIVE_MODEL: 'm', TANBOX_LIVE_DIALECT: 'x' },
      /TANBOX_LIVE_DIALECT is none of openai, vllm/,
    ],
  ] as const) {
    const { status, output } = await runLive(environment)
    t.equal(status, 2)
    t.match(output, sentence)
  }
})

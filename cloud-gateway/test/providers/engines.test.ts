/** What every driver keeps, and what every driver makes of a server that fails. */
import t, { type Test } from 'tap'
import { modelFaults } from '../contracts/model-faults.ts'
import { providerContract } from '../contracts/provider.ts'
import { chatglmEngine, type Engine, ollamaEngine, openaiEngine } from '../support/engines.ts'
import { drained, modelServer } from '../support/model-server.ts'
import { modelRequest, recordingSink } from '../support/model-sink.ts'
import { never } from '../support/questions.ts'
import { until } from '../support/until.ts'

const words = ['下降', '13.5%', '。', '其他', '工作', '另行', '安排', '[1]']

/** A server of that kind that answers, and one that never stops. */
async function serversOf(t: Test, engine: Engine) {
  const server = await modelServer(async (response, request) => {
    if (engine.answersCheck(request, response)) return
    response.writeHead(200, { 'content-type': engine.contentType })
    response.write(engine.opening)
    for (const word of words) {
      response.write(engine.token(word.repeat(6)))
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    response.end(engine.closing)
  })
  let sentBytes = 0
  const tireless = await modelServer(async (response) => {
    response.writeHead(200, { 'content-type': engine.contentType })
    const piece = engine.opening + engine.token('字'.repeat(2000))
    while (!response.destroyed) {
      const more = response.write(piece)
      sentBytes += Buffer.byteLength(piece)
      if (!more) await drained(response)
    }
  })
  t.teardown(() => server[Symbol.asyncDispose]())
  t.teardown(() => tireless[Symbol.asyncDispose]())
  return { server, tireless, sentBytes: () => sentBytes }
}

for (const engine of [openaiEngine, ollamaEngine, chatglmEngine]) {
  t.test(`${engine.name} keeps the contract`, async (t) => {
    const { server, tireless, sentBytes } = await serversOf(t, engine)
    const streams = engine.failure('') !== null
    await providerContract(t, async () => ({
      provider: engine.provider(server.root),
      // Whoever answers as a whole has done so before the first piece can be stopped.
      abandoned: streams ? () => server.abandoned : null,
      endless: streams ? { provider: engine.provider(tireless.root), sentBytes } : null,
    }))
  })

  t.test(`${engine.name}: what came in one packet waits as well while the box is slow`, async (t) => {
    const answer = words.join('').repeat(3)
    const server = await modelServer((response) => {
      response.writeHead(200, { 'content-type': engine.contentType })
      response.end(
        engine.opening + words.map((word) => engine.token(word.repeat(3))).join('') + engine.closing,
      )
    })
    t.teardown(() => server[Symbol.asyncDispose]())
    const out = recordingSink(({ upstream }) => upstream?.pause())
    const writing = engine.provider(server.root).write(modelRequest(), out, never)
    const texts = () => out.events.filter(({ type }) => type === 'text').length
    for (let expected = 1; ; expected++) {
      await until(() => texts() === expected)
      await new Promise((resolve) => setTimeout(resolve, 10))
      t.equal(texts(), expected, 'one text for each time that it is let go')
      if (out.answer.length === answer.length) break
      t.ok(out.upstream!.waitingBytes > 0)
      out.upstream!.resume()
    }
    // Who writes from memory is through by now.
    out.upstream?.resume()
    t.match(await writing, { finish: 'stop' })
  })

  t.test(`${engine.name}: faults`, (t) => modelFaults(t, engine))
}

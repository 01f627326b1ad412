import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { createGatewayClient } from '../../src/client.ts'
import { readConfig } from '../../src/config.ts'
import { openContext } from '../../src/context.ts'
import { enrolBox } from '../../src/enrolment.ts'
import { createIdentity } from '../../src/identity.ts'
import { chunk, modelServer } from '../support/model-server.ts'
import { collect, newRid, payloadOf, question } from '../support/questions.ts'
import { until } from '../support/until.ts'

/** A whole gateway whose model hangs in the middle of its answer, and a box that waits for that. */
async function busyGateway() {
  const model = await modelServer((response, { method }) => {
    if (method === 'GET') {
      response.end(JSON.stringify({ data: [{ id: 'm' }] }))
      return
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(chunk({ content: '好' }))
  })
  const data = mkdtempSync(join(tmpdir(), 'tanbox-ready-'))
  const context = await openContext(
    readConfig({
      TANBOX_GATEWAY_DATA: data,
      TANBOX_GATEWAY_PORT: '0',
      TANBOX_GATEWAY_ADMIN_PORT: '0',
      TANBOX_GATEWAY_NAME: 'gateway.test',
      TANBOX_GATEWAY_PROVIDER: 'openai',
      TANBOX_GATEWAY_MODEL_URL: model.baseUrl,
      TANBOX_GATEWAY_MODEL_NAME: 'm',
    }),
    () => {},
  )
  const identity = createIdentity(join(data, 'box.json'))
  await enrolBox({ data, database: '' }, identity, 'test')
  const url = `ws://127.0.0.1:${context.gateway.port}/`
  const client = createGatewayClient({ url, gateway: 'gateway.test', identity })
  await until(() => client.state === 'connected')
  const stop = new AbortController()
  const answer = collect(
    client.ask(payloadOf(question()), { rid: newRid(), deadlineMs: 60_000 }, stop.signal),
  )
  await until(() => context.gateway.state().running === 1)
  const admin = `http://127.0.0.1:${context.admin.port}`
  return {
    context,
    socketPath: join(data, 'admin.sock'),
    stop,
    answer,
    ready: async () => (await fetch(`${admin}/readyz`)).status,
    async [Symbol.asyncDispose]() {
      stop.abort(new Error('over'))
      client.close()
      await context.close()
      await model[Symbol.asyncDispose]()
      rmSync(data, { recursive: true, force: true })
    },
  }
}

async function becomes(status: number, ready: () => Promise<number>): Promise<void> {
  let last = 0
  const end = performance.now() + 5000
  while (performance.now() < end) {
    last = await ready()
    if (last === status) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error(`still ${last}`)
}

t.test('a gateway that is told to end is not ready while its last answers run', async (t) => {
  await using busy = await busyGateway()
  await becomes(200, busy.ready)
  const closing = busy.context.close()
  await becomes(503, busy.ready)
  t.equal(busy.context.gateway.state().running, 1)
  busy.stop.abort(new Error('enough'))
  await busy.answer
  await closing
  await t.rejects(busy.ready(), 'and then there is nobody')
})

t.test('the command drains the gateway over its socket', async (t) => {
  await using busy = await busyGateway()
  await becomes(200, busy.ready)
  const status = await new Promise((resolve, reject) => {
    request({ socketPath: busy.socketPath, path: '/drain', method: 'POST', agent: false }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
      .on('error', reject)
      .end()
  })
  t.equal(status, 202)
  await becomes(503, busy.ready)
})

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createGatewayClient } from '../src/client.ts'
import { ConfigError, readConfig } from '../src/config.ts'
import { enrolBox } from '../src/enrolment.ts'
import { createIdentity } from '../src/identity.ts'
import { subprotocol } from '../src/protocol.ts'
import { until } from './support/gateway.ts'
import { collect, never, newRid, payloadOf, question } from './support/questions.ts'
import { dialAndAuthenticate } from './support/raw-box.ts'

const main = join(import.meta.dirname, '../src/main.ts')

function folderOf(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'tanbox-main-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

function start(t: Test, environment: Record<string, string>, flags: string[] = []) {
  let output = ''
  const child = fork(main, {
    env: { TANBOX_GATEWAY_PORT: '0', TANBOX_GATEWAY_ADMIN_PORT: '0', ...environment },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    execArgv: flags,
  })
  for (const from of [child.stdout!, child.stderr!]) from.on('data', (data) => (output += data))
  t.teardown(() => child.kill('SIGKILL'))
  return { child, output: () => output }
}

const readyPort = async (child: ChildProcess): Promise<number> => {
  const [message] = (await once(child, 'message')) as [{ ready: { port: number } }]
  return message.ready.port
}

t.test('it goes on when nobody reads its log any more', async (t) => {
  const { child } = start(t, { TANBOX_GATEWAY_DATA: folderOf(t) })
  const port = await readyPort(child)
  child.stdout!.destroy()
  for (let at = 0; at < 5; at += 1) {
    // What is no message ends the connection, and that is logged.
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`, [subprotocol])
    socket.onmessage = () => socket.send('?')
    await new Promise((resolve) => socket.addEventListener('close', resolve))
    t.equal((await fetch(`http://127.0.0.1:${port}/healthz`)).status, 200)
  }
  child.kill('SIGTERM')
  t.same(await once(child, 'exit'), [0, null])
})

t.test('the service answers, tells its health, and ends on SIGTERM', async (t) => {
  const data = folderOf(t)
  const identity = createIdentity(join(data, 'box.json'))
  await enrolBox({ data, database: '' }, identity, 'test')
  const { child, output } = start(t, { TANBOX_GATEWAY_DATA: data })
  const port = await readyPort(child)
  const client = createGatewayClient({ url: `ws://127.0.0.1:${port}/`, gateway: '127.0.0.1', identity })
  t.teardown(() => client.close())
  await until(() => client.state === 'connected')
  t.same(await (await fetch(`http://127.0.0.1:${port}/healthz`)).json(), {
    status: 'ok',
    connections: 1,
    handshakes: 0,
    running: 0,
    heldBytes: 0,
    detachedBytes: 0,
    detachedAnswers: 0,
  })
  t.equal((await fetch(`http://127.0.0.1:${port}/`)).status, 404)
  const { text } = await collect(
    client.ask(payloadOf(question()), { rid: newRid(), deadlineMs: 5000 }, never),
  )
  t.match(text, /\[1\]/)
  child.kill('SIGTERM')
  const [code] = await once(child, 'exit')
  t.equal(code, 0)
  for (const line of output().trim().split('\n')) t.match(JSON.parse(line), { time: /Z$/, event: /./ })
  t.notMatch(output(), '目标')
})

t.test(
  'without its accounts the service tells its boxes, and ends as what is to be started again',
  async (t) => {
    const data = folderOf(t)
    const identity = createIdentity(join(data, 'box.json'))
    await enrolBox({ data, database: '' }, identity, 'test')
    const killer = new URL('support/kill-threads.ts', import.meta.url).href
    const { child, output } = start(t, { TANBOX_GATEWAY_DATA: data }, ['--import', killer])
    const box = await dialAndAuthenticate(`ws://127.0.0.1:${await readyPort(child)}/`, identity)
    const began = performance.now()
    child.kill('SIGUSR2')
    t.match(await box.next('goaway'), { deadlineMs: 0 })
    t.equal((await box.closed).code, 1001)
    t.equal((await once(child, 'exit'))[0], 1)
    t.ok(performance.now() - began < 10_000)
    t.match(output(), /"event":"accounts-lost"/)
    t.match(output(), /"event":"stopped"/)
  },
)

t.test('the service ends when its parent has vanished', async (t) => {
  const { child } = start(t, { TANBOX_GATEWAY_DATA: folderOf(t) })
  await readyPort(child)
  child.disconnect()
  t.equal((await once(child, 'exit'))[0], 0)
})

t.test(
  'wrong settings end it with one sentence each and a status that says: a person is needed',
  async (t) => {
    const { child, output } = start(t, {
      TANBOX_GATEWAY_DATA: folderOf(t),
      TANBOX_GATEWAY_PROVIDER: 'openai',
      TANBOX_GATEWAY_IDLE_MS: 'soon',
    })
    t.equal((await once(child, 'exit'))[0], 78)
    t.match(output(), /TANBOX_GATEWAY_IDLE_MS=soon: expected a whole number/)
    t.match(output(), /needs TANBOX_GATEWAY_MODEL_URL/)
  },
)

t.test('settings come from the environment, then from the file, then from the default', async (t) => {
  const data = folderOf(t)
  writeFileSync(
    join(data, 'gateway.json'),
    JSON.stringify({
      TANBOX_GATEWAY_PORT: 9000,
      TANBOX_GATEWAY_NAME: 'from-file',
      TANBOX_GATEWAY_MODEL_KEY: 'sk-1',
    }),
  )
  const config = readConfig({ TANBOX_GATEWAY_DATA: data, TANBOX_GATEWAY_NAME: 'from-environment' })
  t.match(config, { port: 9000, name: 'from-environment', host: '127.0.0.1', modelKey: 'sk-1' })
  const explained = Object.fromEntries(config.explained.map((each) => [each.name, [each.value, each.from]]))
  t.match(explained, {
    TANBOX_GATEWAY_PORT: ['9000', 'file'],
    TANBOX_GATEWAY_NAME: ['from-environment', 'environment'],
    TANBOX_GATEWAY_HOST: ['127.0.0.1', 'default'],
    TANBOX_GATEWAY_MODEL_KEY: ['***', 'file'],
  })
})

t.test('a wrong setting is named, a secret one not shown', async (t) => {
  const data = folderOf(t)
  const wrong = (changes: Record<string, string>) => () =>
    readConfig({ TANBOX_GATEWAY_DATA: data, ...changes })
  t.throws(wrong({ TANBOX_GATEWAY_PORT: '99999' }), ConfigError)
  t.throws(wrong({ TANBOX_GATEWAY_MODEL_URL: 'file:///etc/passwd' }), { message: /http or https/ })
  t.throws(wrong({ TANBOX_GATEWAY_MODEL_URL: 'http://user:pass@host/v1' }), { message: /setting of its own/ })
  t.throws(wrong({ TANBOX_GATEWAY_MODEL_EXTRA: '[]' }), { message: /JSON object/ })
  t.throws(wrong({ TANBOX_GATEWAY_NAME: 'Not A Name' }), { message: /lower-case/ })
  writeFileSync(join(data, 'gateway.json'), '{"TANBOX_GATEWAY_PROT": 1}')
  t.throws(wrong({}), { message: /TANBOX_GATEWAY_PROT: there is no such setting/ })
  writeFileSync(join(data, 'gateway.json'), 'port=1')
  t.throws(wrong({}), { message: /cannot be read as JSON/ })
})

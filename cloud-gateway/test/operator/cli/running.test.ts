import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { enrolWithCode } from '../../../src/box/enrol.ts'
import { createGatewayClient } from '../../../src/client.ts'
import { createIdentity } from '../../../src/identity.ts'
import { collect, never, newRid, payloadOf, question } from '../../support/questions.ts'
import { until } from '../../support/until.ts'
import { run } from './support.ts'

const main = join(import.meta.dirname, '../../../src/main.ts')

async function startService(t: Test, environment: Record<string, string>) {
  const child: ChildProcess = fork(main, {
    env: { TANBOX_GATEWAY_PORT: '0', TANBOX_GATEWAY_ADMIN_PORT: '0', ...environment },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    execArgv: [],
  })
  t.teardown(() => child.kill('SIGKILL'))
  const [message] = (await once(child, 'message')) as [{ ready: { port: number } }]
  return message.ready.port
}

t.test('a box from its code to its end, beside a running gateway', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tanbox-gateway-run-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const environment = { TANBOX_GATEWAY_DATA: join(folder, 'gateway'), TANBOX_GATEWAY_NAME: 'gw.test' }
  t.match(await run(environment, 'models'), { status: 3, stderr: /does not run/ })
  const port = await startService(t, environment)
  const url = `ws://127.0.0.1:${port}/`

  const { stdout } = await run(environment, 'enrol', '--json', '--label', '一号', '--url', url)
  const { code } = JSON.parse(stdout)
  const identity = createIdentity(join(folder, 'key.json'))
  await enrolWithCode({ url, gateway: 'gw.test', code, identity, label: '', signal: never })
  const client = createGatewayClient({ url, gateway: 'gw.test', identity })
  t.teardown(() => client.close())
  await until(() => client.state === 'connected')
  const { text, error } = await collect(
    client.ask(payloadOf(question()), { rid: newRid(), deadlineMs: 10_000 }, never),
  )
  t.equal(error, null)
  t.match(text, /\[1\]/)

  t.match((await run(environment, 'boxes')).stdout, `${identity.box} 一号 `)
  const [row] = JSON.parse((await run(environment, 'usage', '--json')).stdout)
  t.match(row, { box: identity.box, answers: 1, estimatedTokens: Number })
  const models = await run({ ...environment, LANG: 'zh_CN.UTF-8' }, 'models')
  t.match(models, { status: 0, stdout: /^模型 +型号 +别名 +状态 +进行 排队\n.*default.* 正常 / })
  t.match(JSON.parse((await run(environment, 'models', '--json')).stdout), {
    targets: [{ aliases: ['default'] }],
  })
  t.match((await run(environment, 'status')).stdout, /^Name +gw\.test\n(.*\n)*Connections +1\n/)

  await run(environment, 'revoke', identity.box, '--yes')
  await until(() => client.state !== 'connected', 5000)
  t.pass('it is gone within 5 s')
  t.match(await run(environment, 'drain'), { status: 0, stdout: /No new questions/ })
  t.match(JSON.parse((await run(environment, 'status', '--json')).stdout), { state: { status: 'draining' } })
})

t.test('a model server that was stopped is failing at once, and says why', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tanbox-gateway-run-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const server = createServer((_, response) => response.end('{"data": [{"id": "glm"}]}'))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => server.close())
  const environment = {
    TANBOX_GATEWAY_DATA: join(folder, 'gateway'),
    TANBOX_GATEWAY_PROVIDER: 'openai',
    TANBOX_GATEWAY_MODEL_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    TANBOX_GATEWAY_MODEL_NAME: 'glm',
  }
  await startService(t, environment)
  t.match((await run(environment, 'models')).stdout, /default +glm +default +healthy +0\/256 +0\n$/)
  server.close()
  server.closeAllConnections()
  const { stdout } = await run(environment, 'models')
  t.match(
    stdout,
    / failing .*\nLast failure of default: the model server cannot be reached \(model-unreachable\)\n$/,
  )
  const chinese = await run({ ...environment, LANG: 'zh_CN.UTF-8' }, 'models')
  t.match(chinese.stdout, / 异常 .*\ndefault 最近一次故障：连接不到模型服务器（model-unreachable）\n$/)
})

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
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
  t.match(models, { status: 0, stdout: /^模型 +型号 +别名 +状态 +进行 排队 最近故障\n.*default/ })
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

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { createBox, findBox } from '../appliance/src/cli/box.ts'
import type { BoxStatus } from '../appliance/src/model.ts'
import { enrolLocalBox, layoutOf } from '../bin/supervisor/data-folder.ts'
import { openAccounts } from '../cloud-gateway/src/accounts/open-accounts.ts'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')

interface Supervisor {
  child: ChildProcess
  output(): string
  ended: Promise<number | null>
}

/** `npm start` as npm, systemd or a person runs it, on ports of its own. */
function start(data: string): Supervisor {
  const ports = { TANBOX_PORT: '0', TANBOX_GATEWAY_PORT: '0', TANBOX_LEDGER_PORT: '0' }
  const settings = { ...process.env, TANBOX_DATA: data, ...ports }
  const child = spawn('sh', ['bin/node24', 'bin/supervisor.ts'], { cwd: root, env: settings, stdio: 'pipe' })
  let text = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (text += chunk.toString()))
  const ended = new Promise<number | null>((resolveEnd) => child.once('exit', resolveEnd))
  return { child, output: () => text, ended }
}

async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (let waited = 0; !(await condition()); waited += 100) {
    if (waited > 60_000) throw new Error(`waited in vain: ${what}`)
    await pause(100)
  }
}

/** Processes of the house that work on this data folder: name of the main module -> process id. */
function running(data: string): Map<string, number> {
  const found = new Map<string, number>()
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const environment = readFileSync(`/proc/${pid}/environ`, 'utf8')
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      if (!environment.includes(data)) continue
      const service =
        /(ledger-node|cloud-gateway|appliance)\/src\/main\.ts|parse\/\w+\.ts|bin\/supervisor\.ts/.exec(
          command,
        )
      if (service) found.set(service[1] ?? service[0], Number(pid))
    } catch {
      // It ended while it was looked at.
    }
  }
  return found
}

const isUp = (supervisor: Supervisor) => () => supervisor.output().includes('Ctrl-C')
const services = ['appliance', 'cloud-gateway', 'ledger-node']

const procfs = process.platform === 'linux' ? false : 'needs /proc'

t.test('one box from its first start to its last', { skip: procfs, timeout: 240_000 }, async (t: Test) => {
  const data = join(mkdtempSync(join(tmpdir(), 'tanbox-supervisor-')), 'data')
  t.teardown(() => rmSync(dirname(data), { recursive: true, force: true }))
  let supervisor = start(data)
  t.teardown(() => supervisor.child.kill('SIGTERM'))
  await until(isUp(supervisor), 'the first start')

  await t.test('it says where the console is, the claim code and the drop folder', async (t) => {
    t.match(supervisor.output(), /控制台 Console +http:\/\/127\.0\.0\.1:\d+/)
    t.match(supervisor.output(), /认领码 Claim code +\w{4}-\w{4}-\w{4}/)
    t.ok(supervisor.output().includes(join(data, 'drop')))
  })

  await t.test('the data folder and its secrets are for their owner alone', async (t) => {
    t.equal(statSync(data).mode & 0o777, 0o700)
    for (const secret of ['cli.json', 'ledger/token', 'keys/gateway.json']) {
      t.equal(statSync(join(data, secret)).mode & 0o777, 0o600, secret)
    }
  })

  await t.test('the three services know each other', async (t) => {
    const box = createBox(await findBox(data))
    await until(async () => {
      const { services } = await box.get<BoxStatus>('/api/status')
      return services.gateway.state === 'connected' && services.ledger.state === 'reachable'
    }, 'gateway and ledger')
    t.pass()
  })

  await t.test('a second start on the same folder is refused, and disturbs nothing', async (t) => {
    const second = start(data)
    t.equal(await second.ended, 3)
    t.equal(second.output().trim().split('\n').length, 1)
    t.match(second.output(), /already running on this data folder/)
    t.same([...running(data).keys()].filter((name) => services.includes(name)).sort(), services)
  })

  await t.test('a service that is killed comes back, and it is said', async (t) => {
    for (const [service, name] of [
      ['ledger-node', 'ledger'],
      ['appliance', 'appliance'],
    ] as const) {
      const before = running(data).get(service)!
      process.kill(before, 'SIGKILL')
      await until(() => supervisor.output().includes(`${name} is back`), `${name} again`)
      t.match(supervisor.output(), new RegExp(`${name} ended \\(SIGKILL\\); starting again in`))
      t.not(running(data).get(service), before)
    }
    const box = createBox(await findBox(data))
    await until(
      async () => (await box.get<BoxStatus>('/api/status')).services.ledger.state === 'reachable',
      'the ledger',
    )
  })

  await t.test(
    'when the supervisor is killed its services end by themselves, and the next start works',
    async (t) => {
      process.kill(running(data).get('bin/supervisor.ts')!, 'SIGKILL')
      await supervisor.ended
      await until(() => running(data).size === 0, 'the end of all')
      supervisor = start(data)
      await until(isUp(supervisor), 'the next start')
      t.match(supervisor.output(), /http:\/\/127/)
    },
  )

  await t.test('SIGTERM ends everything in good order', async (t) => {
    supervisor.child.kill('SIGTERM')
    t.equal(await supervisor.ended, 0)
    t.equal(running(data).size, 0)
    t.notMatch(supervisor.output(), /killed/)
    t.throws(() => statSync(join(data, 'cli.json')), 'nobody is led to a box that is not there')
  })
})

t.test(
  'a box that its own gateway has shut out starts all the same, and it is said',
  { skip: procfs, timeout: 120_000 },
  async (t) => {
    const data = join(mkdtempSync(join(tmpdir(), 'tanbox-supervisor-')), 'data')
    t.teardown(() => rmSync(dirname(data), { recursive: true, force: true }))
    const folder = layoutOf(data)
    await enrolLocalBox(folder, {})
    const { accounts } = await openAccounts({ data: folder.gateway, database: '' }, 'beside')
    const [box] = await accounts.list()
    await accounts.revoke(box!.box)
    await accounts.close()
    const supervisor = start(data)
    t.teardown(() => supervisor.child.kill('SIGTERM'))
    await until(isUp(supervisor), 'the start')
    t.match(supervisor.output(), /The gateway does not let this box in: .* was revoked/)
    supervisor.child.kill('SIGTERM')
    t.equal(await supervisor.ended, 0)
  },
)

t.test('stopped while it starts, it leaves nothing behind', { skip: procfs, timeout: 60_000 }, async (t) => {
  const data = join(mkdtempSync(join(tmpdir(), 'tanbox-supervisor-')), 'data')
  t.teardown(() => rmSync(dirname(data), { recursive: true, force: true }))
  const supervisor = start(data)
  await until(() => running(data).has('ledger-node'), 'the first service')
  supervisor.child.kill('SIGINT')
  t.equal(await supervisor.ended, 0)
  t.equal(running(data).size, 0)
})

t.test('wrong settings are said in one go, before anything starts', async (t) => {
  const data = mkdtempSync(join(tmpdir(), 'tanbox-supervisor-'))
  t.teardown(() => rmSync(data, { recursive: true, force: true }))
  const environment = { ...process.env, TANBOX_DATA: data, TANBOX_PORT: 'http', TANBOX_INDEX: 'fast' }
  const child = spawn('sh', ['bin/node24', 'bin/supervisor.ts'], {
    cwd: root,
    env: environment,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let text = ''
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()))
  t.equal(await new Promise((end) => child.once('exit', end)), 2)
  t.match(text, /TANBOX_PORT/)
  t.match(text, /TANBOX_INDEX/)
  t.same(readdirSync(data), [])
})

import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { type AskErrorCode, askError } from '../../src/errors.ts'
import type { Provider } from '../../src/providers/provider.ts'
import { circuitSettings, createCircuit } from '../../src/routing/circuit.ts'
import { type HealthSettings, startHealthChecks } from '../../src/routing/health-checks.ts'
import { createRandom } from '../support/random.ts'
import { puppet } from '../support/targets.ts'
import { until } from '../support/until.ts'

function start(
  t: { teardown(end: () => void): void },
  check: Provider['check'],
  settings: Partial<HealthSettings> = {},
) {
  const random = createRandom(3)
  const at: number[] = []
  const changes: string[] = []
  const failures: string[] = []
  const circuit = createCircuit(
    circuitSettings,
    () => 0.5,
    () => {},
  )
  const provider = puppet(async () => ({ finish: 'stop', usage: null }), {
    check(signal) {
      at.push(performance.now())
      return check(signal)
    },
  })
  const health = startHealthChecks(
    { provider, circuit },
    { everyMs: 20, soonMs: 5, limitMs: 1000, ...settings },
    random.next,
    {
      failed: (code) => failures.push(code),
      changed: (healthy, code) => changes.push(`${healthy} ${code}`),
    },
  )
  t.teardown(() => health.close())
  const open = (code: AskErrorCode) => {
    while (circuit.state === 'closed') circuit.admit()!.failed(askError(code))
  }
  return { health, circuit, at, changes, failures, open }
}

t.test('looks from time to time, and the times differ', async (t) => {
  const { health, at } = start(t, async () => {})
  t.equal(health.healthy, null)
  await until(() => at.length >= 12)
  t.equal(health.healthy, true)
  const between = at.slice(1).map((time, n) => time - at[n]!)
  t.ok(Math.min(...between) >= 14, `${between}`)
})

t.test('a change is told once, and a target that is well from the start is no news', async (t) => {
  let up = true
  const { health, at, changes, failures } = start(t, async () => {
    if (!up) throw askError('model-unreachable')
  })
  await until(() => at.length >= 3)
  t.same(changes, [])
  up = false
  await until(() => failures.length >= 3)
  t.same(changes, ['false model-unreachable'])
  t.equal(health.healthy, false)
  up = true
  await until(() => health.healthy === true)
  t.same(changes, ['false model-unreachable', 'true null'])
})

t.test('sooner while the target is left alone', async (t) => {
  const { health, at, open } = start(
    t,
    async () => {
      throw askError('model-unreachable')
    },
    { everyMs: 600_000, soonMs: 10 },
  )
  health.soon()
  await pause(30)
  open('model-unreachable')
  health.soon()
  await until(() => at.length >= 4)
  t.pass()
})

t.test('what waits for a person is looked at as seldom as it is tried', async (t) => {
  const { health, at, open } = start(t, async () => {}, { everyMs: 600_000, soonMs: 5 })
  open('model-auth')
  health.soon()
  await pause(150)
  t.equal(at.length, 0)
})

t.test('a check that hangs has failed after its limit, and is told to stop', async (t) => {
  let stopped = 0
  const { health, failures } = start(
    t,
    (signal) =>
      new Promise(() => {
        signal.addEventListener('abort', () => {
          stopped += 1
        })
      }),
    { limitMs: 20 },
  )
  await until(() => failures.length >= 2)
  t.equal(health.healthy, false)
  t.ok(stopped >= 2)
})

t.test('a driver that throws at once has failed', async (t) => {
  const { failures } = start(t, () => {
    throw new TypeError('x is not a function')
  })
  await until(() => failures.length > 0)
  t.equal(failures[0], 'internal')
})

t.test('while an answer tries the target, no check does', async (t) => {
  const { health, circuit, at, open } = start(t, async () => {}, { everyMs: 10, soonMs: 5 })
  await until(() => at.length > 0)
  open('incomplete')
  health.soon()
  // The check that succeeds lets an answer try before its time.
  await until(() => circuit.admits)
  const permit = circuit.admit()!
  const checks = at.length
  await pause(100)
  t.equal(at.length, checks)
  permit.withdrawn()
  await until(() => at.length > checks)
})

t.test('closing ends a check under way and says nothing more', async (t) => {
  const { health, changes, failures, at } = start(t, () => new Promise(() => {}))
  await until(() => at.length > 0)
  health.close()
  await pause(60)
  t.same([changes, failures, at.length], [[], [], 1])
})

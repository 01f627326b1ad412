/** The parts of a connection that need no socket. */
import t from 'tap'
import { spend } from '../../src/connections/allowance.ts'
import { createAuthClock } from '../../src/connections/auth-clock.ts'
import { createHandshakes } from '../../src/connections/handshakes.ts'
import { createHeartbeatWheel } from '../../src/connections/heartbeat-wheel.ts'
import { gatewayLimits } from '../../src/timing.ts'
import { until } from '../support/until.ts'

t.test('a box may send so many frames at once, and so many a second in the long run', async (t) => {
  const allowance = { left: gatewayLimits.frameBurst, at: 0 }
  const frame = (now: number, bytes = 0, earned = 0) =>
    spend(allowance, { bytes, earned, now }, gatewayLimits)
  let burst = 0
  while (frame(0)) burst += 1
  t.equal(burst, 400)
  let second = 0
  while (frame(1000)) second += 1
  t.ok(second >= 48 && second <= 50, 'what it had refills')
})

t.test('who is sent many deltas may acknowledge as often', async (t) => {
  const allowance = { left: gatewayLimits.frameBurst, at: 0 }
  for (let at = 0; at < 20_000; at++) {
    // Ten thousand deltas a second, each acknowledged at once: far more than any box needs.
    if (!spend(allowance, { bytes: 120, earned: 1, now: at / 10 }, gatewayLimits)) {
      t.fail(`cut after ${at}`)
      return
    }
  }
  t.pass()
})

t.test('large frames count for more', async (t) => {
  const allowance = { left: gatewayLimits.frameBurst, at: 0 }
  const megabyte = { bytes: 1024 * 1024, earned: 0, now: 0 }
  let taken = 0
  while (spend(allowance, megabyte, gatewayLimits)) taken += 1
  t.equal(taken, 12, 'eight whole questions at once are fine, dozens are not')
})

t.test('handshakes are bounded, the others wait in order, and the line is bounded too', async (t) => {
  const handshakes = createHandshakes({ handshakes: 2, waitingLine: 3 })
  const entered: number[] = []
  const turnedAway: number[] = []
  const join = (id: number, there = true) =>
    handshakes.join({
      enter() {
        entered.push(id)
        return there
      },
      turnedAway: () => turnedAway.push(id),
    })
  t.same(
    [1, 2, 3, 4, 5, 6].map((id) => join(id, id !== 3)),
    [true, true, true, true, true, false],
  )
  t.same(entered, [1, 2])
  t.match({ active: handshakes.active, waiting: handshakes.waiting }, { active: 2, waiting: 3 })
  handshakes.leave()
  t.same(entered, [1, 2, 3, 4], 'who is gone takes no place')
  handshakes.dismiss()
  t.same(turnedAway, [5])
  handshakes.leave()
  handshakes.leave()
  t.match({ active: handshakes.active, waiting: handshakes.waiting }, { active: 0, waiting: 0 })
})

t.test('ten thousand in line are all let in, in order', async (t) => {
  const handshakes = createHandshakes({ handshakes: 10, waitingLine: 16_384 })
  const entered: number[] = []
  for (let id = 0; id < 10_000; id++) {
    handshakes.join({ enter: () => entered.push(id) > 0, turnedAway: () => t.fail('turned away') })
  }
  while (entered.length < 10_000) handshakes.leave()
  t.same(
    entered,
    Array.from({ length: 10_000 }, (_, id) => id),
  )
})

t.test('the time to authenticate stands still while the event loop is busy', async (t) => {
  const clock = createAuthClock<string>(10)
  t.teardown(() => clock.close())
  let expired = false
  const began = performance.now()
  clock.start('box', 60, () => {
    expired = true
  })
  const busyUntil = performance.now() + 200
  while (performance.now() < busyUntil) {
    // The storm.
  }
  await new Promise((resolve) => setTimeout(resolve, 20))
  t.notOk(expired, `not after ${performance.now() - began} ms of which 200 were ours`)
  await until(() => expired)
  clock.start('other', 20, () => t.fail('stopped'))
  clock.stop('other')
  await new Promise((resolve) => setTimeout(resolve, 60))
})

t.test(
  'a connection without a sign of life is found dead within three pings, a living one never',
  async (t) => {
    const everyMs = 200
    const wheel = createHeartbeatWheel({ everyMs, misses: 2 })
    t.teardown(() => wheel.close())
    const began = performance.now()
    const silent = { bytesRead: 5, pings: 0, deadAt: 0 }
    const living = { bytesRead: 5, pings: 0, deadAt: 0 }
    const add = (one: typeof silent, answers: boolean) =>
      wheel.add({
        get bytesRead() {
          return one.bytesRead
        },
        ping() {
          one.pings += 1
          if (answers) one.bytesRead += 1
        },
        dead() {
          one.deadAt ||= performance.now() - began
        },
      })
    add(silent, false)
    add(living, true)
    await until(() => silent.deadAt > 0)
    t.equal(silent.pings, 2, 'after two pings')
    t.ok(silent.deadAt >= everyMs * 1.9, 'which have had their time')
    await until(() => living.pings >= 6)
    t.equal(living.deadAt, 0)
  },
)

t.test('who left the wheel is neither pinged nor dead', async (t) => {
  const wheel = createHeartbeatWheel({ everyMs: 20, misses: 2 })
  t.teardown(() => wheel.close())
  const one = { bytesRead: 0, ping: () => t.fail('pinged'), dead: () => t.fail('dead') }
  wheel.add(one)
  wheel.remove(one)
  await new Promise((resolve) => setTimeout(resolve, 100))
})

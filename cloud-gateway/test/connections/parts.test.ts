/** The parts of a connection that need no socket. */
import t from 'tap'
import { spend } from '../../src/connections/allowance.ts'
import { createArrivals } from '../../src/connections/arrivals.ts'
import { createAuthClock } from '../../src/connections/auth-clock.ts'
import { createCrowd } from '../../src/connections/crowd.ts'
import { createHandshakes } from '../../src/connections/handshakes.ts'
import { createHeartbeatWheel } from '../../src/connections/heartbeat-wheel.ts'
import { createLine } from '../../src/connections/line.ts'
import { createRanking } from '../../src/connections/ranking.ts'
import { gatewayLimits } from '../../src/timing.ts'
import { createRandom } from '../support/random.ts'
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
  let taken = 0
  // Ten thousand deltas a second, each acknowledged at once: far more than any box needs.
  while (taken < 20_000 && spend(allowance, { bytes: 120, earned: 1, now: taken / 10 }, gatewayLimits))
    taken += 1
  t.equal(taken, 20_000)
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
      address: '192.0.2.1',
      enter() {
        entered.push(id)
        return there
      },
      turnedAway: () => turnedAway.push(id),
    })
  for (const id of [1, 2, 3, 4, 5, 6]) join(id, id !== 3)
  t.same(entered, [1, 2])
  t.same(turnedAway.splice(0), [6])
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
    handshakes.join({
      address: '192.0.2.1',
      enter: () => entered.push(id) > 0,
      turnedAway: () => t.fail('turned away'),
    })
  }
  while (entered.length < 10_000) handshakes.leave()
  t.same(
    entered,
    Array.from({ length: 10_000 }, (_, id) => id),
  )
})

t.test('places are taken in turn over addresses', (t) => {
  const line = createLine<string>(100)
  for (let at = 0; at < 50; at++) line.push('192.0.2.1', `crowd ${at}`)
  line.push('192.0.2.2', 'a')
  line.push('192.0.2.2', 'b')
  line.push('192.0.2.3', 'c')
  const first = Array.from({ length: 6 }, () => line.shift())
  t.same(first, ['crowd 0', 'a', 'c', 'crowd 1', 'b', 'crowd 2'])
  t.equal(line.size, 47)
  t.same(
    line.clear(),
    Array.from({ length: 47 }, (_, at) => `crowd ${at + 3}`),
  )
  t.equal(line.shift(), null)
  t.end()
})

t.test('a full line has room for who comes from elsewhere', (t) => {
  const line = createLine<string>(4)
  for (const one of ['1', '2', '3', '4']) t.equal(line.push('192.0.2.1', one), null)
  t.equal(line.push('192.0.2.1', '5'), '5', 'the crowd itself is full')
  t.equal(line.push('192.0.2.2', 'a'), '4', 'its last one goes')
  t.equal(line.push('192.0.2.3', 'b'), '3')
  t.equal(line.push('192.0.2.4', 'c'), '2')
  t.equal(line.push('192.0.2.5', 'd'), 'd', 'nobody has more than the newcomer would')
  t.equal(line.size, 4)
  t.same([line.shift(), line.shift(), line.shift(), line.shift()], ['1', 'a', 'b', 'c'])
  t.equal(line.size, 0)
  t.end()
})

t.test('a crowd drives out its own oldest, and nobody else', (t) => {
  const crowd = createCrowd<string>(4)
  for (const [address, one] of [
    ['192.0.2.1', 'alone'],
    ['192.0.2.2', 'a'],
    ['192.0.2.2', 'b'],
    ['192.0.2.2', 'c'],
  ] as const) {
    t.equal(crowd.add(address, one), null)
  }
  t.equal(crowd.add('192.0.2.2', 'd'), 'a')
  t.equal(crowd.add('192.0.2.3', 'other'), 'b')
  crowd.delete('192.0.2.2', 'b')
  crowd.delete('192.0.2.2', 'c')
  t.equal(crowd.size, 3)
  t.same(crowd.clear(), ['alone', 'd', 'other'])
  t.equal(crowd.add('192.0.2.2', 'e'), null)
  t.end()
})

t.test('who has most is known through a thousand changes', (t) => {
  const ranking = createRanking()
  const random = createRandom(5)
  const counts = new Map<string, number>()
  for (let step = 0; step < 5000; step++) {
    const address = `192.0.2.${random.below(20)}`
    const more = random.chance(0.5) || !counts.get(address)
    ranking[more ? 'more' : 'less'](address)
    counts.set(address, (counts.get(address) ?? 0) + (more ? 1 : -1))
    const most = Math.max(...counts.values())
    if (ranking.most !== most || (most > 0 && counts.get(ranking.first) !== most)) t.fail(`step ${step}`)
  }
  t.end()
})

/** Places among the handshakes, as many as there are, and who waits for one. */
function placesFor(waiting: number) {
  return {
    waiting,
    left: 0,
    leave() {
      this.left += 1
      this.waiting = Math.max(0, this.waiting - 1)
    },
  }
}

t.test('who says nothing keeps its place as long as nobody needs it', async (t) => {
  const places = placesFor(0)
  const arrivals = createArrivals<string>(places, { silentPeers: 9, tickMs: 5 }, () => t.fail('sent away'))
  t.teardown(() => arrivals.close())
  arrivals.add('silent', '192.0.2.1')
  arrivals.add('judged', '192.0.2.1')
  arrivals.spoke('judged')
  await new Promise((resolve) => setTimeout(resolve, 200))
  t.equal(places.left, 0)
  places.waiting = 5
  await until(() => places.left > 0)
  await new Promise((resolve) => setTimeout(resolve, 50))
  t.equal(places.left, 1, 'who is judged keeps it')
  t.same([...arrivals], ['silent', 'judged'], 'and who gave way is still here')
  arrivals.spoke('silent')
  t.type(arrivals.remove('silent', true), 'number')
  t.equal(places.left, 1, 'it had no place to give back')
  t.type(arrivals.remove('judged', true), 'number')
  t.equal(places.left, 2)
  t.equal(arrivals.remove('judged', true), null)
})

t.test('as long as others are welcomed, a slow one is not taken for a silent one', async (t) => {
  const places = placesFor(1000)
  const arrivals = createArrivals<number>(places, { silentPeers: 9, tickMs: 20 }, () => t.fail('sent away'))
  t.teardown(() => arrivals.close())
  arrivals.add(0, '192.0.2.1')
  for (let at = 1; at < 10; at++) {
    arrivals.add(at, '192.0.2.1')
    await new Promise((resolve) => setTimeout(resolve, 20))
    arrivals.spoke(at)
    arrivals.remove(at, true)
  }
  t.equal(places.left, 9, 'the first is slow, and still has its place')
  await until(() => places.left === 10)
})

t.test('of too many silent peers the address that has most loses its oldest', async (t) => {
  const sent: string[] = []
  const arrivals = createArrivals<string>(placesFor(1000), { silentPeers: 4, tickMs: 5 }, (who) => {
    sent.push(who)
    arrivals.remove(who, false)
  })
  t.teardown(() => arrivals.close())
  arrivals.add('alone', '192.0.2.2')
  for (let at = 0; at < 6; at++) arrivals.add(`crowd ${at}`, '192.0.2.1')
  await until(() => arrivals.size === 4)
  t.same(sent, ['crowd 0', 'crowd 1', 'crowd 2'])
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

import t from 'tap'
import { sleep } from '../../src/clock.ts'
import { SeededRandom } from './random.ts'
import { Scheduler, SimClock, simulatedEpoch, Uncaught } from './scheduler.ts'
import { Trace } from './trace.ts'

t.test('events happen in the order of their time, and of their planning at one time', async (t) => {
  const scheduler = new Scheduler(new Trace())
  const seen: string[] = []
  for (const [delay, name] of [
    [30, 'c'],
    [10, 'a'],
    [30, 'd'],
    [10, 'b'],
    [99, 'late'],
  ] as const)
    scheduler.plan(delay, name, () => seen.push(name))
  scheduler.plan(20, 'called off', () => seen.push('called off'))()
  await scheduler.run(50)
  t.same(seen, ['a', 'b', 'c', 'd'])
  t.equal(scheduler.time, 50)
})

t.test('between two events everything that waited for the first has run to its end', async (t) => {
  const scheduler = new Scheduler(new Trace())
  let steps = 0
  scheduler.pause(10, 'start').then(async () => {
    for (let count = 0; count < 10_000; count++) {
      await null
      await new Promise<void>((resolve) => queueMicrotask(() => process.nextTick(resolve)))
      steps++
    }
  })
  scheduler.plan(10, 'the next', () => t.equal(steps, 10_000))
  await scheduler.run(100)
})

t.test('nothing happens to a node whose life is over', async (t) => {
  const scheduler = new Scheduler(new Trace())
  const life = { over: false }
  const clock = new SimClock(scheduler, 'a', life)
  clock.after(5, () => t.fail('this timer is of a life that is over'))
  scheduler.plan(1000, 'crash', () => {
    life.over = true
  })
  await scheduler.run(1_000_000)
})

t.test('a clock shows virtual time and its own error', async (t) => {
  const scheduler = new Scheduler(new Trace())
  const clock = new SimClock(scheduler, 'a', { over: false }, -5)
  const slept = sleep(clock, 250).then(() => clock.now())
  await scheduler.run(1_000_000)
  t.equal(await slept, simulatedEpoch + 250 - 5)
})

t.test('what an event throws ends the run', async (t) => {
  const scheduler = new Scheduler(new Trace())
  scheduler.plan(1, 'bad', () => {
    throw new Error('here')
  })
  await t.rejects(scheduler.run(10), Uncaught)
})

t.test('a seed gives the same numbers, and each fork its own', async (t) => {
  const [one, same, other] = [new SeededRandom(7), new SeededRandom(7), new SeededRandom(8)]
  one.fork('disk').word()
  const draw = (random: SeededRandom) => Array.from({ length: 8 }, () => random.below(1000))
  const drawn = draw(one)
  t.same(draw(same), drawn)
  t.notSame(draw(other), drawn)
  t.same(draw(one.fork('disk')), draw(same.fork('disk')))
  t.notSame(draw(one.fork('disk')), draw(one.fork('network')))
  t.same(one.shuffled([1, 2, 3, 4]).sort(), [1, 2, 3, 4])
  t.ok(Array.from({ length: 1000 }, () => one.fraction()).every((value) => value >= 0 && value < 1))
})

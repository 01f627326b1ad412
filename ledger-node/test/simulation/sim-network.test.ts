import t from 'tap'
import { SeededRandom } from './random.ts'
import { everlasting, Scheduler } from './scheduler.ts'
import { SimNetwork } from './sim-network.ts'
import { Trace } from './trace.ts'

/** Two names, `a` who asks and `b` who answers with what it was asked. */
function pair(seed = 1) {
  const scheduler = new Scheduler(new Trace())
  const network = new SimNetwork(scheduler, new SeededRandom(seed))
  const asked: string[] = []
  const life = { over: false }
  network.attach('b', {
    life,
    async handle(request, from) {
      const body = Buffer.from(request.body ?? request.path)
      asked.push(`${from} ${body}`)
      await scheduler.pause(50, 'work', life)
      return { status: 200, type: 'text/plain', body }
    },
  })
  const exchange = network.dial('a', everlasting, 'b')
  const ask = (text: string, options: { maxBytes?: number; signal?: AbortSignal } = {}) => {
    const request = { method: 'POST' as const, path: '/x', body: Buffer.from(text) }
    return exchange.request(request, { maxBytes: 1000, ...options }).then(
      (response) => `${response.status} ${Buffer.from(response.body)}`,
      (error) => `${error.name}`,
    )
  }
  return { scheduler, network, asked, life, ask }
}

const minute = 60_000_000

t.test('a request is answered after a while', async (t) => {
  const { scheduler, asked, ask } = pair()
  const answer = ask('hello')
  await scheduler.run(minute)
  t.equal(await answer, '200 hello')
  t.same(asked, ['a hello'])
})

t.test('nobody is reached over a way that is blocked, in either direction', async (t) => {
  const there = pair()
  there.network.setWeather('a', 'b', { blocked: true })
  const one = there.ask('hello')
  await there.scheduler.run(minute)
  t.equal(await one, 'Unreachable')
  t.same(there.asked, [])

  const back = pair()
  back.network.setWeather('b', 'a', { blocked: true })
  const other = back.ask('hello')
  await back.scheduler.run(minute)
  t.equal(await other, 'Unreachable')
  t.same(back.asked, ['a hello'], 'it was heard all the same')

  back.network.heal()
  const healed = back.ask('again')
  await back.scheduler.run(2 * minute)
  t.equal(await healed, '200 again')
})

t.test('requests arrive twice, late, overtaken, or with another byte', async (t) => {
  const { scheduler, network, asked, ask } = pair()
  network.setWeather('a', 'b', { doubled: 1, most: 1_000_000 })
  const answers = ['1', '2', '3', '4', '5', '6'].map((text) => ask(text))
  await scheduler.run(minute)
  t.same(
    await Promise.all(answers),
    ['1', '2', '3', '4', '5', '6'].map((text) => `200 ${text}`),
  )
  t.equal(asked.length, 12)
  t.notSame(asked.slice(0, 6), [...asked.slice(0, 6)].sort())

  network.setWeather('a', 'b', { doubled: 0, corrupted: 1 })
  const damaged = ask('hello')
  await scheduler.run(2 * minute)
  const got = await damaged
  t.not(got, '200 hello')
  t.equal(got.length, '200 hello'.length)
})

t.test('who is down does not answer, and who goes down meanwhile neither', async (t) => {
  const { scheduler, life, ask } = pair()
  const first = ask('hello')
  scheduler.plan(3020, 'crash', () => {
    life.over = true
  })
  await scheduler.run(minute)
  const second = ask('hello')
  await scheduler.run(2 * minute)
  t.match(await first, /Unreachable|200 hello/)
  t.equal(await second, 'Unreachable')
})

t.test('an asker can give up, and takes no more than it wants', async (t) => {
  const { scheduler, ask } = pair()
  const giving = new AbortController()
  const given = ask('hello', { signal: giving.signal })
  const large = ask('hello', { maxBytes: 4 })
  giving.abort()
  t.equal(await given, 'Unreachable')
  await scheduler.run(minute)
  t.equal(await large, 'Unreachable')
  t.equal(await ask('hello', { signal: giving.signal }), 'Unreachable')
})

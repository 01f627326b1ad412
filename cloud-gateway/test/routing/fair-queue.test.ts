import t from 'tap'
import { createFairQueue, type FairQueueSettings } from '../../src/routing/fair-queue.ts'
import { never } from '../support/questions.ts'
import { createRandom } from '../support/random.ts'
import { until } from '../support/until.ts'

const open = (settings: Partial<FairQueueSettings> = {}) =>
  createFairQueue({ concurrency: 1, most: 1000, mostPerBox: 1000, tellEveryMs: 20, ...settings })

const settled = () => new Promise((resolve) => setImmediate(resolve))

/** Enters questions by name (`a1` is of box a) and keeps who began in which order. */
function watch(queue: ReturnType<typeof open>) {
  const began: string[] = []
  const ends = new Map<string, () => void>()
  const failed = new Map<string, unknown>()
  const positions = new Map<string, number[]>()
  return {
    began,
    failed,
    positions,
    enter(name: string, signal = never) {
      queue
        .enter(name[0]!, signal, (position) =>
          positions.set(name, [...(positions.get(name) ?? []), position]),
        )
        .then(
          (end) => {
            began.push(name)
            ends.set(name, end)
          },
          (error) => failed.set(name, error),
        )
    },
    async end(name: string) {
      ends.get(name)!()
      await settled()
    },
    /** Ends one turn after the other until nobody waits. */
    async drain() {
      await settled()
      for (let at = 0; at < began.length; at++) await this.end(began[at]!)
    },
  }
}

t.test('a box with a hundred waiting questions does not delay a box with one', async (t) => {
  const all = watch(open())
  for (let n = 0; n < 100; n++) all.enter(`a${n}`)
  all.enter('b0')
  await all.drain()
  t.ok(all.began.indexOf('b0') <= 2, `served as number ${all.began.indexOf('b0') + 1}`)
  t.equal(all.began.length, 101)
})

t.test('questions of one box keep their order, and boxes take turns', async (t) => {
  const all = watch(open())
  for (const name of ['a0', 'a1', 'a2', 'b0', 'b1', 'c0']) all.enter(name)
  await all.drain()
  t.same(all.began, ['a0', 'b0', 'c0', 'a1', 'b1', 'a2'])
})

t.test('boxes that ask again as soon as they are answered share a single slot evenly', async (t) => {
  const queue = open()
  const all = watch(queue)
  const served = new Map<string, number>()
  let n = 0
  for (const box of ['a', 'a', 'a', 'a', 'b', 'c', 'd']) all.enter(`${box}${n++}`)
  await settled()
  for (let at = 0; at < 400; at++) {
    const name = all.began[at]!
    served.set(name[0]!, (served.get(name[0]!) ?? 0) + 1)
    await all.end(name)
    all.enter(`${name[0]}${n++}`)
    await settled()
  }
  queue.close(new Error('over'))
  for (const [box, count] of served) t.ok(Math.abs(count - 100) <= 2, `${box}: ${count}`)
})

t.test('refuses what would be too much, of one box and of all', async (t) => {
  const queue = open({ most: 3, mostPerBox: 2 })
  const all = watch(queue)
  for (const name of ['a0', 'a1', 'a2', 'a3']) all.enter(name)
  await settled()
  t.equal(queue.room('a'), 'box-full')
  t.match(all.failed.get('a3'), { code: 'queue-full', retryable: true })
  all.enter('b0')
  all.enter('c0')
  await settled()
  t.match(all.failed.get('c0'), { code: 'queue-full' })
  t.equal(queue.room('c'), 'full')
  t.equal(queue.waiting, 3)
  await all.drain()
  t.equal(queue.waiting + queue.running, 0)
})

t.test('who gives up leaves at once, with the reason, and those behind move up', async (t) => {
  const queue = open()
  const all = watch(queue)
  const stop = new AbortController()
  all.enter('a0')
  all.enter('b0', stop.signal)
  all.enter('c0')
  await settled()
  t.same(all.positions.get('c0'), [2])
  const reason = new Error('gone')
  stop.abort(reason)
  t.equal(queue.waiting, 1)
  await settled()
  t.equal(all.failed.get('b0'), reason)
  await until(() => all.positions.get('c0')!.length === 2)
  t.same(all.positions.get('c0'), [2, 1])
  await all.drain()
  t.same(all.began, ['a0', 'c0'])
})

t.test('an aborted question does not even enter', async (t) => {
  const queue = open()
  const reason = new Error('gone')
  await t.rejects(
    queue.enter('a', AbortSignal.abort(reason), () => {}),
    reason,
  )
  t.equal(queue.running, 0)
})

t.test('positions are told when they change, and not more often than agreed', async (t) => {
  const all = watch(open({ tellEveryMs: 60 }))
  for (let n = 0; n < 12; n++) all.enter(`a${n}`)
  const begun = performance.now()
  // Served much faster than positions are told.
  for (let at = 0; at < 10; at++) {
    await new Promise((resolve) => setTimeout(resolve, 15))
    await all.end(`a${at}`)
  }
  const windows = Math.ceil((performance.now() - begun) / 60)
  const told = all.positions.get('a11')!
  t.equal(told[0], 11)
  t.ok(told.length >= 2 && told.length <= windows + 1, `${told} in ${windows} windows`)
  t.same(
    told.toSorted((a, b) => b - a),
    told,
    'never backwards while nobody else comes',
  )
  t.equal(new Set(told).size, told.length, 'only when it has changed')
  await all.drain()
})

t.test('while a target rests nobody begins, and then all places are filled', async (t) => {
  const queue = open({ concurrency: 2 })
  const all = watch(queue)
  queue.hold(performance.now() + 60)
  const begun = performance.now()
  for (const name of ['a0', 'a1', 'a2']) all.enter(name)
  await settled()
  t.same(all.began, [])
  t.same(all.positions.get('a0'), [1], 'waiting, and told so')
  await until(() => all.began.length === 2)
  t.ok(performance.now() - begun >= 59)
  await all.drain()
  t.equal(all.began.length, 3)
})

t.test('everyone who waits can be sent away; turns that are taken stay', async (t) => {
  const queue = open()
  const all = watch(queue)
  for (const name of ['a0', 'a1', 'b0']) all.enter(name)
  await settled()
  const reason = new Error('elsewhere')
  queue.dismiss(reason)
  await settled()
  t.same(
    [...all.failed],
    [
      ['a1', reason],
      ['b0', reason],
    ],
  )
  t.equal(queue.running, 1)
  all.enter('c0')
  await all.drain()
  t.same(all.began, ['a0', 'c0'])
  queue.close(reason)
  await t.rejects(
    queue.enter('d', never, () => {}),
    reason,
  )
})

t.test('ending a turn twice frees one place', async (t) => {
  const queue = open()
  const end = await queue.enter('a', never, () => {})
  end()
  end()
  t.equal(queue.running, 0)
})

/**
 * Random boxes that come, ask, give up, are answered and go. A model of what is fair runs beside: whenever one is
 * served, it must be the first of its box, and no other box may be served more than once per question of its own that was served before it, and twice.
 */
for (let seed = 1; seed <= 60; seed++) {
  t.test(`fair whatever happens, seed ${seed}`, async (t) => {
    const random = createRandom(seed)
    const concurrency = random.pick([1, 1, 2, 5])
    const queue = open({ concurrency, most: 40, mostPerBox: 12, tellEveryMs: 1_000_000 })
    interface Question {
      box: string
      number: number
      stop: AbortController
      /** Own questions served since it came. */
      ownServed: number
      /** Services of each other box since it came. */
      overtaken: Map<string, number>
    }
    let waiting: Question[] = []
    const running: (() => void)[] = []
    const problems: string[] = []
    let number = 0

    function served(question: Question): void {
      const first = waiting.find(({ box }) => box === question.box)
      if (first !== question) problems.push(`${question.box} out of order`)
      waiting = waiting.filter((other) => other !== question)
      for (const other of waiting) {
        if (other.box === question.box) other.ownServed += 1
        else other.overtaken.set(question.box, (other.overtaken.get(question.box) ?? 0) + 1)
      }
      for (const [box, times] of question.overtaken) {
        if (times > question.ownServed + 2) problems.push(`${box} went before ${question.box} ${times} times`)
      }
    }

    for (let step = 0; step < 400; step++) {
      const action = random.next()
      if (action < 0.5) {
        // One box floods, others come seldom.
        const box = random.chance(0.5) ? 'flood' : `box-${random.below(6)}`
        const stop = new AbortController()
        const question: Question = { box, number: number++, stop, ownServed: 0, overtaken: new Map() }
        const room = queue.room(box)
        const free = queue.running < concurrency
        if (!free) waiting.push(question)
        queue
          .enter(box, stop.signal, () => {})
          .then(
            (end) => {
              if (!free) served(question)
              running.push(end)
            },
            () => {
              waiting = waiting.filter((other) => other !== question)
              if (!stop.signal.aborted && room === 'free') problems.push('refused although there was room')
            },
          )
      } else if (action < 0.85 && running.length > 0) {
        running.splice(random.below(running.length), 1)[0]!()
      } else if (waiting.length > 0) {
        random.pick(waiting).stop.abort(new Error('gave up'))
      }
      await settled()
      if (queue.running > concurrency) problems.push('too many at a time')
      if (queue.running < concurrency && queue.waiting > 0)
        problems.push('a place is free while somebody waits')
      if (queue.waiting > 40) problems.push('too many waiting')
      if (queue.waiting !== waiting.length)
        problems.push(`${queue.waiting} waiting, expected ${waiting.length}`)
      if (queue.running !== running.length) problems.push('a turn was lost')
    }
    while (running.length > 0) {
      running.pop()!()
      await settled()
    }
    t.same(problems, [])
    t.equal(queue.waiting + queue.running, 0)
  })

  t.test(`the positions told are the order of service, seed ${seed}`, async (t) => {
    const random = createRandom(seed)
    const queue = open({ concurrency: random.pick([1, 3]), tellEveryMs: 15 })
    const all = watch(queue)
    const names: string[] = []
    for (let n = 0; n < 30; n++) {
      const name = `${random.pick(['a', 'a', 'a', 'b', 'c', 'd'])}${n}`
      names.push(name)
      all.enter(name)
    }
    await settled()
    const waiting = names.filter((name) => !all.began.includes(name))
    await until(() => {
      const last = waiting.map((name) => all.positions.get(name)?.at(-1))
      return last.toSorted((a, b) => a! - b!).every((position, at) => position === at + 1)
    })
    const told = waiting.toSorted((a, b) => all.positions.get(a)!.at(-1)! - all.positions.get(b)!.at(-1)!)
    const before = all.began.length
    await all.drain()
    t.same(all.began.slice(before), told)
  })
}

/** What ends an answer from outside. Answers of one box at its desk, without sockets. */
import t from 'tap'
import { deskAt, textOf, typesOf } from '../support/desk-box.ts'
import { scriptedRouter, testTarget } from '../support/scripted-router.ts'
import { until } from '../support/until.ts'

t.test('a cancel reaches the model at once, and what had not been sent is dropped', async (t) => {
  const { bench, box } = deskAt(t)
  const copy = box.ask({ credit: 6 })
  const play = await bench.router.next()
  play.sink.text('answer', '一二三四')
  box.desk.cancel(copy.rid)
  t.ok(play.signal.aborted)
  play.sink.text('answer', '太晚')
  await until(() => {
    box.deliver()
    return copy.last !== null
  })
  t.equal(textOf(copy, 'answer'), '一二')
  t.match(copy.last, { type: 'end', finish: 'cancelled', usage: { completionTokens: 4, exact: false } })
  t.match(bench.accounts.settlements, [{ outcome: 'cancelled' }])
})

t.test('a cancel when the model is done ends what still waits for the window of the box', async (t) => {
  const { bench, box } = deskAt(t)
  const { settle } = bench.accounts
  const done = () => new Promise((resolve) => setTimeout(resolve, 5))
  for (const booked of [true, false]) {
    let book = () => {}
    if (!booked) {
      const late = new Promise<void>((resolve) => {
        book = resolve
      })
      bench.accounts.settle = (settlement) => late.then(() => settle(settlement))
    }
    const copy = box.ask({ credit: 6 })
    const play = await bench.router.next()
    play.sink.text('answer', '一二三四')
    play.finish('stop', { promptTokens: 9, completionTokens: 4 })
    await done()
    box.deliver()
    t.equal(copy.last, null, 'two characters do not fit into the window')
    box.desk.cancel(copy.rid)
    book()
    await done()
    box.deliver()
    t.equal(textOf(copy, 'answer'), '一二')
    t.match(copy.last, { type: 'end', finish: 'cancelled', usage: { completionTokens: 4, exact: true } })
  }
  t.match(bench.accounts.settlements, [{ outcome: 'stop' }, { outcome: 'stop' }])
})

t.test('a cancel of an answer that is away, or whole, takes nothing from it', async (t) => {
  const { bench, box } = deskAt(t)
  const copy = box.ask({ credit: 6 })
  const play = await bench.router.next()
  play.sink.text('answer', '一二三四')
  play.finish('stop')
  await until(() => bench.accounts.settlements.length === 1)
  box.deliver()
  box.cut()
  box.desk.cancel(copy.rid)
  box.connect()
  box.desk.resume([{ rid: copy.rid, epoch: 1, seq: 1 }])
  box.deliver()
  box.credit(copy)
  box.desk.cancel(copy.rid)
  box.deliver()
  t.equal(textOf(copy, 'answer'), '一二三四')
  t.match(copy.last, { type: 'end', finish: 'stop', seq: 2 })
})

t.test(
  'a cancel while the question is being reserved is answered, asks no model and costs nothing',
  async (t) => {
    const { bench, box } = deskAt(t)
    const copy = box.ask()
    box.desk.cancel(copy.rid)
    box.deliver()
    t.same(typesOf(box), ['accepted', 'end'])
    t.match(copy.last, { finish: 'cancelled', usage: { promptTokens: 0, completionTokens: 0 } })
    await new Promise((resolve) => setTimeout(resolve, 30))
    t.equal(bench.router.plays.length, 0)
    for (const { usage } of bench.accounts.settlements) t.match(usage, { promptTokens: 0 })
    t.equal(bench.accounts.settlements.length, bench.accounts.reservations.length, 'nothing stays reserved')
  },
)

t.test('a cancel between the reservation and its word gives the reservation back', async (t) => {
  const { bench, box } = deskAt(t)
  const copy = box.ask()
  const { reserve } = bench.accounts
  bench.accounts.reserve = async (reservation) => {
    const reserved = await reserve(reservation)
    box.desk.cancel(copy.rid)
    return reserved
  }
  await until(() => bench.accounts.settlements.length === 1)
  t.match(bench.accounts.settlements, [{ outcome: 'cancelled', target: null, usage: { promptTokens: 0 } }])
  t.equal(bench.router.plays.length, 0)
})

t.test(
  'a cancel in the queue costs nothing; one while the model reads the prompt costs the prompt',
  async (t) => {
    const { bench, box } = deskAt(t, { router: scriptedRouter({ target: null }) })
    const queued = box.ask()
    const first = await bench.router.next()
    first.sink.target(testTarget(), null)
    const reading = box.ask()
    const second = await bench.router.next()
    second.sink.target(testTarget(), null)
    second.sink.progress('prefill')
    box.desk.cancel(queued.rid)
    box.desk.cancel(reading.rid)
    await until(() => bench.accounts.settlements.length === 2)
    const usageOf = (rid: string) => bench.accounts.settlements.find((each) => each.rid === rid)?.usage
    t.match(usageOf(reading.rid), { promptTokens: 100, completionTokens: 0, exact: false })
  },
)

t.test('the deadline ends an answer in every state', async (t) => {
  const { bench, box } = deskAt(t, { router: scriptedRouter({ count: () => new Promise(() => {}) }) })
  const counting = box.ask({ deadlineMs: 20 })
  await until(() => {
    box.deliver()
    return counting.last !== null
  })
  t.match(counting.last, { code: 'deadline', epoch: undefined }, 'nothing was spent')
  const { bench: other, box: second } = deskAt(t)
  const writing = second.ask({ deadlineMs: 40, credit: 4 })
  const play = await other.router.next()
  play.sink.text('answer', '一二三')
  await until(() => {
    second.deliver()
    return writing.last !== null
  })
  t.match(writing.last, { code: 'deadline', epoch: 1, seq: 1, usage: { completionTokens: 3 } })
  t.ok(play.signal.aborted)
  t.equal(bench.router.plays.length, 0)
})

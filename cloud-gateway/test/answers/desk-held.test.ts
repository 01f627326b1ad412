/** What is held for a box, and when text is sent. Answers of one box at its desk, without sockets. */
import t from 'tap'
import { deskAt, deskBox } from '../support/desk-box.ts'
import { until } from '../support/until.ts'

t.test('what all boxes that are away hold is bounded: the oldest pay first', async (t) => {
  const { bench, box } = deskAt(t, { bounds: { detachedBytes: 30_000 } })
  const boxes = [box, deskBox(bench, 'box-2'), deskBox(bench, 'box-3')]
  const copies = []
  const plays = []
  for (const [at, each] of boxes.entries()) {
    if (at > 0) each.connect()
    copies.push(each.ask())
    const play = await bench.router.next()
    play.sink.text('answer', 'x'.repeat(12_000))
    each.deliver()
    plays.push(play)
  }
  for (const each of boxes) {
    each.cut()
    await new Promise((resolve) => setTimeout(resolve, 3))
  }
  t.same(
    plays.map(({ signal }) => signal.aborted),
    [true, false, false],
  )
  t.ok(bench.desks.gauges.detachedBytes <= 30_000)
  await until(() => bench.accounts.settlements.length === 1)
  t.match(bench.accounts.settlements, [{ rid: copies[0]!.rid, usage: { completionTokens: 4000 } }])
  plays[2]!.sink.text('answer', 'x'.repeat(12_000))
  t.ok(plays[1]!.signal.aborted, 'also when one that is away grows')
  box.connect()
  box.desk.resume([{ rid: copies[0]!.rid, epoch: 1, seq: copies[0]!.seq }])
  t.match(JSON.parse(box.wire[0]!), { code: 'RESUME_LOST' })
})

t.test(
  'models are held back all together while much is held for their box, and read again when it is little',
  async (t) => {
    const { bench, box } = deskAt(t)
    const copies = [box.ask(), box.ask(), box.ask()]
    const plays = [await bench.router.next(), await bench.router.next(), await bench.router.next()]
    plays[0]!.sink.text('answer', 'x'.repeat(64 * 1024))
    plays[1]!.sink.text('answer', 'x'.repeat(60 * 1024))
    t.same(
      plays.map(({ paused }) => paused),
      [false, false, false],
    )
    plays[1]!.sink.text('answer', 'x'.repeat(10 * 1024))
    t.same(
      plays.map(({ paused }) => paused),
      [true, true, true],
      'within the very call',
    )
    const late = box.ask()
    t.ok((await bench.router.next()).paused, 'and who begins meanwhile')
    box.deliver()
    box.credit(copies[0]!)
    t.same(
      plays.map(({ paused }) => paused),
      [true, true, true],
      'not before it is little',
    )
    box.credit(copies[1]!)
    box.deliver()
    t.same(
      plays.map(({ paused }) => paused),
      [false, false, false],
    )
    t.ok(late)
  },
)

t.test('bytes that wait from model servers count among what is held', async (t) => {
  const { bench, box } = deskAt(t)
  box.ask()
  const play = await bench.router.next()
  play.waitingBytes = 127 * 1024
  play.sink.text('answer', 'x'.repeat(2000))
  t.ok(play.paused)
  t.ok(bench.desks.gauges.heldBytes > 128 * 1024)
})

t.test('text is sent at once while the socket is free, gathered while it is not', async (t) => {
  const { bench, box } = deskAt(t, { timing: { gatherMs: 15 } })
  box.ask()
  const play = await bench.router.next()
  box.deliver()
  play.sink.text('answer', '一')
  t.equal(box.wire.length, 1)
  box.unsentBytes = 100
  play.sink.text('answer', '二')
  play.sink.text('answer', '三')
  t.equal(box.wire.length, 1, 'it waits')
  box.flush()
  t.equal(box.wire.length, 2, 'until the socket is free')
  t.match(JSON.parse(box.wire[1]!), { text: '二三' })
  box.unsentBytes = 100
  play.sink.text('answer', '四')
  await until(() => box.wire.length === 3)
  t.pass('or for a moment')
  play.sink.text('answer', 'x'.repeat(511))
  t.equal(box.wire.length, 3)
  play.sink.text('answer', 'y')
  t.equal(box.wire.length, 4, 'or until it is enough')
  box.unsentBytes = 20_000
  play.sink.text('answer', 'z'.repeat(2000))
  await new Promise((resolve) => setTimeout(resolve, 40))
  t.equal(box.wire.length, 4, 'but a full socket gets nothing')
  box.flush()
  t.equal(box.wire.length, 5)
})

t.test('text that comes in the turn in which text is sent leaves with it', async (t) => {
  const { bench, box } = deskAt(t, { timing: { gatherMs: 60_000 } })
  box.ask()
  const play = await bench.router.next()
  box.deliver()
  play.sink.text('answer', '一')
  Object.assign(box, { unsentBytes: 100, leaving: true })
  play.sink.text('answer', '二')
  play.sink.text('answer', 'x'.repeat(600))
  t.equal(box.wire.length, 1, 'it waits for the end of the turn, however much it is')
  box.leave()
  t.equal(box.wire.length, 2, 'and goes then, in one message')
  t.match(JSON.parse(box.wire[1]!), { seq: 2, text: `二${'x'.repeat(600)}` })
  box.flush()
  t.equal(box.wire.length, 2)
})

t.test('answers of one box take turns at a full socket', async (t) => {
  const { bench, box } = deskAt(t)
  const [first, second] = [box.ask(), box.ask()]
  const plays = [await bench.router.next(), await bench.router.next()]
  box.deliver()
  box.unsentBytes = 20_000
  plays[0]!.sink.text('answer', 'x'.repeat(40_000))
  plays[1]!.sink.text('answer', 'y'.repeat(40_000))
  box.flush()
  const order = box.wire.slice(0, 4).map((each) => JSON.parse(each).rid)
  t.same(order, [first!.rid, second!.rid, first!.rid, second!.rid])
})

t.test('a silent model is reported at least so often, with the last that is known', async (t) => {
  const { bench, box } = deskAt(t, { timing: { progressMs: 25 } })
  box.ask()
  const play = await bench.router.next()
  play.sink.progress('queued', 2)
  await until(() => box.wire.length >= 4)
  box.deliver()
  t.match(box.received.slice(1, 4), Array(3).fill({ type: 'progress', state: 'queued', position: 2 }))
  play.sink.text('reasoning', '想')
  const reported = () => box.wire.some((each) => JSON.parse(each).state === 'reasoning')
  await until(reported)
  t.ok(reported())
})

t.test('so many answers at a time and no more, fewer by quota', async (t) => {
  const { bench, box } = deskAt(t)
  box.desk.quota = { tokensPerMinute: null, tokensPerDay: null, streams: 2 }
  box.ask()
  box.ask()
  const third = box.ask()
  box.deliver()
  t.match(third.last, { code: 'too-many-asks', retryable: true })
  box.desk.cancel([...box.copies.keys()][0]!)
  const fourth = box.ask()
  await until(() => bench.router.plays.some(({ request }) => request.rid === fourth.rid))
  t.pass('one that is over makes room')
})

t.test('what running answers have cost so far is known for the lease', async (t) => {
  const { bench, box } = deskAt(t)
  const copy = box.ask()
  t.same(bench.desks.progress(), [], 'nothing while it is being reserved')
  const play = await bench.router.next()
  play.sink.text('answer', '一二三')
  t.match(bench.desks.progress(), [
    {
      box: 'box-1',
      rid: copy.rid,
      epoch: 1,
      target: 'stub',
      usage: { promptTokens: 100, completionTokens: 3 },
    },
  ])
  play.finish()
  await until(() => bench.desks.progress().length === 0)
})

t.test('an answer is observed once, with its times', async (t) => {
  const { bench, box } = deskAt(t)
  const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
  const copy = box.ask({ traceparent })
  const play = await bench.router.next()
  t.equal(play.request.traceparent, traceparent)
  play.sink.progress('prefill')
  play.sink.text('answer', '好')
  play.finish()
  await until(() => bench.accounts.settlements.length === 1)
  const seen = bench.observed.filter(({ type }) => type === 'answer')
  t.match(seen, [{ rid: copy.rid, alias: 'default', target: 'stub', outcome: 'stop', traceparent }])
  t.match(seen, [{ queuedMs: Number, firstTokenMs: Number, totalMs: Number }])
  t.notMatch(JSON.stringify(bench.log), /好/)
})

t.test('short messages that are read do not help text that waits for the word of the box', async (t) => {
  const { bench, box } = deskAt(t, { timing: { stalledMs: 150 } })
  box.ask({ credit: 4 })
  const play = await bench.router.next()
  play.sink.text('answer', 'abcdefgh')
  const asking = setInterval(() => {
    if (box.closed) return
    box.ask({ digest: 'a'.repeat(64) })
    box.flush()
  }, 10)
  t.teardown(() => clearInterval(asking))
  await until(() => box.closed !== null)
  t.match(box.closed, { code: 4430 })
})

t.test('a slow reader is no stalled one: as long as the socket takes something it is not cut', async (t) => {
  const { bench, box } = deskAt(t, { timing: { stalledMs: 150 } })
  box.ask()
  const play = await bench.router.next()
  box.deliver()
  box.unsentBytes = 20_000
  play.sink.text('answer', 'x'.repeat(5000))
  for (let at = 0; at < 12; at++) {
    await new Promise((resolve) => setTimeout(resolve, 30))
    box.desk.flushed()
  }
  t.equal(box.closed, null)
  await until(() => box.closed !== null)
  t.match(box.closed, { code: 4430 }, 'but when it takes nothing any more')
})

t.test('models are read again when an answer that held much is acknowledged as a whole', async (t) => {
  const { bench, box } = deskAt(t)
  const copies = [box.ask(), box.ask(), box.ask()]
  const plays = [await bench.router.next(), await bench.router.next(), await bench.router.next()]
  for (const play of plays.slice(0, 2)) {
    play.sink.text('answer', 'x'.repeat(64 * 1024))
    play.finish()
  }
  plays[2]!.sink.text('answer', 'x'.repeat(3000))
  t.ok(plays[2]!.paused)
  await until(() => {
    box.deliver()
    return copies[0]!.last !== null && copies[1]!.last !== null
  })
  for (const { rid } of copies.slice(0, 2)) box.desk.acknowledge(rid)
  t.notOk(plays[2]!.paused)
})

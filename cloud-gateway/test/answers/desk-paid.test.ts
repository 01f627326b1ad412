/** What is paid, and when. Answers of one box at its desk, without sockets. */
import t from 'tap'
import { askError } from '../../src/errors.ts'
import { sha256Hex } from '../../src/protocol.ts'
import { deskAt, typesOf } from '../support/desk-box.ts'
import { question } from '../support/questions.ts'
import { until } from '../support/until.ts'

t.test(
  'the reservation is written before the model is asked, and the end comes after the booking',
  async (t) => {
    const { bench, box } = deskAt(t)
    const copy = box.ask()
    t.equal(bench.router.plays.length, 0)
    const play = await bench.router.next()
    t.match(bench.accounts.reservations, [{ rid: copy.rid, epoch: 1, alias: 'default', promptTokens: 100 }])
    t.match(play.request, {
      rid: copy.rid,
      box: 'box-1',
      promptTokens: 100,
      maxTokens: 500,
      traceparent: null,
    })
    play.sink.text('answer', '好')
    play.finish('stop', { promptTokens: 40, completionTokens: 9 })
    await until(() => bench.accounts.settlements.length === 1)
    await until(() => box.wire.length === 3)
    box.deliver()
    t.same(typesOf(box), ['accepted', 'delta', 'end'])
    t.match(copy.last, { finish: 'stop', usage: { promptTokens: 40, completionTokens: 9, exact: true } })
    t.match(bench.accounts.settlements[0], { target: 'stub', outcome: 'stop', cost: 40 + 18, process: 'p1' })
  },
)

t.test('the end waits until its usage is in the accounts; text does not', async (t) => {
  const { bench, box } = deskAt(t)
  const { settle } = bench.accounts
  const write = Promise.withResolvers<void>()
  bench.accounts.settle = async (settlement) => {
    await write.promise
    return settle(settlement)
  }
  const copy = box.ask()
  const play = await bench.router.next()
  play.sink.text('answer', '好')
  play.finish('stop', { promptTokens: 40, completionTokens: 1 })
  await new Promise((resolve) => setTimeout(resolve, 50))
  box.deliver()
  t.same(typesOf(box), ['accepted', 'delta'])
  write.resolve()
  await until(() => bench.accounts.settlements.length === 1)
  await until(() => box.wire.length > 0)
  box.deliver()
  t.match(copy.last, { type: 'end', finish: 'stop' })
})

t.test('an epoch that is not the next one is lost, and the answer that runs is not touched', async (t) => {
  const { bench, box } = deskAt(t)
  const copy = box.ask()
  const { rid, body, digest } = copy
  const play = await bench.router.next()
  play.sink.text('answer', '一')
  box.deliver()
  for (const epoch of [3, 1000]) {
    box.desk.ask({ type: 'ask', rid, digest, body, deadlineMs: 1000, credit: 65_536, epoch })
    t.match(JSON.parse(box.wire.shift()!), { type: 'error', rid, code: 'RESUME_LOST', epoch: 1 })
  }
  t.notOk(play.signal.aborted)
  play.sink.text('answer', '二')
  play.finish()
  await until(() => {
    box.deliver()
    return copy.last !== null
  })
  t.match(copy.last, { type: 'end', finish: 'stop', seq: 2 })
  t.equal(bench.router.plays.length, 1)
})

t.test('accounts that are away refuse the question, and nothing is asked of a model', async (t) => {
  const { bench, box } = deskAt(t)
  bench.accounts.away = () => true
  const copy = box.ask()
  await until(() => box.wire.length > 0)
  box.deliver()
  t.match(copy.last, { code: 'unavailable', retryable: true, epoch: undefined })
  t.equal(bench.router.plays.length, 0)
})

t.test(
  'usage that cannot be booked is tried again until it can, and the end does not wait for ever',
  async (t) => {
    const { bench, box } = deskAt(t, { timing: { bookMs: 20 } })
    const copy = box.ask()
    const play = await bench.router.next()
    let failures = 0
    let away = true
    bench.accounts.away = () => {
      if (away) failures += 1
      return away
    }
    play.sink.text('answer', '好')
    play.finish('stop', { promptTokens: 1, completionTokens: 1 })
    await until(() => {
      box.deliver()
      return copy.last !== null
    })
    await until(() => failures > 3)
    away = false
    await until(() => bench.accounts.settlements.length === 1)
    t.equal(bench.accounts.settlements[0]!.usage.completionTokens, 1)
  },
)

t.test('the same question again attaches; another under its id is a conflict', async (t) => {
  const { bench, box } = deskAt(t)
  const copy = box.ask()
  const { rid, body, digest } = copy
  const again = { type: 'ask' as const, rid, digest, body, deadlineMs: 1000, credit: 65_536 }
  box.desk.ask(again)
  const play = await bench.router.next()
  play.sink.text('answer', '一')
  box.desk.ask(again)
  const other = JSON.stringify(question({ question: '别的？' }))
  box.desk.ask({ ...again, body: other, digest: sha256Hex(other) })
  box.deliver(3)
  t.same(typesOf(box), ['accepted', 'delta', 'accepted'])
  t.match(JSON.parse(box.wire[0]!), { type: 'error', code: 'rid-conflict', epoch: undefined })
  box.wire = []
  play.finish()
  await until(() => box.wire.length > 0)
  box.deliver()
  t.match(copy.last, { type: 'end', finish: 'stop' })
  box.desk.ask(again)
  t.match(
    box.wire.map((each) => JSON.parse(each)),
    [{ type: 'accepted', seq: 1 }, copy.last],
  )
  t.equal(bench.router.plays.length, 1)
  t.equal(bench.accounts.reservations.length, 1)
})

t.test('a question that was paid for before is lost, and begun anew only by the next epoch', async (t) => {
  const { bench, box } = deskAt(t)
  bench.accounts.answer = ({ epoch, digest }) =>
    epoch === 4 ? null : { state: 'known', digest, epoch: 3, live: false, process: 'dead', settled: true }
  for (const epoch of [1, 2, 3, 5]) {
    const copy = box.ask({ epoch })
    await until(() => box.wire.length > 0)
    t.match(JSON.parse(box.wire.shift()!), { type: 'error', rid: copy.rid, code: 'RESUME_LOST', epoch: 3 })
  }
  const copy = box.ask({ epoch: 4 })
  const play = await bench.router.next()
  play.sink.text('answer', '又一次')
  box.deliver()
  t.same(typesOf(box), ['restart', 'accepted', 'delta'])
  t.match(copy, { epoch: 4, seq: 1 })
  t.match(bench.accounts.reservations, [{ epoch: 4 }])
  t.equal(bench.router.plays.length, 1)
})

t.test('another question under a paid id is a conflict, also where only the accounts know it', async (t) => {
  const { bench, box } = deskAt(t)
  const digest = 'b'.repeat(64)
  bench.accounts.answer = () => ({
    state: 'known',
    digest,
    epoch: 1,
    live: false,
    process: 'dead',
    settled: true,
  })
  const copy = box.ask()
  await until(() => box.wire.length > 0)
  box.deliver()
  t.match(copy.last, { code: 'rid-conflict' })
})

t.test('a restart waits until the lost epoch is ended where it runs, and says so meanwhile', async (t) => {
  const { bench, box } = deskAt(t, { timing: { succeedEveryMs: 5, progressMs: 25 } })
  let looks = 0
  let settled = false
  bench.accounts.answer = ({ digest }) => {
    looks += 1
    return settled ? null : { state: 'known', digest, epoch: 1, live: true, process: 'other', settled: false }
  }
  box.ask({ epoch: 2 })
  await until(() => looks > 2 && box.wire.length > 1)
  t.ok(box.wire.every((each) => JSON.parse(each).type === 'restart'))
  t.equal(bench.router.plays.length, 0)
  settled = true
  await bench.router.next()
  box.deliver()
  t.equal(typesOf(box).at(-1), 'accepted')
})

t.test('a lost epoch that is never ended elsewhere is not waited for without end', async (t) => {
  const { bench, box } = deskAt(t, { timing: { succeedEveryMs: 5, succeedMs: 40 } })
  bench.accounts.answer = ({ digest }) => ({
    ...{ state: 'known', digest, epoch: 1, live: true, process: 'other', settled: false },
  })
  const { rid } = box.ask({ epoch: 2 })
  await until(() => box.wire.length > 0)
  t.match(JSON.parse(box.wire[0]!), { type: 'error', rid, code: 'RESUME_LOST', epoch: 1 })
  t.equal(bench.router.plays.length, 0)
})

t.test('an epoch of a dead process is settled before it is begun anew', async (t) => {
  const { bench, box } = deskAt(t, { timing: { succeedEveryMs: 5 } })
  let dead = true
  bench.accounts.settleDead = async () => {
    dead = false
    return 1
  }
  bench.accounts.answer = ({ digest }) =>
    dead ? { state: 'known', digest, epoch: 1, live: false, process: 'dead', settled: false } : null
  box.ask({ epoch: 2 })
  await bench.router.next()
  t.pass('it is begun')
})

t.test('quotas are told with the time after which to ask again; a fenced connection is closed', async (t) => {
  const { bench, box } = deskAt(t)
  bench.accounts.answer = () => ({ state: 'refused', code: 'quota-minute', retryAfterMs: 1234 })
  const copy = box.ask()
  await until(() => box.wire.length > 0)
  box.deliver()
  t.match(copy.last, { code: 'quota-minute', retryAfterMs: 1234, epoch: undefined })
  bench.accounts.answer = () => ({ state: 'fenced' })
  const fenced = box.ask()
  await until(() => box.closed !== null)
  t.match(box.closed, { code: 4409 })
  t.equal(fenced.last, null)
  t.equal(bench.router.plays.length, 0)
})

t.test('a gateway that cannot pay takes no question', async (t) => {
  const { bench, box } = deskAt(t)
  bench.refusal.present = askError('unavailable')
  const copy = box.ask()
  box.deliver()
  t.match(copy.last, { code: 'unavailable' })
  t.equal(bench.accounts.reservations.length, 0)
})

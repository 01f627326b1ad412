/** What is taken up again after a cut. Answers of one box at its desk, without sockets. */
import t from 'tap'
import { askError } from '../../src/errors.ts'
import { limits, ProtocolError } from '../../src/protocol.ts'
import { deskAt, textOf, typesOf } from '../support/desk-box.ts'
import { newRid } from '../support/questions.ts'
import { until } from '../support/until.ts'

t.test('a cut does not end an answer; the box takes it up where it is', async (t) => {
  const { bench, box } = deskAt(t)
  const copy = box.ask()
  const play = await bench.router.next()
  for (const word of ['一', '二', '三']) play.sink.text('answer', word)
  box.deliver(3)
  box.cut()
  play.sink.text('answer', '四')
  t.notOk(play.signal.aborted)
  box.connect()
  box.desk.resume([{ rid: copy.rid, epoch: 1, seq: 2 }])
  t.match(JSON.parse(box.wire[0]!), { type: 'accepted', epoch: 1, seq: 3 })
  play.sink.text('answer', '五')
  play.finish()
  await until(() => {
    box.deliver()
    return copy.last !== null
  })
  t.equal(textOf(copy, 'answer'), '一二三四五')
  t.equal(bench.router.plays.length, 1)
  t.equal(bench.accounts.settlements.length, 1)
})

t.test(
  'what is not here, or not from there, is RESUME_LOST; what was never sent closes the connection',
  async (t) => {
    const { bench, box } = deskAt(t)
    const copy = box.ask()
    const play = await bench.router.next()
    for (const word of ['一', '二', '三']) play.sink.text('answer', word)
    box.deliver()
    box.credit(copy)
    const lost = (place: { rid: string; epoch: number; seq: number }) => {
      box.cut()
      box.connect()
      box.desk.resume([place])
      return JSON.parse(box.wire.shift() ?? 'null')
    }
    const { rid } = copy
    const unknown = newRid()
    t.match(lost({ rid: unknown, epoch: 1, seq: 3 }), { code: 'RESUME_LOST', rid: unknown, epoch: 1 })
    t.match(lost({ rid, epoch: 2, seq: 0 }), { code: 'RESUME_LOST', epoch: 2 })
    t.match(lost({ rid, epoch: 1, seq: 2 }), { code: 'RESUME_LOST', epoch: 1 }, 'acknowledged and gone')
    t.throws(() => lost({ rid, epoch: 1, seq: 4 }), ProtocolError)
    t.match(lost({ rid, epoch: 1, seq: 3 }), { type: 'accepted', seq: 3 }, 'it is still there')
    t.throws(() => box.desk.resume([{ rid, epoch: 1, seq: 3 }]), ProtocolError, 'named twice')
    t.equal(bench.observed.filter(({ type }) => type === 'resume-lost').length, 3)
  },
)

t.test('a question whose acceptance was lost is asked again and begins at the first delta', async (t) => {
  const { bench, box } = deskAt(t)
  const copy = box.ask()
  const play = await bench.router.next()
  play.sink.text('answer', '一')
  box.cut()
  play.sink.text('answer', '二')
  box.connect()
  const { rid, digest, body } = copy
  box.desk.ask({ type: 'ask', rid, digest, body, deadlineMs: 1000, credit: 65_536 })
  play.finish()
  await until(() => {
    box.deliver()
    return copy.last !== null
  })
  t.equal(textOf(copy, 'answer'), '一二')
  t.equal(bench.router.plays.length, 1)
})

t.test('asked again after something was acknowledged, the first deltas are gone', async (t) => {
  const { bench, box } = deskAt(t)
  const copy = box.ask()
  const play = await bench.router.next()
  play.sink.text('answer', '一')
  box.deliver()
  box.credit(copy)
  box.cut()
  box.connect()
  const { rid, digest, body } = copy
  const again = { type: 'ask' as const, rid, digest, body, deadlineMs: 1000, credit: 65_536 }
  box.desk.ask(again)
  t.match(JSON.parse(box.wire.shift()!), { code: 'RESUME_LOST', epoch: 1 })
  box.desk.ask({ ...again, epoch: 2 })
  t.ok(play.signal.aborted, 'the old generation is stopped before the new one begins')
  const anew = await bench.router.next()
  t.match(bench.accounts.settlements, [{ epoch: 1, outcome: 'cancelled' }])
  t.equal(anew.request.rid, rid)
})

t.test('a question that is still being reserved survives a cut', async (t) => {
  const { bench, box } = deskAt(t)
  const copy = box.ask()
  box.cut()
  box.connect()
  box.desk.resume([{ rid: copy.rid, epoch: 1, seq: 0 }])
  await bench.router.next()
  box.deliver()
  t.same(typesOf(box), ['accepted'])
})

t.test(
  'a model writes on for a while for a box that is away, then it is stopped, and what there is stays',
  async (t) => {
    const { bench, box } = deskAt(t, { timing: { awayMs: 60, keepMs: 400 } })
    const copy = box.ask()
    const play = await bench.router.next()
    play.sink.text('answer', '一')
    box.deliver()
    box.cut()
    play.sink.text('answer', '二')
    await until(() => play.signal.aborted)
    t.match(bench.accounts.settlements, [])
    await until(() => bench.accounts.settlements.length === 1)
    box.connect()
    box.desk.resume([{ rid: copy.rid, epoch: 1, seq: 1 }])
    await until(() => {
      box.deliver()
      return copy.last !== null
    })
    t.match(copy.last, { finish: 'cancelled' })
    box.cut()
    await until(() => box.desk.size === 0)
    box.connect()
    box.desk.resume([{ rid: copy.rid, epoch: 1, seq: copy.seq }])
    t.match(JSON.parse(box.wire.shift()!), { code: 'RESUME_LOST' }, 'and after that it is forgotten')
  },
)

t.test('an answer is kept until it is acknowledged', async (t) => {
  const { bench, box } = deskAt(t)
  const copy = box.ask()
  const play = await bench.router.next()
  play.sink.text('answer', '一')
  box.desk.acknowledge(copy.rid)
  t.equal(box.desk.size, 1, 'not before its end')
  play.finish()
  await until(() => {
    box.deliver()
    return copy.last !== null
  })
  t.equal(box.desk.size, 1)
  box.desk.acknowledge(copy.rid)
  t.equal(box.desk.size, 0)
  t.equal(box.desk.heldBytes, 0)
})

t.test('of a box that never acknowledges the last answers are kept', async (t) => {
  const { bench, box } = deskAt(t, { bounds: { keptAnswers: 3 } })
  for (let at = 0; at < 6; at++) {
    const copy = box.ask()
    const play = await bench.router.next()
    play.finish()
    await until(() => {
      box.deliver()
      return copy.last !== null
    })
  }
  t.ok(box.desk.size <= 4)
})

t.test('a box that takes in the end of no answer gets no more of them, until it comes back', async (t) => {
  const { bench, box } = deskAt(t, { bounds: { keptAnswers: 3 } })
  const most = 3 + limits.inFlight
  async function answered(): Promise<void> {
    const begun = bench.router.plays.length
    box.ask({ credit: 1 })
    await until(() => bench.router.plays.length > begun)
    const play = await bench.router.next()
    play.sink.text('answer', '字')
    play.finish()
    const booked = bench.accounts.settlements.length
    await until(() => bench.accounts.settlements.length > booked || [...box.desk.answers()].every(over))
  }
  const over = ({ phase }: { phase: string }) => phase === 'over'
  for (let at = 0; at < most; at++) await answered()
  const refused = box.ask({ credit: 1 })
  box.deliver()
  t.match(refused.last, { code: 'too-many-asks' })
  t.equal(box.desk.size, most)
  box.cut()
  box.connect()
  await answered()
  t.ok(box.desk.size <= most, 'what it left behind makes room')
})

t.test('a box that has moved has its answers here ended and booked at once', async (t) => {
  const { bench, box } = deskAt(t)
  box.ask()
  const play = await bench.router.next()
  play.sink.text('answer', '一')
  bench.desks.end('box-1', askError('superseded'))
  t.ok(play.signal.aborted)
  await until(() => bench.accounts.settlements.length === 1)
  t.match(bench.accounts.settlements, [{ outcome: 'superseded', usage: { completionTokens: 1 } }])
})

t.test('answers that a box has left behind do not keep its other answers waiting', async (t) => {
  const { bench, box } = deskAt(t, { timing: { leftMs: 20, progressMs: 25 } })
  const left = [box.ask(), box.ask()]
  for (const copy of left) {
    const play = await bench.router.next()
    play.sink.text('answer', 'x'.repeat(40_000))
    play.finish('stop', { promptTokens: 1, completionTokens: 1 })
    await until(() => box.wire.some((each) => each.includes('"end"') && each.includes(copy.rid)))
  }
  box.deliver()
  t.equal(left[0]!.last?.type, 'end')
  // The acknowledgements are lost with the line, and the box has no reason to name what it has whole.
  box.cut()
  box.connect()
  const copy = box.ask()
  const play = await bench.router.next()
  box.deliver()
  play.sink.text('answer', 'y'.repeat(60_000))
  t.ok(play.paused, 'all together is too much')
  box.deliver()
  box.credit(copy)
  await until(() => !play.paused)
  play.finish('stop', { promptTokens: 1, completionTokens: 1 })
  await until(() => box.wire.length > 0)
  box.deliver()
  t.equal(copy.last?.type, 'end')
  box.desk.ask({
    ...{ type: 'ask', rid: left[0]!.rid, digest: left[0]!.digest, body: left[0]!.body },
    ...{ deadlineMs: 1000, credit: 1000 },
  })
  await until(() => box.wire.length > 0)
  t.match(JSON.parse(box.wire[0]!), { code: 'RESUME_LOST' }, 'the oldest is gone and not made anew')
})

t.test('a box that takes its answers up in time loses none of them to the others', async (t) => {
  const { bench, box } = deskAt(t, { timing: { leftMs: 60_000, progressMs: 25 } })
  const copies = [box.ask(), box.ask()]
  for (const _ of copies) {
    const play = await bench.router.next()
    play.sink.text('answer', 'x'.repeat(40_000))
    play.finish('stop', { promptTokens: 1, completionTokens: 1 })
  }
  await until(() => bench.accounts.settlements.length === 2)
  box.cut()
  box.connect()
  box.ask()
  const play = await bench.router.next()
  play.sink.text('answer', 'y'.repeat(60_000))
  t.ok(play.paused)
  await new Promise((resolve) => setTimeout(resolve, 60))
  box.desk.resume(copies.map(({ rid }) => ({ rid, epoch: 1, seq: 0 })))
  box.deliver()
  t.notOk(box.received.some((message) => message.type === 'error'))
  t.equal(copies.filter(({ last }) => last?.type === 'end').length, 2)
})

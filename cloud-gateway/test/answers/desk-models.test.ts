/** What models do. Answers of one box at its desk, without sockets. */
import t from 'tap'
import { askError } from '../../src/errors.ts'
import { limits } from '../../src/protocol.ts'
import { deskAt, deskBox, textOf } from '../support/desk-box.ts'
import { scriptedRouter, testTarget } from '../support/scripted-router.ts'
import { until } from '../support/until.ts'

t.test('an answer without a finish reason is an error with what there was', async (t) => {
  const { bench, box } = deskAt(t)
  const copy = box.ask()
  const play = await bench.router.next()
  play.sink.text('answer', '到2025年，')
  play.sink.usage({ promptTokens: 30, completionTokens: 4 })
  play.fail(askError('incomplete'))
  await until(() => {
    box.deliver()
    return copy.last !== null
  })
  t.match(copy.last, { type: 'error', code: 'incomplete', epoch: 1, seq: 1, retryable: true })
  t.same(copy.last?.usage, { promptTokens: 30, completionTokens: 4, exact: false, energyMicroWattHours: 42 })
  t.match(bench.accounts.settlements, [{ outcome: 'incomplete', cost: 38 }])
})

t.test('a model that fails before its first text costs nothing', async (t) => {
  const { bench, box } = deskAt(t)
  const copy = box.ask()
  const play = await bench.router.next()
  play.sink.progress('prefill')
  play.fail(askError('model-overloaded', '', { retryAfterMs: 900 }))
  await until(() => {
    box.deliver()
    return copy.last !== null
  })
  t.match(copy.last, { code: 'model-overloaded', epoch: 1, usage: { promptTokens: 0 }, retryAfterMs: 900 })
  t.match(bench.accounts.settlements, [{ cost: 0, usage: { promptTokens: 0, completionTokens: 0 } }])
})

t.test('another model is announced before its text; the first one of the alias is not', async (t) => {
  const { bench, box } = deskAt(t)
  box.ask()
  const play = await bench.router.next()
  play.sink.progress('queued', 3)
  play.sink.target(testTarget('second'), 'model-overloaded')
  play.sink.text('answer', '好')
  box.deliver()
  t.match(box.received, [
    { type: 'accepted', model: 'model-stub' },
    { type: 'progress', state: 'queued', position: 3 },
    { type: 'fallback', model: 'model-second', code: 'model-overloaded' },
    { type: 'delta', seq: 1 },
  ])
})

t.test('a first model that was not even tried is announced as passed over', async (t) => {
  const { bench, box } = deskAt(t, { router: scriptedRouter({ target: null }) })
  box.ask()
  const play = await bench.router.next()
  play.sink.target(testTarget('second'), null)
  box.deliver()
  t.match(box.received[1], { type: 'fallback', model: 'model-second', code: 'model-circuit-open' })
})

t.test('a fault of ours is told as ours, without its words', async (t) => {
  const { bench, box } = deskAt(t)
  const copy = box.ask()
  const play = await bench.router.next()
  play.fail(new TypeError('secret /path') as never)
  await until(() => {
    box.deliver()
    return copy.last !== null
  })
  t.match(copy.last, { code: 'internal', message: 'the gateway failed' })
  t.notMatch(JSON.stringify(bench.log), /secret/)
  t.match(bench.log.find(({ event }) => event === 'answer')?.fields, {
    cause: 'TypeError',
    outcome: 'internal',
  })
})

t.test('an answer without end is cut off at its limit, and the model is stopped', async (t) => {
  const { bench, box } = deskAt(t)
  const copy = box.ask()
  const play = await bench.router.next()
  let written = 0
  while (!play.signal.aborted) {
    play.sink.text('answer', '没完没了'.repeat(1000))
    written += 12_000
    box.deliver()
    box.credit(copy)
  }
  t.ok(written < limits.answerBytes + 24_000)
  await until(() => {
    box.deliver()
    return copy.last !== null
  })
  t.match(copy.last, { code: 'answer-too-long', retryable: false })
  t.ok(Buffer.byteLength(textOf(copy, 'answer')) <= limits.answerBytes)
})

t.test('what must not happen at the desk of one box ends its connection, and nothing else', async (t) => {
  const { bench, box } = deskAt(t, { timing: { progressMs: 25 } })
  const other = deskBox(bench, 'box-2')
  other.connect()
  box.ask()
  await bench.router.next()
  other.ask()
  const play = await bench.router.next()
  for (const answer of box.desk.answers()) {
    answer.progressMessage = () => {
      throw new TypeError('secret')
    }
  }
  await until(() => box.closed !== null)
  t.match(box.closed, { code: 1011 })
  play.sink.text('answer', '好')
  other.deliver()
  t.match(other.received.at(-1), { type: 'delta', text: '好' })
  t.match(bench.log.find(({ event }) => event === 'desk-fault')?.fields, { box: 'box-1', cause: 'TypeError' })
  t.notMatch(JSON.stringify(bench.log), /secret/)
})

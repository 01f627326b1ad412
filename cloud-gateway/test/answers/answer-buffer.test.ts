import { createHash } from 'node:crypto'
import t from 'tap'
import { AnswerBuffer, type Delta } from '../../src/answers/answer-buffer.ts'
import { measureText, unitsWithin } from '../../src/answers/measure-text.ts'
import { estimateTokens } from '../../src/estimate-tokens.ts'
import { createRandom } from '../support/random.ts'

const bounds = { answerBytes: 100_000, reasoningBytes: 1000, deltaBytes: 16_384, deltaOverheadBytes: 40 }
const open = (window = 65_536, changes: Partial<typeof bounds> = {}) => {
  const held = { bytes: 0 }
  return { held, buffer: new AnswerBuffer({ ...bounds, ...changes }, window, held) }
}
const drain = (buffer: AnswerBuffer) => {
  const deltas: Delta[] = []
  for (let next = buffer.next(); next; next = buffer.next()) deltas.push(next)
  return deltas
}
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

t.test('text is cut into deltas only when it is sent, and what waits goes together', async (t) => {
  const { buffer } = open()
  buffer.write('answer', '能')
  t.same(buffer.next(), { seq: 1, channel: 'answer', text: '能' })
  t.equal(buffer.next(), null)
  for (const word of ['耗', '下', '降']) buffer.write('answer', word)
  buffer.write('reasoning', '想')
  buffer.write('answer', '了')
  t.same(drain(buffer), [
    { seq: 2, channel: 'answer', text: '耗下降' },
    { seq: 3, channel: 'reasoning', text: '想' },
    { seq: 4, channel: 'answer', text: '了' },
  ])
  t.equal(buffer.digest(), sha256('能耗下降了'))
})

t.test('the window counts bytes of text, on both channels, and is opened by acknowledging', async (t) => {
  const { buffer } = open(10)
  buffer.write('answer', '一二三四五')
  buffer.write('reasoning', 'abc')
  t.same(drain(buffer), [{ seq: 1, channel: 'answer', text: '一二三' }], 'nine bytes, and no half character')
  t.notOk(buffer.ready)
  t.ok(buffer.acknowledge(1, 10))
  t.same(drain(buffer), [
    { seq: 2, channel: 'answer', text: '四五' },
    { seq: 3, channel: 'reasoning', text: 'abc' },
  ])
})

t.test('a window is no addition: said twice it changes nothing, and a smaller one holds', async (t) => {
  const { buffer } = open(3)
  buffer.write('answer', 'abcdefghi')
  t.equal(buffer.next()?.text, 'abc')
  t.ok(buffer.acknowledge(1, 3))
  t.ok(buffer.acknowledge(1, 3))
  t.equal(buffer.next()?.text, 'def')
  t.equal(buffer.next(), null)
  t.ok(buffer.acknowledge(2, 0))
  t.equal(buffer.next(), null)
})

t.test('what was never sent cannot be acknowledged; an older word is dropped', async (t) => {
  const { buffer } = open()
  buffer.write('answer', 'a')
  t.notOk(buffer.acknowledge(1, 10))
  buffer.next()
  t.ok(buffer.acknowledge(1, 10))
  t.ok(buffer.acknowledge(0, 0))
  t.equal(buffer.acked, 1)
  buffer.write('answer', 'b')
  t.equal(buffer.next()?.text, 'b', 'the older word did not close the window')
})

t.test('after a cut the same deltas come again from where the box is', async (t) => {
  const { buffer } = open()
  const sent: Delta[] = []
  for (let at = 0; at < 600; at++) {
    buffer.write(at % 7 ? 'answer' : 'reasoning', `字${at}`)
    sent.push(...drain(buffer))
  }
  t.equal(sent.length, 600)
  buffer.acknowledge(100, 65_536)
  for (const seq of [100, 350, 599]) {
    t.ok(buffer.resume(seq, 65_536))
    t.same(drain(buffer), sent.slice(seq))
  }
  t.notOk(buffer.resume(598, 65_536), 'what a resume named is acknowledged')
  t.notOk(buffer.resume(601, 65_536), 'never sent')
  t.ok(buffer.resume(600, 65_536))
  t.ok(buffer.drained)
})

t.test('what is sent again takes no new room, and what follows waits for the window', async (t) => {
  const { buffer } = open(6)
  buffer.write('answer', 'abcdef')
  buffer.next()
  buffer.write('answer', 'ghi')
  t.ok(buffer.resume(0, 6))
  t.same(drain(buffer), [{ seq: 1, channel: 'answer', text: 'abcdef' }])
})

t.test('no delta is longer than it may be, and short pieces fill it', async (t) => {
  const { buffer } = open(65_536, { deltaBytes: 3000 })
  for (let at = 0; at < 4000; at++) buffer.write('answer', '长')
  const deltas = drain(buffer)
  t.ok(deltas.every(({ text }) => Buffer.byteLength(text) <= 3000))
  t.ok(deltas.length <= 6)
  t.equal(deltas.map(({ text }) => text).join(''), '长'.repeat(4000))
})

t.test('a channel has an end', async (t) => {
  const { buffer } = open(10, { answerBytes: 6 })
  t.ok(buffer.write('answer', '能耗'))
  t.notOk(buffer.write('answer', 'a'))
  t.ok(buffer.write('reasoning', 'a'))
  t.same(
    drain(buffer).map(({ text }) => text),
    ['能耗', 'a'],
  )
})

t.test('half a character waits for the other half; one that stays alone becomes U+FFFD', async (t) => {
  const { buffer } = open()
  buffer.write('answer', '好\ud83d')
  buffer.write('reasoning', '\ud83d')
  t.equal(buffer.next()?.text, '好')
  t.equal(buffer.next(), null)
  buffer.write('answer', '\ude00的')
  t.equal(buffer.next()?.text, '😀的')
  buffer.write('answer', '\ude00')
  t.equal(buffer.next()?.text, '\ufffd', 'a second half without a first')
  buffer.complete()
  t.same(drain(buffer), [{ seq: 4, channel: 'reasoning', text: '\ufffd' }])
  t.equal(buffer.digest(), sha256('好😀的\ufffd'))
})

t.test('the hash is over what was sent, not over what was dropped', async (t) => {
  const { buffer } = open(3)
  buffer.write('answer', 'abcdef')
  buffer.next()
  buffer.dropWaiting()
  t.ok(buffer.drained)
  t.equal(buffer.digest(), sha256('abc'))
})

t.test('what is held is counted to the byte, here and among those that are away', async (t) => {
  const { buffer, held } = open(6)
  const away = { bytes: 0 }
  buffer.write('answer', '一二三')
  t.equal(held.bytes, 9)
  buffer.next()
  t.equal(held.bytes, 9 + 40)
  buffer.countAlso(away)
  t.equal(away.bytes, 49)
  buffer.write('answer', 'x')
  t.equal(away.bytes, 50)
  buffer.resume(1, 6)
  t.equal(held.bytes, 4)
  buffer.countAlso(null)
  t.equal(away.bytes, 0)
  buffer.write('reasoning', 'y')
  buffer.release()
  t.equal(held.bytes, 0)
  t.equal(away.bytes, 0)
})

t.test('held bytes always are those of the parts, whatever happens', async (t) => {
  const random = createRandom(7)
  const { buffer, held } = open(500)
  const away = { bytes: 0 }
  buffer.countAlso(away)
  for (let round = 0; round < 20_000; round++) {
    const kind = random.below(5)
    if (kind === 0)
      buffer.write(random.pick(['answer', 'reasoning']), random.pick(['a', '字', '😀', '字'.repeat(99)]))
    else if (kind === 1) buffer.next()
    else if (kind === 2) buffer.acknowledge(buffer.acked + random.below(buffer.seq - buffer.acked + 1), 500)
    else if (kind === 3) buffer.resume(buffer.acked + random.below(buffer.seq - buffer.acked + 1), 500)
    else if (random.chance(0.01)) buffer.dropWaiting()
    if (held.bytes !== buffer.heldBytes || away.bytes !== held.bytes) {
      t.fail(`${held.bytes} counted, ${buffer.heldBytes} held, round ${round}`)
      return
    }
  }
  t.pass('to the byte')
})

t.test('a text is measured as UTF-8 and as the neutral estimate says', async (t) => {
  const random = createRandom(3)
  const letters = ['a', 'é', '字', '😀', '𠀀', '한', '\n', 'カ']
  for (let round = 0; round < 500; round++) {
    const text = Array.from({ length: random.below(30) }, () => random.pick(letters)).join('')
    const { bytes, wide, narrowBytes } = measureText(text)
    t.equal(bytes, Buffer.byteLength(text))
    t.equal(wide + Math.ceil(narrowBytes / 3), estimateTokens(text))
    const most = random.below(40)
    const units = unitsWithin(text, most)
    t.ok(Buffer.byteLength(text.slice(0, units)) <= most && text.slice(0, units).isWellFormed())
    const next = String.fromCodePoint(text.codePointAt(units) ?? 0x20)
    t.ok(
      units === text.length || Buffer.byteLength(text.slice(0, units) + next) > most,
      'no shorter than needed',
    )
  }
  t.match(measureText('\ud83d'), { bytes: 3, surrogates: true })
})

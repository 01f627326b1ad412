/** From bytes to lines and from lines to events, without a network. */
import t from 'tap'
import { createLineSplitter } from '../../src/providers/http/line-splitter.ts'
import { createEventReader } from '../../src/providers/http/sse.ts'

function linesOf(pieces: Iterable<Buffer>, longest = 1024 * 1024): { lines: string[]; rest: string } {
  const splitter = createLineSplitter(longest)
  const lines: string[] = []
  for (const piece of pieces) {
    splitter.push(piece)
    for (let line = splitter.next(); line !== null; line = splitter.next()) lines.push(line)
  }
  const rest = splitter.rest()
  t.equal(splitter.waitingBytes, 0)
  return { lines, rest }
}

const eventsOf = (lines: readonly string[]) => {
  const events: [string, string][] = []
  const take = createEventReader((data, event) => events.push([event, data]))
  for (const line of lines) take(line)
  return events
}

const text = Buffer.from('\ufeffdata: 能耗😀\r\n\r\n\r: ping\n\ndata:下降\rdata:  é\r\r\n\n末')
const whole = {
  lines: ['data: 能耗😀', '', '', ': ping', '', 'data:下降', 'data:  é', '', ''],
  rest: '末',
}

t.test('lines are the same wherever the bytes are cut', async (t) => {
  t.same(linesOf([text]), whole)
  for (let cut = 0; cut <= text.length; cut++) {
    t.same(linesOf([text.subarray(0, cut), text.subarray(cut)]), whole, `after ${cut} bytes`)
  }
  t.same(linesOf(Array.from(text, (byte) => Buffer.of(byte))), whole, 'byte by byte')
})

t.test('bytes may come while others wait', async (t) => {
  const splitter = createLineSplitter(100)
  splitter.push(Buffer.from('one\ntw'))
  t.equal(splitter.next(), 'one')
  splitter.push(Buffer.from('o\nthree\n'))
  splitter.push(Buffer.from('four\n'))
  t.equal(splitter.waitingBytes, Buffer.byteLength('two\nthree\nfour\n'))
  t.same([splitter.next(), splitter.next(), splitter.next(), splitter.next()], ['two', 'three', 'four', null])
})

t.test('what is no UTF-8 is an error and never a replacement character', async (t) => {
  const invalid: [string, number[]][] = [
    ['a byte that never occurs', [0xff]],
    ['a continuation alone', [0x80]],
    ['a character cut short', [0xe8, 0x83, 0x0a]],
    ['an overlong form', [0xc0, 0xaf]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['beyond Unicode', [0xf4, 0x90, 0x80, 0x80]],
  ]
  for (const [name, bytes] of invalid) {
    const line = Buffer.concat([Buffer.from('data: '), Buffer.from(bytes), Buffer.from('\n')])
    for (let cut = 0; cut < line.length; cut++) {
      t.throws(
        () => linesOf([line.subarray(0, cut), line.subarray(cut)]),
        { code: 'model-bad-response' },
        name,
      )
    }
  }
  t.same(linesOf([Buffer.from('a\ufffdb\n')]).lines, ['a\ufffdb'], 'unless the server wrote one itself')
})

t.test('a line has a longest length, in one piece and in many', async (t) => {
  t.same(linesOf([Buffer.from(`${'x'.repeat(100)}\n`)], 100).lines, ['x'.repeat(100)])
  for (const pieces of [
    [Buffer.from(`${'x'.repeat(101)}\n`)],
    [Buffer.from('x'.repeat(101))],
    Array.from({ length: 101 }, () => Buffer.from('x')),
  ]) {
    t.throws(() => linesOf(pieces, 100), { code: 'model-bad-response', message: /a line without end/ })
  }
})

t.test('the work grows with the bytes, however they are cut and whatever they end with', async (t) => {
  // Looking again at what was held, or at the rest of a chunk for each line, would be more than a thousand billion bytes.
  const started = performance.now()
  t.equal(linesOf(Array.from({ length: 600_000 }, () => Buffer.of(120))).rest.length, 600_000)
  for (const end of ['\n', '\r']) {
    const short = Buffer.from(`a${end}`.repeat(1_500_000))
    t.equal(linesOf([short]).lines.length, 1_500_000)
  }
  const mixed = Buffer.from(`${'a\n'.repeat(1_500_000)}\r`)
  t.equal(linesOf([mixed]).lines.length, 1_500_001)
  t.ok(performance.now() - started < 10_000)
})

t.test('events', async (t) => {
  t.same(eventsOf(whole.lines), [
    ['', '能耗😀'],
    ['', '下降\n é'],
  ])
  t.same(
    eventsOf(['event: error', 'data: x', '', 'data: y', '', 'event: lost', '', 'data: z', '']),
    [
      ['error', 'x'],
      ['', 'y'],
      ['', 'z'],
    ],
    'a type holds for one event',
  )
  t.same(
    eventsOf(['id: 1', 'retry: 5', 'data', 'data:', 'database: no', 'datadata: no', 'events: no', '']),
    [['', '\n']],
    'fields without a value, and fields that are none',
  )
  t.same(eventsOf(['data: cut']), [], 'an event that was not ended is none')
  t.throws(() => eventsOf(Array.from({ length: 400 }, () => `data: ${'x'.repeat(1000)}`)), {
    code: 'model-bad-response',
    message: /an event without end/,
  })
})

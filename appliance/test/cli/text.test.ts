import { PassThrough } from 'node:stream'
import t from 'tap'
import { place } from '../../src/cli/language.ts'
import { createOutput, safe } from '../../src/cli/output.ts'
import { parseEvents } from '../../src/cli/server-events.ts'
import { columns, fit, padEnd } from '../../src/cli/wide-text.ts'

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

t.test('Chinese characters take two columns', async (t) => {
  t.equal(columns('碳盒 Tanbox'), 11)
  t.equal(padEnd('碳盒', 6), '碳盒  ')
  t.equal(fit('碳盒在运行', 10), '碳盒在运行')
  t.equal(fit('碳盒在运行中', 10), '碳盒在运…')
  t.ok(columns(fit('碳盒在运行中', 10)) <= 10)
})

t.test('a document cannot steer the terminal', async (t) => {
  t.equal(safe('a\x1b[2Jb\x07c\x9b31md\u202ee\r\nf\tg'), 'a[2Jbc31mde\nf\tg')
})

t.test('places are said as a reader would', async (t) => {
  t.equal(place('zh', { kind: 'page', from: 3, to: 3 }, ['一', '二', '三']), '第 3 页 › 二 › 三')
  t.equal(place('en', { kind: 'page', from: 3, to: 4 }, []), 'pages 3–4')
  t.equal(place('zh', { kind: 'slide', from: 2, to: 2 }, []), '第 2 张幻灯片')
  t.equal(place('en', { kind: 'sheet', name: '月度用电', range: 'A1:C9' }, []), '月度用电!A1:C9')
  t.equal(place('en', { kind: 'sheet', name: '', range: 'A1:C9' }, []), 'A1:C9')
  t.equal(place('en', { kind: 'section' }, ['Prices']), 'Prices')
})

t.test('events are read whole however the bytes are cut', async (t) => {
  const bytes = Buffer.from(
    ': hello\n\nevent: delta\ndata: {"text":"碳"}\n\nevent: done\r\ndata: {"a":\r\ndata: 1}\r\n\r\n',
  )
  for (let cut = 1; cut < bytes.length; cut += 1) {
    const body = async function* () {
      yield bytes.subarray(0, cut)
      yield bytes.subarray(cut)
    }
    const events = await collect(parseEvents(body()))
    t.same(events, [
      { event: 'delta', data: { text: '碳' } },
      { event: 'done', data: { a: 1 } },
    ])
  }
})

t.test('an event without end is given up', async (t) => {
  const body = async function* () {
    for (let sent = 0; sent < 40; sent += 1) yield Buffer.alloc(1024 * 1024, 'x')
  }
  await t.rejects(collect(parseEvents(body())), /too large/)
})

t.test('the result goes to standard output alone, progress to standard error', async (t) => {
  const out = new PassThrough()
  const err = new PassThrough()
  const output = createOutput({ out, err }, { language: 'zh', json: true, color: false, columns: 80 })
  output.progress('uploading 1/2')
  output.document({ a: 1 })
  output.remark('one remark')
  t.same(JSON.parse(out.read().toString()), { a: 1 })
  t.equal(err.read().toString(), 'uploading 1/2\none remark\n')
})

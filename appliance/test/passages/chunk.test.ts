import { setImmediate as nextTurn } from 'node:timers/promises'
import t from 'tap'
import type { ParsedDocument, Passage, Unit } from '../../src/model.ts'
import { chunk } from '../../src/passages/chunk.ts'
import { contextOf } from '../../src/passages/context.ts'
import { originalSpans } from '../../src/passages/mapped-text.ts'
import { countTokens, sheetDocument, textDocument } from './documents.ts'

const options = { title: '节能管理办法', countTokens }
const squeeze = (text: string) => text.normalize('NFKC').replace(/\s+/g, '')
const sentence = (n: number) =>
  `第${n}项措施是对重点用能单位开展节能诊断，推动设备更新改造，年节能量不低于${n}吨标准煤。`

const sections = textDocument([
  { heading: '第一章 总则' },
  { text: Array.from({ length: 14 }, (_, n) => sentence(n)).join('') },
  { heading: '第二章 奖励' },
  { text: '对完成目标的企业给予奖励。' },
  { heading: '第一节 标准', level: 2 },
  { text: Array.from({ length: 9 }, (_, n) => sentence(100 + n)).join('') },
])

t.test('nothing is lost, nothing is said twice, and order is kept', async (t) => {
  const passages = await chunk(sections, options)
  t.ok(passages.length > 3)
  t.equal(passages.map((each) => squeeze(each.text)).join(''), squeeze(sections.units[0]!.text))
  t.same(
    passages.map((each) => each.ordinal),
    passages.map((_, index) => index),
  )
})

t.test('passages begin and end at sentences and stay within the lengths', async (t) => {
  for (const passage of await chunk(sections, options)) {
    t.match(passage.text, /^(?:第|对).*[。励准则]$/s)
    t.ok(passage.tokens <= 380, `${passage.tokens} tokens`)
    t.ok(squeeze(passage.text).length <= 580)
  }
})

t.test('a passage knows the headings above it, and no heading is left at its end', async (t) => {
  const passages = await chunk(sections, options)
  const last = passages.at(-1)!
  t.same(last.headings, ['第二章 奖励', '第一节 标准'])
  for (const passage of passages) t.notMatch(passage.text, /(?:总则|奖励|标准)$/)
  t.match(contextOf(last), /^节能管理办法 › 第二章 奖励/)
})

t.test('the same document gives the same passages; another title or content other ids', async (t) => {
  const ids = async (given: Partial<Parameters<typeof chunk>[1]>) =>
    (await chunk(sections, { ...options, ...given })).map((each: Passage) => each.id)
  t.same(await ids({}), await ids({}))
  t.equal(
    new Set([...(await ids({})), ...(await ids({ title: '别的' })), ...(await ids({ content: 'ab' }))]).size,
    3 * (await ids({})).length,
  )
  t.match((await ids({}))[0], /^[0-9a-f]{32}$/)
})

t.test('the line that names a table stands once above it, heading or not', async (t) => {
  const text = '表2 活动数据\n月份\t用电\n1月\t10\n'
  const cell = (words: string) => {
    const start = text.indexOf(words)
    return { unit: 0, start, end: start + words.length }
  }
  const rows = [
    [cell('月份'), cell('用电')],
    [cell('1月'), cell('10')],
  ]
  for (const kind of ['heading', 'paragraph'] as const) {
    const passages = await chunk(
      {
        units: [{ kind: 'text', label: '', text }],
        blocks: [
          { kind, level: 1, spans: [cell('表2 活动数据')] },
          { kind: 'table', spans: [], table: { headerRows: 1, rows } },
        ],
        pages: 1,
        warnings: [],
      },
      options,
    )
    t.same(passages.find((passage) => passage.kind === 'table')?.headings, ['表2 活动数据'])
  }
})

t.test('a table keeps its header in every passage and tells which cells it holds', async (t) => {
  const rows = Array.from({ length: 120 }, (_, n) => [`车间${n}`, `${n * 10} 吨标准煤`, `${n} 千瓦时`])
  const passages = await chunk(sheetDocument('能耗', [['部门', '能源消费量', '用电量'], ...rows]), options)
  t.ok(passages.length > 2)
  for (const passage of passages) {
    t.equal(passage.kind, 'table')
    t.ok(passage.text.startsWith('部门\t能源消费量\t用电量\n车间'), passage.text.slice(0, 40))
    t.ok(passage.tokens <= 380)
  }
  t.same(passages[0]!.locator, {
    kind: 'sheet',
    name: '能耗',
    range: `A2:C${passages[0]!.text.split('\n').length}`,
  })
  const held = passages.flatMap((each) => each.text.split('\n').slice(1))
  t.same(
    held,
    rows.map((row) => row.join('\t')),
    'every row once',
  )
})

t.test('a row longer than a passage goes on in the next one', async (t) => {
  const long = Array.from({ length: 40 }, (_, n) => sentence(n)).join('')
  const passages = await chunk(
    sheetDocument('说明', [
      ['序号', '内容'],
      ['1', long],
    ]),
    options,
  )
  t.ok(passages.length > 2)
  for (const passage of passages) t.ok(passage.tokens <= 380 && passage.text.startsWith('序号\t内容\n'))
})

t.test('only where a sentence has to be cut is its last clause said again', async (t) => {
  const endless = `${Array.from({ length: 80 }, (_, n) => `第${n}类用能设备的能效应当达到国家标准`).join('，')}。`
  const passages = await chunk(textDocument([{ text: endless }]), options)
  t.ok(passages.length > 3)
  for (const [index, passage] of passages.slice(1).entries()) {
    const clause = passage.text.split(',')[0]!
    t.ok(passages[index]!.text.includes(clause), 'begins with a clause of the passage before')
    t.ok(passage.tokens <= 380)
  }
})

t.test('text without any border is cut all the same, and no character is broken', async (t) => {
  const solid = '😀碳'.repeat(3000)
  const passages = await chunk(textDocument([{ text: solid }]), options)
  t.ok(passages.every((each) => each.text.isWellFormed() && squeeze(each.text).length <= 600))
  const covered = passages.map((each) => each.text).join('')
  t.ok(covered.length >= solid.length)
})

t.test('a text of a million characters in one line takes seconds at most', async (t) => {
  const start = performance.now()
  const passages = await chunk(textDocument([{ text: `${'能源消费'.repeat(20)}，`.repeat(12_500) }]), options)
  t.ok(passages.length > 1000)
  t.ok(performance.now() - start < 10_000)
})

t.test('every word of a passage leads back to where it stands', async (t) => {
  const { text } = sections.units[0] as Unit
  for (const passage of await chunk(sections, options)) {
    const words = /年节能量不低于\d+吨/.exec(passage.text)
    if (!words) continue
    const [span, ...others] = originalSpans(passage, words.index, words.index + words[0].length)
    t.same(others, [])
    t.equal(text.slice(span!.start, span!.end), words[0])
  }
})

t.test('empty documents and empty blocks give no passages', async (t) => {
  t.same(await chunk(textDocument([]), options), [])
  t.same(await chunk(textDocument([{ text: '' }, { text: ' \u200b ' }]), options), [])
  t.same(await chunk(sheetDocument('空', [['', '']]), options), [])
})

t.test('cutting a large document leaves turns to others, however it is made', async (t) => {
  const rows = Array.from({ length: 40_000 }, (_, row) => [`${row}`, `${row * 7}`])
  const documents = {
    paragraphs: textDocument(Array.from({ length: 8000 }, (_, n) => ({ text: sentence(n) }))),
    table: sheetDocument('用电', [['编号', '数量'], ...rows]),
  }
  for (const [what, document] of Object.entries(documents)) {
    let longest = 0
    let last = performance.now()
    let isCut = false
    const began = last
    const passages = chunk(document, options).finally(() => {
      isCut = true
    })
    while (!isCut) {
      await nextTurn()
      longest = Math.max(longest, performance.now() - last)
      last = performance.now()
    }
    const took = performance.now() - began
    t.ok((await passages).length > 100)
    // Half of a short time may be one scheduling of a busy machine.
    t.ok(
      longest < Math.max(250, took / 2),
      `${what}: ${Math.round(longest)} of ${Math.round(took)} ms at a stretch`,
    )
  }
})

t.test(
  'a table a thousand times too wide for a passage is cut in time that grows with its width',
  async (t) => {
    const timeOf = async (columns: number) => {
      const cells = Array.from({ length: columns }, (_, at) => ({ unit: 0, start: 2 * at, end: 2 * at + 1 }))
      const row = (offset: number) =>
        cells.map((cell) => ({ ...cell, start: cell.start + offset, end: cell.end + offset }))
      const document: ParsedDocument = {
        units: [{ kind: 'text', label: '', text: `${'a|'.repeat(columns)}${'b|'.repeat(columns)}` }],
        blocks: [{ kind: 'table', spans: [], table: { headerRows: 1, rows: [row(0), row(2 * columns)] } }],
        pages: 1,
        warnings: [],
      }
      const began = performance.now()
      t.ok((await chunk(document, options)).length > columns / 200)
      return performance.now() - began
    }
    await timeOf(1000)
    const narrow = await timeOf(5000)
    const wide = await timeOf(50_000)
    t.ok(wide < 40 * narrow, `${Math.round(wide)} ms after ${Math.round(narrow)} ms for a tenth of the width`)
  },
)

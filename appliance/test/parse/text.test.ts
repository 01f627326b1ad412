import t from 'tap'
import { encodingOf } from '../../src/parse/decode.ts'
import { markdown } from '../../src/parse/markdown.ts'
import { text } from '../../src/parse/text.ts'
import { breachOf } from './invariants.ts'
import { bytesOf, parseWith, showAll } from './reading.ts'

const notice = `关于做好节能工作的通知

各部门：
一、总体要求
坚持节约优先，全年用电量下降百分之五。
（一）责任分工
后勤部负责统计；财务部负责核算。
附件：能耗统计表
`

t.test('plain text has headings by their numbering and a title', async (t) => {
  const document = await parseWith(text, bytesOf(notice))
  t.equal(document.title, '关于做好节能工作的通知')
  t.strictSame(showAll(document), [
    'heading1: 关于做好节能工作的通知',
    'paragraph: 各部门：',
    'heading2: 一、总体要求',
    'paragraph: 坚持节约优先，全年用电量下降百分之五。',
    'heading3: （一）责任分工',
    'paragraph: 后勤部负责统计；财务部负责核算。',
    'paragraph: 附件：能耗统计表',
  ])
  t.equal(breachOf(document), null)
})

t.test('lines broken by hand are joined to paragraphs, one span per line', async (t) => {
  const wrapped = [
    'The annual energy report of the company',
    '',
    'Consumption of electricity fell by five per cent in the year',
    'under report, mostly because the cooling of the data centre was',
    'renewed and because two of the five lines stood still in summer.',
    '',
    'The consumption of natural gas did not change against the year',
    'before. Details are given in the annex.',
  ].join('\r\n')
  const document = await parseWith(text, bytesOf(wrapped))
  t.strictSame(
    document.blocks.map((block) => [block.kind, block.spans.length]),
    [
      ['heading', 1],
      ['paragraph', 3],
      ['paragraph', 2],
    ],
  )
})

t.test('a list of short numbered lines is no outline', async (t) => {
  const document = await parseWith(text, bytesOf('所需材料如下。\n1. 营业执照\n2. 审计报告\n3. 能耗台账\n'))
  t.notOk(document.blocks.some((block) => block.kind === 'heading'))
})

t.test('each encoding of office files is recognised, and yields the same text', async (t) => {
  const gb18030 = Buffer.from(
    'cad0d5fec8cbc3f1d5fec8abb9abcbbeb5c4c4dccfbacdb3bcc6a3bad3c3b5e7c1bfcfc2bdb5',
    'hex',
  )
  t.equal(encodingOf(gb18030), 'gb18030')
  const wide = (swap: boolean, mark: boolean) => {
    const bytes = Buffer.from(`${mark ? '\ufeff' : ''}${notice}`, 'utf16le')
    return new Uint8Array(swap ? bytes.swap16() : bytes)
  }
  for (const bytes of [
    bytesOf(notice),
    bytesOf(`\ufeff${notice}`),
    ...[true, false].flatMap((swap) => [wide(swap, true), wide(swap, false)]),
  ]) {
    const document = await parseWith(text, bytes)
    t.equal(document.units[0]!.text, notice, encodingOf(bytes))
  }
  // 能源管理的報告，這是我們的
  const big5 = Buffer.from('afe0b7bdbadeb27aaabab3f8a769a141b36fac4fa7daadccaaba', 'hex')
  t.equal(encodingOf(big5), 'big5')
})

t.test('NUL bytes and control characters in a text change no offset', async (t) => {
  const document = await parseWith(text, bytesOf('第一行\u0000内容。\n\u0001\u0002第二行。\n'))
  t.equal(breachOf(document), null)
  t.strictSame(showAll(document), ['paragraph: 第一行\u0000内容。', 'paragraph: \u0001\u0002第二行。'])
})

t.test('a text of white space is empty', async (t) => {
  await t.rejects(parseWith(text, bytesOf(' \n\t\n　')), { code: 'file-empty' })
})

t.test('Markdown: spans point into the source, without marks, links and HTML', async (t) => {
  const source = [
    '---',
    'title: 年度报告',
    '---',
    '# 第一章 概况',
    '',
    '用电 **一千** 度，见[附表](http://example.com)。',
    '第二行。',
    '',
    '- 甲',
    '  - 乙',
    '',
    '| 年份 | 用电 |',
    '|---|---|',
    '| 2024 | 1000 |',
    '',
    '```js',
    'const a = 1',
    '```',
    '<div>原样</div>',
  ].join('\n')
  const document = await parseWith(markdown, bytesOf(source))
  t.equal(document.title, '年度报告')
  t.equal(document.units[0]!.text, source)
  t.strictSame(showAll(document), [
    'heading1: 第一章 概况',
    'paragraph: 用电 |一千| 度，见|附表|。|第二行。',
    'list-item1: 甲',
    'list-item2: 乙',
    'table/1: 年份,用电;2024,1000',
    'code: const a = 1',
  ])
  t.equal(breachOf(document), null)
})

t.test(
  'Markdown quoted three thousand deep ends in blocks or a code, not in a crash',
  { timeout: 60_000 },
  async (t) => {
    const document = await parseWith(markdown, bytesOf(`${'>'.repeat(3000)} 深\n`))
    t.equal(breachOf(document), null)
  },
)

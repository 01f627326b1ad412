import { readFileSync } from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { pdf } from '../../src/parse/pdf/pdf.ts'
import { titleInProperties, titleText } from '../../src/parse/pdf/title.ts'
import { normalise } from '../../src/passages/normalise.ts'
import { breachOf } from './invariants.ts'
import { makePdf, type PdfPage, type PdfText } from './make-pdf.ts'
import { parseWith, showAll, textAt } from './reading.ts'

/** Lines of text down a page from `top`, 24 points apart, from the left margin of 90. */
const down = (top: number, ...lines: (string | Partial<PdfText>)[]): PdfText[] =>
  lines.map((line, i) => {
    const text = typeof line === 'string' ? { text: line } : line
    return { x: 90, y: top - i * 24, size: 16, text: '', ...text }
  })

const full = '为深入贯彻落实国家节能降碳有关要求，加强能源管理'
const header: PdfText = { text: '碳盒公司文件', x: 250, y: 810, size: 9 }
const footer = (page: number): PdfText => ({ text: `— ${page} —`, x: 280, y: 30, size: 9 })

const policy: PdfPage[] = [1, 2, 3].map((page) => ({
  texts: [
    header,
    ...(page === 1
      ? [
          { text: '关于印发《节能降碳专项资金', x: 130, y: 740, size: 22 },
          { text: '管理办法》的通知', x: 200, y: 700, size: 22 },
          ...down(
            640,
            '各部门、各子公司：',
            { x: 122, text: '为深入贯彻落实国家节能降碳有关要求，加强能源' },
            full,
          ),
        ]
      : page === 2
        ? down(
            740,
            `提高效率，${full.slice(0, 12)}。`,
            { x: 122, text: '一、总体要求', font: 'hei' },
            { x: 122, text: '坚持节约优先。' },
          )
        : down(740, { x: 122, text: '二、保障措施', font: 'hei' }, { x: 122, text: '加强组织领导。' })),
    footer(page),
  ],
}))

t.test(
  'lines become paragraphs across the page break, headings and a title; headers and page numbers stay out',
  async (t) => {
    const document = await parseWith(pdf, makePdf(policy))
    t.equal(document.title, '关于印发《节能降碳专项资金管理办法》的通知')
    t.equal(document.pages, 3)
    t.strictSame(showAll(document), [
      'heading1: 关于印发《节能降碳专项资金|管理办法》的通知',
      'paragraph: 各部门、各子公司：',
      `paragraph: 为深入贯彻落实国家节能降碳有关要求，加强能源|${full}|提高效率，${full.slice(0, 12)}。`,
      'heading2: 一、总体要求',
      'paragraph: 坚持节约优先。',
      'heading2: 二、保障措施',
      'paragraph: 加强组织领导。',
    ])
    t.match(document.units[1]!.text, /碳盒公司文件/, 'what is in no block is still in the text of its page')
    t.equal(breachOf(document), null)
  },
)

t.test('every stretch of text knows its rectangle on the unrotated page', async (t) => {
  const texts = [{ text: '左上角', x: 59.5, y: 842 - 84.2, size: 10 }]
  for (const rotate of [0, 90, 180, 270] as const) {
    const document = await parseWith(pdf, makePdf([{ texts, rotate }]))
    const [unit] = document.units
    const [item] = unit!.items!
    t.equal(textAt(document, { unit: 0, start: item!.start, end: item!.end }), '左上角')
    const [x0, y0, x1, y1] = item!.rect
    t.ok(Math.abs(x0 - 0.1) < 0.002 && Math.abs(x1 - (59.5 + 30) / 595) < 0.002, `${item!.rect}`)
    t.ok(y0 < 0.1 && y0 > 0.085 && y1 > 0.1 && y1 < 0.105, `the baseline stands at a tenth: ${item!.rect}`)
  }
})

t.test(
  'a ruled table keeps the cells of a row together, names its header and goes on over the page',
  async (t) => {
    const xs = [90, 190, 290, 390]
    const table = (rows: string[][], top: number): PdfPage => {
      const ys = [...rows, []].map((_, i) => top - i * 30)
      return {
        lines: [
          ...ys.map((y): [number, number, number, number] => [xs[0]!, y, xs[3]!, y]),
          ...xs.map((x): [number, number, number, number] => [x, ys[0]!, x, ys.at(-1)!]),
        ],
        texts: rows.flatMap((row, i) => row.map((text, j) => ({ text, x: xs[j]! + 5, y: ys[i]! - 20 }))),
      }
    }
    const document = await parseWith(
      pdf,
      makePdf([
        table(
          [
            ['部门', '用电量', '占比'],
            ['后勤部', '1000', '40'],
          ],
          400,
        ),
        table([['财务部', '500', '20']], 700),
      ]),
    )
    t.strictSame(showAll(document), ['table/1: 部门,用电量,占比;后勤部,1000,40;财务部,500,20'])
    t.equal(breachOf(document), null)
  },
)

t.test('two columns are read one after the other, even when the file writes across them', async (t) => {
  const left = Array.from({ length: 14 }, (_, i) => `左栏第${i}行的文字一直写到栏的右边缘处为止`)
  const right = left.map((line) => line.replace('左', '右'))
  const across = left.flatMap((line, i): PdfText[] => [
    { text: line, x: 50, y: 760 - i * 16, size: 10 },
    { text: right[i]!, x: 310, y: 760 - i * 16, size: 10 },
  ])
  const document = await parseWith(pdf, makePdf([{ texts: across }]))
  const text = showAll(document).join('')
  t.ok(text.indexOf('左栏第13行') < text.indexOf('右栏第0行'))
  t.equal(breachOf(document), null)
})

t.test(
  'a page of pictures in a document of text is said, a document of nothing else is refused',
  async (t) => {
    const mixed = await parseWith(pdf, makePdf([{ texts: down(700, '有文字的一页。') }, { texts: [] }]))
    t.match(mixed.warnings, [/2/])
    await t.rejects(parseWith(pdf, makePdf([{ texts: [] }])), { code: 'file-no-text' })
  },
)

t.test('headings that a browser printed with Kangxi radicals are siblings of the others', async (t) => {
  const sample = path.resolve(import.meta.dirname, '../../../samples/2025年度碳排放盘查报告.pdf')
  const document = await parseWith(pdf, readFileSync(sample))
  t.match(document.units.map((unit) => unit.text).join(''), /⼀、/u, 'the file holds radicals')
  t.match(document.title, /温室气体/)
  const headings = showAll(document).filter((line) => line.startsWith('heading'))
  const chapters = headings.filter((line) => /: \S、/u.test(line))
  t.equal(chapters.length, 9)
  for (const chapter of chapters) t.match(chapter, /^heading2/)
  t.same(
    headings.filter((line) => /表 ?\d/u.test(line)),
    [],
    'the caption of a table is no heading',
  )
})

t.test('white space that is no gap on the page is in the text of the page and in no block', async (t) => {
  const line = (y: number, ...placed: [text: string, x: number, font?: 'hei'][]): PdfText[] =>
    placed.map(([text, x, font]) => ({ text, x, y, size: 10, font: font ?? ('song' as const) }))
  const texts = [
    // One run to pdf.js, with gaps of 0.16 and 0.25 ems.
    ...line(700, ['自2', 90], ['021', 106.6], ['年起', 124.1]),
    // A run for each font, with gaps of 0.16, 0.35 and 0.16 ems.
    ...line(660, ['办', 90], ['法', 101.6, 'hei'], ['说明', 115.1], ['2', 136.7, 'hei'], ['0', 143.3]),
  ]
  const document = await parseWith(pdf, makePdf([{ texts }]))
  t.equal(document.units[0]!.text, '自2 021 年起\n办 法 说明 2 0')
  const read = document.blocks.map((block) => normalise(block.spans, document.units).text)
  t.strictSame(read, ['自2021 年起', '办法 说明 20'])
  t.equal(breachOf(document), null)
})

t.test('titles: properties that a program wrote are none, spaced letters are joined', (t) => {
  for (const useless of ['Microsoft Word - 方案.docx', 'untitled', '方案.wps', '', undefined]) {
    t.equal(titleInProperties(useless), null)
  }
  t.equal(titleInProperties(' 年度 报告 '), '年度 报告')
  t.equal(titleText('管 理 办 法'), '管理办法')
  t.equal(titleText('关于印发方案的通知 津发改〔2022〕93 号'), '关于印发方案的通知')
  t.equal(titleText('Energy report 2024'), 'Energy report 2024')
  t.end()
})

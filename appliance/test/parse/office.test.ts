import { utils, write } from '@e965/xlsx'
import t from 'tap'
import { csv, delimiterOf } from '../../src/parse/csv.ts'
import { docx } from '../../src/parse/docx/docx.ts'
import { counted } from '../../src/parse/docx/numbers.ts'
import { pptx } from '../../src/parse/pptx/pptx.ts'
import { xlsx } from '../../src/parse/xlsx.ts'
import { breachOf } from './invariants.ts'
import { makeDocx, makePptx, paragraph, shape } from './make-office.ts'
import { bytesOf, parseWith, show, showAll } from './reading.ts'

const styles = `<w:styles>
  <w:style w:type="paragraph" w:styleId="a0" w:default="1"><w:name w:val="Normal"/></w:style>
  <w:style w:type="paragraph" w:styleId="1"><w:name w:val="heading 1"/><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>
  <w:style w:type="paragraph" w:styleId="10"><w:name w:val="自定义标题"/><w:basedOn w:val="2"/></w:style>
  <w:style w:type="paragraph" w:styleId="2"><w:name w:val="标题2"/><w:pPr><w:outlineLvl w:val="1"/></w:pPr></w:style>
  <w:style w:type="paragraph" w:styleId="toc"><w:name w:val="toc 1"/></w:style>
  <w:style w:type="paragraph" w:styleId="t"><w:name w:val="Title"/></w:style></w:styles>`
const numbering = `<w:numbering><w:abstractNum w:abstractNumId="7">
  <w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="chineseCountingThousand"/><w:lvlText w:val="第%1章"/></w:lvl>
  <w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1.%2"/><w:isLgl/></w:lvl></w:abstractNum>
  <w:num w:numId="1"><w:abstractNumId w:val="7"/></w:num></w:numbering>`

t.test('Word: headings by style, with the numbers that stand nowhere in the text', async (t) => {
  const style = (id: string) => `<w:pStyle w:val="${id}"/>`
  const item = '<w:numPr><w:ilvl w:val="1"/><w:numId w:val="1"/></w:numPr>'
  const body = [
    paragraph('能源管理手册', style('t')),
    paragraph('总则\t1', style('toc')),
    paragraph('总则', style('1')),
    paragraph('本手册适用于全公司。'),
    paragraph('用电'),
    paragraph('职责', style('1')),
    paragraph('后勤部', item),
    paragraph('财务部', item),
    paragraph('细则', style('10')),
  ].join('')
  const document = await parseWith(docx, await makeDocx(body, { styles, numbering }))
  t.equal(document.title, '能源管理手册')
  t.strictSame(showAll(document), [
    'heading1: 能源管理手册',
    'heading2: 第一章 总则',
    'paragraph: 本手册适用于全公司。',
    'paragraph: 用电',
    'heading2: 第二章 职责',
    'list-item2: 2.1 后勤部',
    'list-item2: 2.2 财务部',
    'heading3: 细则',
  ])
  t.equal(breachOf(document), null)
})

t.test(
  'Word: tables repeat what is merged downwards, and inserted text counts, deleted text does not',
  async (t) => {
    const cell = (text: string, properties = '') =>
      `<w:tc><w:tcPr>${properties}</w:tcPr>${paragraph(text)}</w:tc>`
    const table =
      '<w:tbl>' +
      `<w:tr><w:trPr><w:tblHeader/></w:trPr>${cell('部门')}${cell('电', '<w:gridSpan w:val="2"/>')}</w:tr>` +
      `<w:tr>${cell('后勤', '<w:vMerge w:val="restart"/>')}${cell('一季度')}${cell('100')}</w:tr>` +
      `<w:tr>${cell('', '<w:vMerge/>')}${cell('二季度')}${cell('90')}</w:tr></w:tbl>`
    const changed =
      '<w:p><w:ins><w:r><w:t>新增</w:t></w:r></w:ins><w:del><w:r><w:delText>删除</w:delText></w:r></w:del>' +
      '<w:r><w:rPr><w:vanish/></w:rPr><w:t>隐藏</w:t></w:r><w:r><w:br/><w:t>第二行</w:t></w:r></w:p>'
    const document = await parseWith(docx, await makeDocx(table + changed))
    t.strictSame(showAll(document), [
      'table/1: 部门,电,;后勤,一季度,100;后勤,二季度,90',
      'paragraph: 新增|第二行',
    ])
    t.equal(breachOf(document), null)
  },
)

t.test('Word: text boxes and notes are read once', async (t) => {
  const box = (text: string) => `<w:txbxContent>${paragraph(text)}</w:txbxContent>`
  const drawing = `<w:r><AlternateContent><Choice>${box('框内文字')}</Choice><Fallback>${box('框内文字')}</Fallback></AlternateContent></w:r>`
  const footnotes = `<w:footnotes><w:footnote w:type="separator" w:id="-1">${paragraph('——')}</w:footnote><w:footnote w:id="1">${paragraph('脚注内容。')}</w:footnote></w:footnotes>`
  const document = await parseWith(
    docx,
    await makeDocx(`<w:p><w:r><w:t>正文。</w:t></w:r>${drawing}</w:p>`, { footnotes }),
  )
  t.strictSame(showAll(document), ['paragraph: 正文。', 'paragraph: 框内文字', 'paragraph: 脚注内容。'])
})

t.test('Word without styles: headings by numbering and bold type', async (t) => {
  const bold = (text: string) => `<w:p><w:r><w:rPr><w:b/></w:rPr><w:t>${text}</w:t></w:r></w:p>`
  const body =
    bold('一、工作目标') +
    paragraph('全年用电量不超过一千万度，单位产值能耗下降百分之三。') +
    bold('二、保障措施') +
    paragraph('加强领导。')
  const document = await parseWith(docx, await makeDocx(body))
  t.strictSame(
    document.blocks.map((block) => block.kind),
    ['heading', 'paragraph', 'heading', 'paragraph'],
  )
})

t.test('numbers are counted as Word counts them', async (t) => {
  const chinese = [1, 10, 11, 20, 23, 101, 110, 999].map((count) => counted(count, 'chineseCounting'))
  t.strictSame(chinese, ['一', '十', '十一', '二十', '二十三', '一百零一', '一百一十', '九百九十九'])
  t.equal(counted(28, 'upperLetter'), 'BB')
  t.equal(counted(1994, 'upperRoman'), 'MCMXCIV')
  t.equal(counted(3, 'decimalEnclosedCircle'), '③')
})

t.test('PowerPoint: slides in the order of the show, titles first, groups, tables and notes', async (t) => {
  const cell = (text: string) => `<a:tc><a:txBody><a:p><a:r><a:t>${text}</a:t></a:r></a:p></a:txBody></a:tc>`
  const table =
    '<p:graphicFrame><a:graphic><a:graphicData><a:tbl>' +
    `<a:tr>${cell('月份')}${cell('用电量')}</a:tr><a:tr>${cell('一月')}${cell('100')}</a:tr>` +
    '</a:tbl></a:graphicData></a:graphic></p:graphicFrame>'
  const document = await parseWith(
    pptx,
    await makePptx(
      [
        `${shape('第二要点\n第三要点', 'body')}${shape('节能方案', 'ctrTitle')}${shape('12', 'sldNum')}`,
        `<p:grpSp>${shape('组合中的文字')}</p:grpSp>${table}`,
      ],
      { 2: '讲稿备注' },
    ),
  )
  t.equal(document.title, '节能方案')
  t.strictSame(
    document.blocks.map((block) => `${block.spans[0]?.unit ?? 't'} ${show(document, block)}`),
    [
      '0 heading1: 节能方案',
      '0 list-item1: 第二要点',
      '0 list-item1: 第三要点',
      '1 paragraph: 组合中的文字',
      't table/1: 月份,用电量;一月,100',
      '1 paragraph: 讲稿备注',
    ],
  )
  t.equal(breachOf(document), null)
})

t.test('Excel: cells as they are shown, with addresses, titles and hidden sheets said', async (t) => {
  const sheet = utils.aoa_to_sheet(
    [
      ['2024年能源消耗表'],
      [],
      ['部门', '日期', '用电量'],
      ['后勤', new Date(Date.UTC(2024, 2, 5)), 1234.5],
      [null, new Date(Date.UTC(2024, 3, 5)), 0.256],
    ],
    { cellDates: true },
  )
  sheet.C4!.z = '#,##0.00'
  sheet.C5!.z = '0.0%'
  sheet['!merges'] = [utils.decode_range('A4:A5')]
  const book = utils.book_new(sheet, '能耗')
  utils.book_append_sheet(book, utils.aoa_to_sheet([['秘密', '数据']]), '隐藏表')
  book.Workbook = { Sheets: [{ Hidden: 0 }, { Hidden: 1 }] }
  const document = await parseWith(xlsx, new Uint8Array(write(book, { type: 'buffer', bookType: 'xlsx' })))
  t.equal(document.title, '2024年能源消耗表')
  t.strictSame(showAll(document), [
    'heading1: 能耗',
    'heading2: 2024年能源消耗表',
    'table/1: 部门,日期,用电量;后勤,2024/3/5,1,234.50;后勤,2024/4/5,25.6%',
  ])
  t.strictSame(
    document.blocks[2]!.table!.rows[2]!.map((cell) => cell.ref),
    ['A5', 'B5', 'C5'],
  )
  t.match(document.warnings, [/隐藏表/])
  t.notMatch(document.units.map((unit) => unit.text).join(), /秘密/)
  t.equal(breachOf(document), null)
})

t.test('a sheet longer than the limit is cut, and said', async (t) => {
  const rows = Array.from({ length: 40 }, (_, i) => [`设备${i}`, String(i)])
  const document = await parseWith(csv, bytesOf(rows.map((row) => row.join(',')).join('\n')), { maxRows: 10 })
  t.equal(document.blocks[0]!.table!.rows.length, 10)
  t.match(document.warnings, [/10/])
})

t.test('CSV: delimiters, quotes and line feeds inside quotes', async (t) => {
  t.equal(delimiterOf('a;b;c\n1,5;2;3\n'), ';')
  t.equal(delimiterOf('一\t二\n三\t四\n'), '\t')
  const document = await parseWith(csv, bytesOf('名称,说明\n"泵, 大","第一行\n第二行 ""引"""\n'))
  t.strictSame(showAll(document), ['table/1: 名称,说明;泵, 大,第一行\n第二行 "引"'])
  const unclosed = await parseWith(csv, bytesOf('名称,尺寸\n屏幕,"21\n'))
  t.equal(breachOf(unclosed), null)
})

import t from 'tap'
import { chunk } from '../../src/passages/chunk.ts'
import { originalSpans } from '../../src/passages/mapped-text.ts'
import { mergePassages } from '../../src/passages/merge.ts'
import { countTokens, sheetDocument, textDocument } from './documents.ts'

const options = { title: '台账', countTokens }

t.test('merged neighbours read as the document does and lead back to it', async (t) => {
  const text = Array.from(
    { length: 30 },
    (_, n) => `第${n}条规定了排放单位的第${n}项义务和相应的法律责任。`,
  ).join('')
  const document = textDocument([{ text }])
  const passages = await chunk(document, options)
  const whole = passages.reduce(mergePassages)
  t.equal(whole.text, text)
  const at = whole.text.indexOf('第17项义务')
  const [span] = originalSpans(whole, at, at + 6)
  t.equal(document.units[0]!.text.slice(span!.start, span!.end), '第17项义务')
  t.equal(
    whole.tokens,
    passages.reduce((sum, each) => sum + each.tokens, 0),
  )
})

t.test('the range of merged rows holds both, and the words above a table leave it as it is', async (t) => {
  const [passage] = await chunk(sheetDocument('表', [['部门'], ['车间']]), options)
  const range = (first: string, second: string) => {
    const at = (cells: string) => ({
      ...passage!,
      locator: { kind: 'sheet', name: '表', range: cells } as const,
    })
    return mergePassages(at(first), at(second)).locator
  }
  t.match(range('', 'A3:E14'), { range: 'A3:E14' })
  t.match(range('A3:E14', ''), { range: 'A3:E14' })
  t.match(range('', ''), { range: '' })
  t.match(range('B3:Z14', 'A15:AB20'), { range: 'A3:AB20' })
})

t.test('a repeated header and an overlapping clause are kept once', async (t) => {
  const rows = Array.from({ length: 80 }, (_, n) => [`车间${n}`, `${n} 吨`])
  const [first, second] = await chunk(sheetDocument('表', [['部门', '用量'], ...rows]), options)
  const merged = mergePassages(first!, second!)
  t.equal(merged.text.match(/部门/g)!.length, 1)
  t.equal(
    merged.text.split('\n').length,
    1 + first!.text.split('\n').length - 1 + second!.text.split('\n').length - 1,
  )
  t.match(merged.locator, { kind: 'sheet', name: '表' })

  const endless = `${Array.from({ length: 80 }, (_, n) => `第${n}类用能设备的能效应当达标`).join('，')}。`
  const cut = await chunk(textDocument([{ text: endless }]), options)
  t.equal(cut.reduce(mergePassages).text, endless.normalize('NFKC'))
})

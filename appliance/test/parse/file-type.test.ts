import t from 'tap'
import { fileTypeOf } from '../../src/parse/file-type.ts'
import { makeDocx, makePptx, makeZip, paragraph } from './make-office.ts'
import { makePdf } from './make-pdf.ts'
import { bytesOf } from './reading.ts'

t.test('content decides over the ending', async (t) => {
  t.equal(fileTypeOf('a.txt', makePdf([{ texts: [] }])), 'pdf')
  t.equal(fileTypeOf('a.pdf', await makeDocx(paragraph('x'))), 'docx')
  t.equal(fileTypeOf('a.doc', await makeDocx(paragraph('x'))), 'docx')
  t.equal(fileTypeOf('a', await makePptx([''])), 'pptx')
  t.equal(fileTypeOf('a.docx', await makeZip({ '[Content_Types].xml': '', 'xl/workbook.xml': '' })), 'xlsx')
  t.equal(fileTypeOf('报表.xls', bytesOf('\ufeff <html><table>')), 'html')
  t.equal(fileTypeOf('a.txt', bytesOf('<!DOCTYPE html><p>')), 'html')
})

t.test('text is told by its ending, and without one is text', (t) => {
  for (const [name, type] of [
    ['a.md', 'md'],
    ['A.CSV', 'csv'],
    ['a.tsv', 'csv'],
    ['a.htm', 'html'],
    ['a.log', 'txt'],
    ['README', 'txt'],
  ]) {
    t.equal(fileTypeOf(name!, bytesOf('能源 energy')), type)
  }
  t.equal(fileTypeOf('a.txt', Buffer.from('\ufeff能源', 'utf16le')), 'txt')
  const long = bytesOf('能源管理办法，用电量下降。\n'.repeat(3000))
  for (const cut of [65_534, 65_535, 65_536]) t.equal(fileTypeOf('a.txt', long.subarray(0, cut)), 'txt')
  t.end()
})

t.test('what nobody knows has no type', async (t) => {
  t.equal(fileTypeOf('a.json', bytesOf('{}')), null)
  t.equal(fileTypeOf('a.bin', new Uint8Array([0, 1, 2, 3, 0, 0, 7, 8])), null)
  t.equal(fileTypeOf('a.txt', new Uint8Array(1000).fill(1)), null)
  const binary = Uint8Array.from({ length: 9000 }, (_, i) =>
    i % 90 < 2 ? (i % 2 ? 0 : 32) : (i * 167 + (i >> 3)) % 256,
  )
  t.equal(fileTypeOf('no ending', binary), null, 'spaces beside zeros make no UTF-16 of it')
  t.equal(fileTypeOf('a.zip', await makeZip({ 'photo.jpg': 'x' })), null)
})

t.test(
  'what is known and not read yet is refused by its name, an empty or mislabelled file clearly',
  async (t) => {
    const ole = Buffer.concat([
      Buffer.from('d0cf11e0a1b11ae1', 'hex'),
      Buffer.alloc(600),
      Buffer.from('WordDocument', 'utf16le'),
    ])
    t.throws(() => fileTypeOf('a.doc', ole), { code: 'file-type-later', detail: /doc/ })
    t.throws(() => fileTypeOf('no ending', ole), { code: 'file-type-later', detail: /Word/ })
    t.throws(() => fileTypeOf('a.eml', bytesOf('From: x')), { code: 'file-type-later' })
    t.throws(() => fileTypeOf('a', bytesOf('{\\rtf1')), { code: 'file-type-later', detail: 'RTF' })
    t.throws(() => fileTypeOf('a.docx', Buffer.from('89504e470d0a1a0a0000000d', 'hex')), {
      code: 'file-type-later',
      detail: 'PNG',
    })
    const odt = await makeZip({ mimetype: 'application/vnd.oasis.opendocument.text' }, false)
    t.throws(() => fileTypeOf('a.docx', odt), { code: 'file-type-later', detail: 'OpenDocument' })
    t.throws(() => fileTypeOf('a.txt', new Uint8Array()), { code: 'file-empty' })
    t.throws(() => fileTypeOf('a.pdf', bytesOf('this is no PDF')), { code: 'file-broken' })
    t.equal(fileTypeOf('a.docx', ole), 'docx', 'an Office file behind a password is its parser’s to refuse')
  },
)

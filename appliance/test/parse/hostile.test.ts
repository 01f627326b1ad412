/** Files made to harm: each must end in blocks or in a code of the catalogue, quickly, within its limits. */
import t from 'tap'
import { openArchive } from '../../src/parse/archive.ts'
import { csv } from '../../src/parse/csv.ts'
import { docx } from '../../src/parse/docx/docx.ts'
import { pdf } from '../../src/parse/pdf/pdf.ts'
import { pptx } from '../../src/parse/pptx/pptx.ts'
import { xlsx } from '../../src/parse/xlsx.ts'
import { makeDocx, makeZip, paragraph } from './make-office.ts'
import { assemblePdf, makePdf } from './make-pdf.ts'
import { bytesOf, parseWith } from './reading.ts'

const spaces = ' '.repeat(100_000)

t.test('an archive that inflates beyond the limit is a bomb, in one part or in many', async (t) => {
  const one = await makeDocx(paragraph(spaces.repeat(20)))
  t.ok(one.length < 100_000)
  await t.rejects(parseWith(docx, one, { maxInflated: 1_000_000 }), { code: 'file-bomb' })
  const many = await makeZip(
    Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`xl/worksheets/sheet${i}.xml`, spaces])),
  )
  await t.rejects(parseWith(xlsx, many, { maxInflated: 1_000_000 }), { code: 'file-bomb' })
  const entries = await makeZip(Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`p${i}`, ''])))
  await t.rejects(parseWith(pptx, entries, { maxEntries: 100 }), { code: 'file-bomb' })
})

t.test('sizes that an archive states are not believed', async (t) => {
  const bytes = Buffer.from(await makeZip({ 'a.xml': spaces }))
  const directory = bytes.indexOf(Buffer.from('504b0102', 'hex'))
  bytes.writeUInt32LE(5, directory + 24)
  bytes.writeUInt32LE(5, 22)
  const archive = openArchive(bytes, 'Word', { maxEntries: 10, maxInflated: 1000 })
  t.throws(() => archive.read('a.xml'), { code: 'file-bomb' })
})

t.test('entries that overlap or point outside are damage', async (t) => {
  const bytes = Buffer.from(await makeZip({ 'word/document.xml': 'x' }))
  const directory = bytes.indexOf(Buffer.from('504b0102', 'hex'))
  bytes.writeUInt32LE(0x7fffffff, directory + 42)
  await t.rejects(parseWith(docx, bytes), { code: 'file-broken' })
  bytes.writeUInt16LE(900, bytes.length - 22 + 10)
  await t.rejects(parseWith(docx, bytes), { code: 'file-broken' })
})

t.test('every truncation of a document ends in a code', async (t) => {
  const whole = await makeDocx(paragraph('能源管理'))
  for (let length = 0; length < whole.length; length += 97) {
    await t.rejects(parseWith(docx, whole.slice(0, length)), { code: 'file-broken' }, `${length} bytes`)
  }
})

t.test('an encrypted Office file says so, an old one that it cannot be read yet', async (t) => {
  const ole = (stream: string) =>
    Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(600), Buffer.from(stream, 'utf16le')])
  for (const parser of [docx, pptx, xlsx]) {
    await t.rejects(parseWith(parser, ole('EncryptedPackage')), { code: 'file-encrypted' })
    await t.rejects(parseWith(parser, ole('WordDocument')), { code: 'file-type-later' })
  }
})

t.test('XML: entities that multiply and trees without end are refused', async (t) => {
  const laughs = `<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><document><body>&b;</body></document>`
  await t.rejects(parseWith(docx, await makeZip({ 'word/document.xml': laughs })), {
    code: 'file-broken',
    cause: /document type/,
  })
  const deep = `<document><body>${'<p>'.repeat(100_000)}`
  await t.rejects(parseWith(docx, await makeZip({ 'word/document.xml': deep })), {
    code: 'file-broken',
    cause: /too deep/,
  })
})

t.test(
  'PDF: a page tree in a circle, a page count out of this world, no objects at all',
  { timeout: 30_000 },
  async (t) => {
    const circle = assemblePdf(
      ['<< /Type /Catalog /Pages 2 0 R >>', '<< /Type /Pages /Count 3 /Kids [2 0 R 2 0 R] /Parent 2 0 R >>'],
      '/Root 1 0 R',
    )
    await t.rejects(parseWith(pdf, circle), { code: /^file-/ })
    const many = assemblePdf(
      ['<< /Type /Catalog /Pages 2 0 R >>', '<< /Type /Pages /Count 2000000000 /Kids [] >>'],
      '/Root 1 0 R',
    )
    await t.rejects(parseWith(pdf, many), { code: /^file-/ })
    await t.rejects(parseWith(pdf, bytesOf('%PDF-1.7\nnothing')), { code: 'file-broken' })
    const pages = makePdf([1, 2, 3].map((page) => ({ texts: [{ text: `第${page}页`, x: 90, y: 700 }] })))
    await t.rejects(parseWith(pdf, pages, { maxPages: 2 }), { code: 'file-too-many-pages', detail: '2' })
    await t.rejects(parseWith(pdf, pages, { maxText: 5 }), { code: 'file-too-large' })
  },
)

t.test('PDF: damaged at any place, it ends in blocks or in a code', { timeout: 60_000 }, async (t) => {
  const whole = makePdf([{ texts: [{ text: '能源管理办法', x: 90, y: 700, size: 20 }] }])
  for (let at = 0; at < whole.length; at += 97) {
    const damaged = Uint8Array.from(whole)
    damaged.fill(0x28, at, at + 9)
    const outcome = await parseWith(pdf, damaged).catch((error) => error)
    t.ok('units' in outcome || /^file-/.test(outcome.code), `damage at ${at}`)
  }
})

t.test('a table of ten million empty cells costs nothing', async (t) => {
  const document = await parseWith(csv, bytesOf(`名称,值\n${',\n'.repeat(100_000)}末行,1\n`))
  t.ok(document.blocks.length > 0)
})

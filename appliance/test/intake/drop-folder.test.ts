import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openBox, owner } from './box.ts'

t.test(
  'files of the drop folder become searchable, wherever they lie and whatever they are called',
  async (t) => {
    const { drop, ...box } = await openBox(t)
    const long = `${'长'.repeat(80)}.txt`
    mkdirSync(join(drop, '能源/2025'), { recursive: true })
    writeFileSync(join(drop, '能源/2025/报告.txt'), '单位产品能耗限额')
    writeFileSync(join(drop, long), 'long name')
    writeFileSync(join(drop, 'two\nlines "quoted" %_.md'), '# 标题\n\n正文')
    writeFileSync(
      Buffer.concat([Buffer.from(`${drop}/`), Buffer.from([0xb1, 0xa8, 0xb8, 0xe6]), Buffer.from('.txt')]),
      'GBK name',
    )
    await box.until(() => Object.values(box.rows()).filter((row) => row.state === 'ready').length === 4)
    t.same(box.texts('能源/2025/报告.txt'), ['单位产品能耗限额'])
    t.same(box.texts(long), ['long name'])
    t.equal(box.rows()['two\nlines "quoted" %_.md']?.title, '标题')
    t.equal(
      Object.values(box.rows()).some((row) => row.path.includes('\ufffd')),
      true,
    )
    await box.settled()
    t.equal(box.store.sources.list(owner).total, 4, 'looking again finds nothing new')
    t.equal(box.intake.now().done, 4)
  },
)

t.test('what editors, browsers and file servers leave behind is not read', async (t) => {
  const { drop, ...box } = await openBox(t)
  const names = [
    '~$报告.docx',
    '.hidden.txt',
    'a.tmp',
    'b.pdf.part',
    'c.crdownload',
    'Thumbs.db',
    '.DS_Store',
    'd.txt~',
  ]
  for (const name of names) writeFileSync(join(drop, name), 'x')
  mkdirSync(join(drop, '.git'))
  writeFileSync(join(drop, '.git/config.txt'), 'x')
  writeFileSync(join(drop, 'real.txt'), 'real')
  execFileSync('mkfifo', [join(drop, 'pipe.txt')])
  await box.settled()
  t.same(Object.keys(box.rows()), ['real.txt'])
})

t.test('links out of the folder are not followed, links in circles end', async (t) => {
  const { drop, data, ...box } = await openBox(t)
  writeFileSync(join(data, 'secret.txt'), 'secret')
  mkdirSync(join(data, 'secrets'))
  writeFileSync(join(data, 'secrets/s.txt'), 'secret')
  mkdirSync(join(drop, 'sub'))
  writeFileSync(join(drop, 'sub/inside.txt'), 'inside')
  symlinkSync(join(data, 'secret.txt'), join(drop, 'out.txt'))
  symlinkSync('../secret.txt', join(drop, 'out2.txt'))
  symlinkSync(join(data, 'secrets'), join(drop, 'outfolder'))
  symlinkSync('..', join(drop, 'sub/circle'))
  symlinkSync('nowhere.txt', join(drop, 'broken.txt'))
  symlinkSync('self.txt', join(drop, 'self.txt'))
  symlinkSync('sub/inside.txt', join(drop, 'link.txt'))
  await box.until(() => Object.keys(box.rows()).length === 2)
  await box.settled()
  t.same(Object.keys(box.rows()).sort(), ['link.txt', 'sub/inside.txt'])
  t.equal(box.rows()['link.txt']?.sha256, box.rows()['sub/inside.txt']?.sha256)
})

t.test('an edited file is replaced in place; until then the old text stays searchable', async (t) => {
  let embedMs = 0
  const { drop, ...box } = await openBox(t, {
    steps: {
      embed: async (texts) => {
        await new Promise((resolve) => setTimeout(resolve, embedMs))
        return texts.map(() => Float32Array.of(1))
      },
    },
  })
  const file = join(drop, 'a.txt')
  writeFileSync(file, 'first')
  await box.until(() => box.rows()['a.txt']?.state === 'ready')
  const { id } = box.rows()['a.txt']!
  embedMs = 300
  writeFileSync(file, 'second')
  await box.until(() => box.rows()['a.txt']?.state === 'reading')
  t.same(box.texts('a.txt'), ['first'])
  await box.until(() => box.rows()['a.txt']?.state === 'ready')
  t.same(box.texts('a.txt'), ['second'])
  t.equal(box.rows()['a.txt']?.id, id)
  t.same(
    box.store.outbox.pending(10).map((row) => row.type),
    ['source-added', 'source-removed', 'source-added'],
  )
  await new Promise((resolve) => setTimeout(resolve, 1200))
  t.equal(box.store.waste.contents().size, 1, 'the old bytes are gone')
})

t.test('touching a file, or writing the same bytes again, reads nothing anew', async (t) => {
  let parsed = 0
  const plain = (await import('./plain-steps.ts')).plainSteps()
  const { drop, ...box } = await openBox(t, {
    steps: {
      parse: (...given) => {
        parsed += 1
        return plain.parse(...given)
      },
    },
  })
  const file = join(drop, 'a.txt')
  writeFileSync(file, 'text')
  await box.until(() => box.rows()['a.txt']?.state === 'ready')
  utimesSync(file, 1_700_000_000, 1_700_000_000)
  await box.until(() => box.rows()['a.txt']?.modifiedAt.startsWith('2023') === true)
  writeFileSync(file, 'text')
  await box.settled()
  t.equal(parsed, 1)
  t.equal(box.rows()['a.txt']?.state, 'ready')
  t.equal(box.store.outbox.counts().pending, 1)
})

t.test('a file that is still being written is taken once it rests', async (t) => {
  const { drop, ...box } = await openBox(t, { settings: { quietMs: 400 } })
  const file = join(drop, 'a.txt')
  const seen = new Set<string>()
  for (let piece = 0; piece < 10; piece += 1) {
    appendFileSync(file, `piece ${piece}\n\n`)
    await new Promise((resolve) => setTimeout(resolve, 80))
    for (const row of Object.values(box.rows())) seen.add(row.state)
  }
  t.equal(seen.size, 0)
  await box.until(() => box.rows()['a.txt']?.state === 'ready')
  t.match(box.texts('a.txt').join(), /piece 9/)
})

t.test('a renamed or moved file keeps its id and, where its title stands in it, its passages', async (t) => {
  let embedded = 0
  const plain = (await import('./plain-steps.ts')).plainSteps()
  const { drop, ...box } = await openBox(t, {
    steps: {
      embed: (...given) => {
        embedded += 1
        return plain.embed(...given)
      },
    },
  })
  writeFileSync(join(drop, 'a.md'), '# 节能管理办法\n\n正文')
  writeFileSync(join(drop, 'other.txt'), 'other text')
  await box.until(() => Object.values(box.rows()).filter((row) => row.state === 'ready').length === 2)
  const { id } = box.rows()['a.md']!
  const before = embedded
  mkdirSync(join(drop, '制度'))
  renameSync(join(drop, 'a.md'), join(drop, '制度/b.md'))
  await box.until(() => box.rows()['制度/b.md']?.id === id)
  await box.settled()
  t.same(Object.keys(box.rows()).sort(), ['other.txt', '制度/b.md'])
  t.equal(embedded, before, 'nothing was embedded anew')
  renameSync(join(drop, 'other.txt'), join(drop, 'another.txt'))
  await box.until(() => box.rows()['another.txt']?.title === 'another')
})

t.test('deleting a file takes it out of the search at once', async (t) => {
  const { drop, ...box } = await openBox(t)
  writeFileSync(join(drop, 'a.txt'), 'same bytes')
  writeFileSync(join(drop, 'b.txt'), 'same bytes')
  writeFileSync(join(drop, 'c.txt'), 'other bytes')
  await box.until(() => Object.values(box.rows()).filter((row) => row.state === 'ready').length === 3)
  t.equal(box.store.waste.contents().size, 2)
  rmSync(join(drop, 'a.txt'))
  await box.until(() => box.rows()['a.txt'] === undefined)
  t.same(box.texts('b.txt'), ['same bytes'])
  rmSync(join(drop, 'b.txt'))
  await box.until(() => box.rows()['b.txt'] === undefined)
  await box.until(() => box.store.waste.contents().size === 1)
})

t.test(
  'an unreadable file says so and is read when it can be',
  { skip: process.getuid?.() === 0 && 'root reads everything' },
  async (t) => {
    const { drop, ...box } = await openBox(t)
    writeFileSync(join(drop, 'a.txt'), 'text')
    chmodSync(join(drop, 'a.txt'), 0)
    await box.until(() => box.rows()['a.txt']?.state === 'failed')
    t.equal(box.rows()['a.txt']?.reason?.code, 'file-unreadable')
    chmodSync(join(drop, 'a.txt'), 0o644)
    await box.until(() => box.rows()['a.txt']?.state === 'ready')
  },
)

t.test('too large, of no known type, broken: each fails with its reason, the others are read', async (t) => {
  const { drop, ...box } = await openBox(t, { settings: { maxFileBytes: 1000 } })
  writeFileSync(join(drop, 'large.txt'), 'x'.repeat(1001))
  writeFileSync(join(drop, 'picture.xyz'), 'x')
  writeFileSync(join(drop, 'empty.txt'), '')
  writeFileSync(join(drop, 'fault.txt'), 'PARSER-FAULT')
  writeFileSync(join(drop, 'good.txt'), 'good')
  await box.until(() => Object.values(box.rows()).filter((row) => row.state === 'failed').length === 3)
  await box.until(() => box.rows()['good.txt']?.state === 'ready')
  t.equal(box.rows()['large.txt']?.reason?.code, 'file-too-large')
  t.equal(box.rows()['picture.xyz']?.reason?.code, 'file-type-unknown')
  t.equal(box.rows()['empty.txt']?.reason?.code, 'file-empty')
  t.match(box.rows()['fault.txt']?.state, /queued|reading/, 'a fault of ours is tried again')
  await box.until(() => box.log.join().includes('a fault nobody foresaw'))
  const progress = box.intake.now()
  t.equal(progress.failed, 3)
  t.equal(progress.failures.length, 3)
  t.equal(box.store.waste.contents().has(box.rows()['large.txt']?.sha256 ?? ''), false)
})

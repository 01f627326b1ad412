import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { uploadPath } from '../../src/intake/names.ts'
import { openBox, owner } from './box.ts'
import { plainSteps } from './plain-steps.ts'

async function* bytes(...pieces: string[]) {
  for (const piece of pieces) yield Buffer.from(piece)
}

t.test(
  'an upload is durable when it is acknowledged, then read; again it is a no-op; other bytes replace it',
  async (t) => {
    const { intake, ...box } = await openBox(t)
    const { id, state } = await intake.upload(bytes('one ', 'text'), 'a.txt')
    t.equal(state, 'queued')
    t.equal(box.store.sources.get(owner, id)?.sha256.length, 64)
    await box.until(() => box.rows()['a.txt']?.state === 'ready')
    t.same(await intake.upload(bytes('one text'), 'a.txt'), { id, name: 'a.txt', state: 'ready' })
    t.equal((await intake.upload(bytes('another text'), 'a.txt')).id, id)
    await box.until(() => box.texts('a.txt')[0] === 'another text')
    await intake.remove(owner, id)
    t.same(box.rows(), {})
    await t.rejects(intake.remove(owner, id), { code: 'not-found' })
    await t.rejects(intake.retry(owner, id), { code: 'not-found' })
  },
)

t.test('a broken upload keeps its bytes, says why, and can be tried again', async (t) => {
  let broken = true
  const { intake, ...box } = await openBox(t, {
    steps: {
      parse: async (...given) => (broken ? Promise.reject(await fault()) : plainSteps().parse(...given)),
    },
  })
  const { id } = await intake.upload(bytes('text'), 'dir/a.txt')
  await box.until(() => box.rows()['dir/a.txt']?.state === 'failed')
  t.match(box.rows()['dir/a.txt'], { name: 'a.txt', reason: { code: 'file-broken' } })
  t.ok(box.store.originals.get(owner, id))
  await intake.upload(bytes('text'), 'dir/a.txt')
  await box.until(() => intake.now().failed === 1 && box.rows()['dir/a.txt']?.state === 'failed')
  broken = false
  await intake.retry(owner, id)
  await box.until(() => box.rows()['dir/a.txt']?.state === 'ready')
})

t.test('an upload of a type that is not known fails as a file does', async (t) => {
  const { intake, ...box } = await openBox(t)
  await intake.upload(bytes('x'), 'a.xyz')
  await box.until(() => box.rows()['a.xyz']?.state === 'failed')
  t.match(box.rows()['a.xyz'], { type: 'unknown', size: 1, reason: { code: 'file-type-unknown' } })
})

t.test('an upload that breaks off or is too large leaves nothing behind', async (t) => {
  const { intake, ...box } = await openBox(t, { settings: { maxFileBytes: 10 } })
  await t.rejects(intake.upload(bytes('12345678', '9012'), 'a.txt'), { code: 'too-large' })
  const cut = async function* () {
    yield Buffer.from('12')
    throw new Error('the line went dead')
  }
  await t.rejects(intake.upload(cut(), 'a.txt'), { message: 'the line went dead' })
  t.same(box.rows(), {})
  t.equal(box.store.waste.contents().size, 0)
})

t.test('the same bytes uploaded and dropped under several names at once are embedded once', async (t) => {
  const embedded: string[] = []
  const plain = plainSteps({ embedMs: 20 })
  const { intake, drop, ...box } = await openBox(t, {
    steps: {
      embed: (texts, options) => {
        embedded.push(...texts)
        return plain.embed(texts, options)
      },
    },
  })
  const text = '# 碳排放核算\n\n正文'
  writeFileSync(join(drop, 'd.md'), text)
  await Promise.all(['a.md', 'b.md', 'c.md'].map((name) => intake.upload(bytes(text), name)))
  await box.until(() => Object.values(box.rows()).filter((row) => row.state === 'ready').length === 4)
  t.equal(embedded.length, 1)
  t.equal(new Set(Object.values(box.rows()).map((row) => row.sha256)).size, 1)
})

t.test('the name of an upload never leads anywhere', (t) => {
  t.equal(uploadPath('C:\\fakepath\\报告.pdf'), 'fakepath/报告.pdf')
  t.equal(uploadPath('../../etc/./passwd.txt'), 'etc/passwd.txt')
  t.equal(uploadPath('/a//b\0.txt'), 'a/b.txt')
  t.equal(uploadPath('e\u0301.txt'), '\u00e9.txt')
  for (const name of ['', ' ', '..', '/', 'x'.repeat(2000)])
    t.throws(() => uploadPath(name), { code: 'upload-name' }, JSON.stringify(name.slice(0, 5)))
  t.end()
})

async function fault() {
  const { TanboxError } = await import('../../src/errors.ts')
  return new TanboxError('file-broken', 'txt')
}

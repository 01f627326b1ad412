import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { fileDisk } from '../../src/disk/file-disk.ts'
import { appendSome, entry, publishedUpTo, TestBox } from './box.ts'

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

t.test('a log that is held refuses appends with the reason, signs nothing, and is read', async (t) => {
  const box = new TestBox(t)
  await box.with(async (log) => {
    await appendSome(log, 3)
    await publishedUpTo(log, 3)
    const standings: string[] = []
    log.onStanding(({ state }) => void standings.push(state))
    await log.hold('peers are asked')
    await t.rejects(log.append(entry()), { name: 'LogHeld', because: 'peers are asked' })
    t.throws(() => log.append({ type: 'No', commitment: '' }), TypeError)
    t.equal((await log.read(0, 10)).length, 3)
    t.same(log.standing, { state: 'held', because: 'peers are asked' })
    t.same(standings, ['held'])
  })
  await box.with(async (log) => {
    t.same(log.standing, { state: 'held', because: 'peers are asked' }, 'also after a restart')
    await log.release()
    t.equal((await appendSome(log, 1))[0], 3)
    await publishedUpTo(log, 4)
  })
  await box.with(async (log) => t.same(log.standing, { state: 'open' }))
})

t.test('holding answers everybody who waits: what was begun is done, the rest is refused', async (t) => {
  const box = new TestBox(t)
  await box.with(async (log) => {
    const answers = Promise.allSettled(Array.from({ length: 5000 }, () => log.append(entry())))
    await log.hold('stop')
    const { size } = log.head
    const done = (await answers).filter(({ status }) => status === 'fulfilled').length
    t.equal(done, size)
    t.ok(size < 5000)
    await wait(20)
    t.equal(log.head.size, size)
  })
})

t.test('a checkpoint that is being written when the log is held is never seen', async (t) => {
  const box = new TestBox(t)
  let letGo = () => {}
  let isWriting = () => {}
  const writing = new Promise<void>((resolve) => {
    isWriting = resolve
  })
  const disk = {
    ...fileDisk,
    rename: async (from: string, to: string) => {
      if (to.endsWith('/widths')) {
        isWriting()
        await new Promise<void>((resolve) => {
          letGo = resolve
        })
      }
      await fileDisk.rename(from, to)
    },
  }
  await using logs = await box.open({ disk })
  const log = logs.current
  let seen = 0
  log.onPublished(() => {
    seen += 1
  })
  await appendSome(log, 1)
  await writing
  const holding = log.hold('stop')
  letGo()
  await holding
  t.equal(seen, 0)
  t.equal(log.published, null)
  t.equal(await fileDisk.read(join(box.data, 'checkpoint'), 10_000), null)
})

t.test('what a restore lost is adopted from those who hold it, as it was', async (t) => {
  const box = new TestBox(t)
  await box.with((log) => appendSome(log, 300))
  box.backUp()
  const { lost, head, root } = await box.with(async (log) => {
    await appendSome(log, 500)
    await publishedUpTo(log, 800)
    return { lost: await log.read(300, 500), head: log.head, root: log.published!.root }
  })
  box.restore()
  await box.with(async (log, logs) => {
    t.match(logs.restored, /a checkpoint of 800 entries was signed, and the log holds 300/)
    t.same(log.marker, { origin: log.origin, size: 800, root: root.toString('hex') })
    await t.rejects(log.release(), { name: 'LogHeld', message: /checkpoint of 800 entries/ })
    await log.adopt(lost.slice(0, 200))
    await t.rejects(log.adopt(lost.slice(201)), { name: 'ChainError', seq: 500 })
    await t.rejects(log.adopt([lost[200]!, lost[201]!, lost[201]!]), { name: 'ChainError', seq: 502 })
    t.equal(log.head.size, 500, 'none of those')
    await t.rejects(log.release(), { name: 'LogHeld' })
    await log.adopt(lost.slice(200))
    t.same(log.head, head)
    const { commitment } = JSON.parse(lost[450]!.toString()) as { commitment: string }
    t.equal(await log.find(commitment), 750)
    await log.release()
    t.equal((await appendSome(log, 1))[0], 800)
    await publishedUpTo(log, 801)
    await t.rejects(log.adopt([]), /only by a log that is held/)
  })
  await box.with(async (log, logs) => {
    t.equal(logs.restored, null)
    t.equal(log.head.size, 801)
    t.equal(box.notices.filter((text) => /signed or appended/.test(text)).length, 1)
  })
})

t.test('a log that is closed stays closed', async (t) => {
  const box = new TestBox(t)
  await box.with(async (log) => {
    await appendSome(log, 3)
    await log.conclude('it has forked')
    await log.hold('later')
    await log.conclude('again')
    t.same(log.standing, { state: 'closed', because: 'it has forked' })
    await t.rejects(log.release(), { name: 'LogHeld' })
    await t.rejects(log.append(entry()), /it has forked/)
  })
  await box.with(async (log) => {
    t.same(log.standing, { state: 'closed', because: 'it has forked' })
    t.equal((await log.read(0, 9)).length, 3)
  })
})

t.test('being held while it is being released wins', async (t) => {
  const box = new TestBox(t)
  await box.with(async (log) => {
    await appendSome(log, 3)
    await log.hold('one')
    const releasing = t.rejects(log.release(), { name: 'LogHeld', because: 'two' })
    await log.hold('two')
    await releasing
    t.same(log.standing, { state: 'held', because: 'two' })
  })
  await box.with(async (log) => t.same(log.standing, { state: 'held', because: 'two' }))
})

t.test('a standing that cannot be read stops the start', async (t) => {
  const box = new TestBox(t)
  await box.with((log) => log.hold('x'))
  const path = join(box.data, 'standing.json')
  for (const text of ['', '{', '{"state":"open"}', '{"because":7,"state":"held"}']) {
    writeFileSync(path, text)
    await t.rejects(box.open(), /standing.json is damaged/, text)
  }
  t.equal(readFileSync(path, 'utf8'), '{"because":7,"state":"held"}')
})

import { randomBytes } from 'node:crypto'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { fileDisk } from '../../src/disk/file-disk.ts'
import { openPublished, textOf } from '../../src/log/published.ts'
import { cosign, cosignaturesOf } from '../../src/note/cosignature.ts'
import { cosignerKeyType, makeSignerKey, verifierOf } from '../../src/note/key.ts'
import { parseNote } from '../../src/note/note.ts'
import { originHash } from '../../src/peers/origin-hash.ts'
import { Frontier } from '../../src/tree/frontier.ts'
import { hashLeaf } from '../../src/tree/hash.ts'
import { appendSome, HandClock, publishedUpTo, TestBox } from './box.ts'

const witness = (name: string) => makeSignerKey(`witness.test/${name}`, cosignerKeyType, randomBytes(32))
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

t.test(
  'a checkpoint covers what is durable, and is in the marker and in the folder before it is seen',
  async (t) => {
    const box = new TestBox(t)
    await using logs = await box.open()
    const log = logs.current
    t.equal(log.published, null, 'an empty log has none')
    const seen: number[] = []
    const problems: string[] = []
    log.onPublished(({ note, size, root }) => {
      seen.push(size)
      if (size > log.head.size) problems.push('more than is durable')
      if (readFileSync(join(box.data, 'checkpoint'), 'utf8') !== note) problems.push('not in the folder')
      const marker = readFileSync(join(box.local, `marker-${originHash(log.origin)}`), 'utf8')
      const wanted = `{"origin":"${log.origin}","root":"${root.toString('hex')}","size":${size}}\n`
      if (marker !== wanted) problems.push('not in the marker')
    })
    for (let round = 0; round < 5; round += 1) await appendSome(log, 50)
    await publishedUpTo(log, 250)
    t.same(problems, [])
    t.same(
      [...seen].sort((a, b) => a - b),
      seen,
    )
    const frontier = new Frontier()
    for (const bytes of await log.read(0, 250)) frontier.append(hashLeaf(bytes))
    const opened = openPublished(log.published!.note, log.key)
    t.equal(opened.size, 250)
    t.ok(opened.root.equals(frontier.root()))
  },
)

t.test('checkpoints come no closer than the interval, and the last one covers all', async (t) => {
  const box = new TestBox(t)
  const clock = new HandClock()
  let begun = 0
  const disk = {
    ...fileDisk,
    open: (path: string) => {
      if (path.includes('/marker-')) begun += 1
      return fileDisk.open(path)
    },
  }
  await using logs = await box.open({ clock, disk, publishEveryMs: 250 })
  const log = logs.current
  const seen: [number, number][] = []
  log.onPublished(({ size }) => void seen.push([clock.time - Date.UTC(2026, 0, 1), size]))
  await appendSome(log, 1)
  await publishedUpTo(log, 1)
  await appendSome(log, 2)
  clock.pass(249)
  await wait(30)
  t.equal(begun, 1, 'however long the disk takes, not even begun before')
  t.equal(log.published?.size, 1)
  clock.pass(1)
  await publishedUpTo(log, 3)
  clock.pass(10_000)
  await wait(30)
  t.same(
    seen,
    [
      [0, 1],
      [250, 3],
    ],
    'and none when nothing was added',
  )
})

t.test('closing in good order publishes what was acknowledged', async (t) => {
  const box = new TestBox(t)
  const clock = new HandClock()
  await box.with((log) => appendSome(log, 3), { clock, publishEveryMs: 250 })
  await box.with(async (log) => t.equal(log.published?.size, 3))
})

t.test('what a crash left unpublished is published by the next start', async (t) => {
  const box = new TestBox(t)
  await box.with((log) => appendSome(log, 3))
  rmSync(join(box.data, 'checkpoint'))
  await box.with(async (log, logs) => {
    t.equal(logs.restored, null)
    await publishedUpTo(log, 3)
  })
})

t.test(
  'cosignatures are kept with the newest and with the final checkpoint, one of each witness',
  async (t) => {
    const box = new TestBox(t)
    const [one, two] = [witness('one'), witness('two')]
    const clock = new HandClock()
    await box.with(
      async (log) => {
        await appendSome(log, 3)
        await publishedUpTo(log, 3)
        const text = textOf(log.published!.note)
        await log.addCosignature(text, cosign(text, one, 1n))
        await log.addCosignature(text, cosign(text, two, 5n))
        await log.addCosignature(text, cosign(text, one, 7n))
        await log.setFinal(log.published!.note)
        await appendSome(log, 1)
        clock.pass(250)
        await publishedUpTo(log, 4)
        await log.addCosignature(text, cosign(text, two, 9n))
        await log.addCosignature('stale\n1\n', cosign(text, two, 9n))
        t.equal(log.published?.size, 4)
        t.equal(parseNote(log.published!.note).signatures.length, 1)
      },
      { clock, publishEveryMs: 250 },
    )
    await box.with(async (log) => {
      t.equal(log.published?.size, 4)
      t.equal(log.final?.size, 3)
      const note = parseNote(log.final!.note)
      t.same([...cosignaturesOf(note, [one, two].map(verifierOf)).values()], [7n, 9n])
      t.equal(note.signatures.length, 3)
    })
  },
)

t.test(
  'only what this log published can become final, and an older one does not replace a newer',
  async (t) => {
    const box = new TestBox(t)
    await box.with(async (log) => {
      await appendSome(log, 1)
      await publishedUpTo(log, 1)
      const old = log.published!.note
      await appendSome(log, 1)
      await publishedUpTo(log, 2)
      await log.setFinal(log.published!.note)
      await log.setFinal(old)
      t.equal(log.final?.size, 2)
      await t.rejects(log.setFinal(old.replace('\n1\n', '\n2\n')), { name: 'NoteError' })
    })
  },
)

t.test(
  'partial tiles are served for published sizes, also after a restart, until the full one is there',
  async (t) => {
    const box = new TestBox(t)
    const partial = (width: number) => ({ level: 0, index: 0, width })
    await box.with(async (log) => {
      for (const size of [3, 10]) {
        await appendSome(log, size - log.head.size)
        await publishedUpTo(log, size)
      }
    })
    await box.with(async (log) => {
      t.same(
        [1, 3, 4, 10, 256].filter((width) => log.hasTile(partial(width))),
        [3, 10],
      )
      t.equal((await log.tree.tile(partial(3)))!.length, 96)
      await appendSome(log, 290)
      await publishedUpTo(log, 300)
      t.same(
        [3, 10, 256].filter((width) => log.hasTile(partial(width))),
        [256],
      )
      t.ok(log.hasTile({ level: 'entries', index: 1, width: 44 }))
      t.ok(log.hasTile({ level: 1, index: 0, width: 1 }))
    })
  },
)

t.test(
  'a disk that is full delays checkpoints, is told of once, and they come when there is room',
  async (t) => {
    const box = new TestBox(t)
    let full = true
    const disk = {
      ...fileDisk,
      open: async (path: string) => {
        if (full && path.endsWith('checkpoint.new')) throw new Error('no space left on device')
        return fileDisk.open(path)
      },
    }
    await using logs = await box.open({ disk })
    await appendSome(logs.current, 3)
    while (box.notices.length === 0) await wait(10)
    await wait(50)
    t.equal(logs.current.published, null)
    t.match(box.notices, [/No checkpoint could be published: no space left/])
    t.equal(box.notices.length, 1)
    full = false
    await publishedUpTo(logs.current, 3)
  },
)

t.test('publishing does not wait for appends, nor appends for publishing', async (t) => {
  const box = new TestBox(t)
  let letGo = () => {}
  const { promise: publishing, resolve: isPublishing } = Promise.withResolvers<void>()
  const disk = {
    ...fileDisk,
    rename: async (from: string, to: string) => {
      if (to.endsWith('/checkpoint'))
        await new Promise<void>((resolve) => {
          letGo = resolve
          isPublishing()
        })
      await fileDisk.rename(from, to)
    },
  }
  await using logs = await box.open({ disk })
  const log = logs.current
  await appendSome(log, 1)
  // However long that takes on a busy machine.
  const ticking = setInterval(() => {}, 1000)
  await publishing
  clearInterval(ticking)
  t.equal(log.published, null)
  await appendSome(log, 100)
  t.equal(log.head.size, 101)
  t.equal(log.published, null)
  letGo()
  await publishedUpTo(log, 1)
  while ((log.published?.size ?? 0) < 101) {
    letGo()
    await wait(5)
  }
  const release = setInterval(() => letGo(), 5)
  await log.hold('the test ends')
  clearInterval(release)
})

t.test(
  'a checkpoint that the key did not sign, or that the entries do not make, stops the start',
  async (t) => {
    const box = new TestBox(t)
    await box.with((log) => appendSome(log, 3))
    const path = join(box.data, 'checkpoint')
    const sound = readFileSync(path, 'utf8')
    writeFileSync(path, sound.replace('\n3\n', '\n2\n'))
    await t.rejects(box.open(), /checkpoint is damaged/)
    const other = new TestBox(t)
    await other.with((log) => appendSome(log, 3))
    writeFileSync(path, sound)
    // Entries of another log under the name and key of this one.
    writeFileSync(join(box.data, 'entries'), readFileSync(join(other.data, 'entries')))
    writeFileSync(join(box.data, 'mark.json'), readFileSync(join(other.data, 'mark.json')))
    await t.rejects(box.open(), { name: 'LogDamaged', message: /not those of the published checkpoint/ })
  },
)

t.test('hashes that are missing or changed on the disk are made again from the entries', async (t) => {
  const box = new TestBox(t)
  const { root, tile } = await box.with(async (log) => {
    await appendSome(log, 700)
    await publishedUpTo(log, 700)
    return { root: log.published!.root, tile: await log.tree.tile({ level: 0, index: 1, width: 256 }) }
  })
  const path = join(box.data, 'hashes-0')
  const sound = readFileSync(path)
  const changed = Buffer.from(sound)
  changed[256 * 32 + 5]! ^= 1
  for (const bytes of [changed, sound.subarray(0, 777), Buffer.concat([sound, sound]), Buffer.alloc(0)]) {
    writeFileSync(path, bytes)
    rmSync(join(box.data, 'hashes-1'), { force: true })
    await box.with(async (log) => {
      t.ok((await log.tree.tile({ level: 0, index: 1, width: 256 }))!.equals(tile!))
      t.ok((await log.tree.rootAt(700)).equals(root))
    })
    t.ok(readFileSync(path).equals(sound))
  }
})

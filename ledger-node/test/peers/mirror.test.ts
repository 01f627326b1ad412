import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { Disk } from '../../src/disk/disk.ts'
import { fileDisk } from '../../src/disk/file-disk.ts'
import { type Mirror, openMirror, QuotaReached } from '../../src/peers/mirror.ts'
import type { RemoteLog } from '../../src/peers/remote-log.ts'
import { frame as framed } from '../../src/store/frames.ts'
import { foldFork } from '../../src/tree/fork-range.ts'
import { chainOf, folder, logKey, signedLog } from './signed-log.ts'

const long = chainOf(3000)

function open(path: string, quotaBytes = 1 << 30): Promise<Mirror> {
  return openMirror({ disk: fileDisk, folder: join(path, 'mirror'), key: logKey, quotaBytes })
}

async function opened(t: Test, path = folder(t), quotaBytes?: number): Promise<Mirror> {
  const mirror = await open(path, quotaBytes)
  t.teardown(() => mirror[Symbol.asyncDispose]())
  return mirror
}

t.test('a log is copied checkpoint by checkpoint, over large gaps and over single entries', async (t) => {
  const log = signedLog(long)
  const path = folder(t)
  const mirror = await open(path)
  for (const size of [0, 1, 2, 255, 256, 257, 700, 701, 2900, 2999, 3000]) {
    t.same(await mirror.show(log.note(size), log.source), { outcome: 'held' }, `${size}`)
    t.ok((await mirror.tree.rootAt(size)).equals(log.rootAt(size)))
  }
  await mirror[Symbol.asyncDispose]()
  const again = await opened(t, path)
  t.equal(again.verified?.size, 3000)
  t.same(await again.tree.read(2990, 20), long.slice(2990))
  t.same(await again.show(log.note(1234), log.source), { outcome: 'held' }, 'an older one is held too')
})

t.test('one new entry is fetched without any tile of hashes', async (t) => {
  const log = signedLog(long)
  const mirror = await opened(t)
  await mirror.show(log.note(2999), log.source)
  log.asked.length = 0
  await mirror.show(log.note(3000), log.source)
  t.same(log.asked, [{ level: 'entries', index: 11, width: 184 }])
})

t.test('a copy that was cut off goes on from what was durable', async (t) => {
  const log = signedLog(chainOf(40_000))
  const path = folder(t)
  const first = await open(path)
  let bundles = 0
  const breaking: RemoteLog = {
    ...log.source,
    tile: async (id) => {
      if (id.level === 'entries') bundles += 1
      if (bundles > 100) throw new Error('the line is cut')
      return log.source.tile(id)
    },
  }
  await t.rejects(first.show(log.note(40_000), breaking), /the line is cut/)
  t.equal(first.verified, null, 'what is not whole is not called verified')
  await first[Symbol.asyncDispose]()
  const again = await opened(t, path)
  t.ok(again.tree.size >= 16_384, `${again.tree.size} are kept`)
  log.asked.length = 0
  t.same(await again.show(log.note(40_000), log.source), { outcome: 'held' })
  const fetched = log.asked.filter(({ level }) => level === 'entries').length
  t.ok(fetched <= Math.ceil(40_000 / 256) - 64, `${fetched} bundles are fetched`)
})

for (const [what, fails] of [
  ['entries cannot be synced', (path: string) => path.endsWith('/entries')],
  ['the record cannot be written', (path: string) => path.endsWith('/state.json.new')],
] as const) {
  t.test(`a copy goes on after ${what}`, async (t) => {
    const log = signedLog(long)
    let failing = false
    const disk: Disk = {
      ...fileDisk,
      async open(path) {
        const file = await fileDisk.open(path)
        const sync = async () => {
          if (failing && fails(path)) throw new Error('the disk refuses')
          await file.sync()
        }
        return { ...file, sync }
      },
    }
    const path = folder(t)
    const settings = { disk, folder: join(path, 'mirror'), key: logKey, quotaBytes: 1 << 30 }
    const mirror = await openMirror(settings)
    await mirror.show(log.note(10), log.source)
    failing = true
    let looks = 0
    const reading = (async () => {
      for (; failing; looks += 1) {
        t.same(await mirror.tree.read(3, 5), long.slice(3, 8))
        t.ok((await mirror.tree.rootAt(9)).equals(log.rootAt(9)))
        t.ok(await mirror.tile({ level: 'entries', index: 0, width: 10 }), 'and given to others')
      }
    })()
    await t.rejects(mirror.show(log.note(12), log.source), /the disk refuses/)
    await t.rejects(mirror.show(log.note(900), log.source), /the disk refuses/)
    failing = false
    await reading
    t.ok(looks > 0, 'what is held is read all the while')
    t.same(await mirror.show(log.note(1000), log.source), { outcome: 'held' })
    await mirror[Symbol.asyncDispose]()
    const again = await opened(t, path)
    t.same(await again.show(log.note(1001), log.source), { outcome: 'held' })
  })
}

t.test('a changed bundle is noticed before it is stored', async (t) => {
  const log = signedLog(long)
  const lying: RemoteLog = {
    ...log.source,
    tile: async (id) => {
      const bytes = await log.source.tile(id)
      if (id.level === 'entries' && id.index === 5) bytes[bytes.indexOf('"commitment":"') + 20]! ^= 1
      return bytes
    },
  }
  const mirror = await opened(t)
  await t.rejects(mirror.show(log.note(3000), lying))
  t.ok(mirror.tree.size <= 5 * 256)
  t.same(await mirror.show(log.note(3000), log.source), { outcome: 'held' }, 'another source helps')
})

for (const [m, n] of [
  [512, 2000],
  [700, 1900],
  [1, 2],
] as const) {
  t.test(`of two branches at ${m} and ${n} the fork is proved, whichever is seen first`, async (t) => {
    const one = signedLog(long.slice(0, n))
    const other = signedLog(chainOf(m, { branch: 1, from: Math.floor(m / 2) }))
    const expected = { oldRoot: one.rootAt(m), newRoot: one.rootAt(n) }
    const larger = await opened(t)
    await larger.show(one.note(n), one.source)
    const smaller = await opened(t)
    await smaller.show(other.note(m), other.source)
    for (const shown of [
      await larger.show(other.note(m), other.source),
      await smaller.show(one.note(n), one.source),
    ]) {
      if (shown.outcome !== 'fork') return t.fail(shown.outcome)
      t.equal(shown.smaller, other.note(m))
      t.equal(shown.larger, one.note(n))
      t.same(foldFork({ m: BigInt(m), n: BigInt(n), hashes: shown.hashes }), expected)
    }
  })
}

t.test('another root at the same size is told with the note that is held', async (t) => {
  const one = signedLog(long.slice(0, 300))
  const other = signedLog(chainOf(300, { branch: 1, from: 299 }))
  const mirror = await opened(t)
  await mirror.show(one.note(300), one.source)
  t.same(await mirror.show(other.note(300), other.source), { outcome: 'same-size', other: one.note(300) })
})

t.test('a half-fetched branch is dropped for the one that continues what was verified', async (t) => {
  const base = long.slice(0, 600)
  const one = signedLog(long)
  const other = signedLog(chainOf(30_000, { branch: 1, from: 600 }))
  const mirror = await opened(t)
  await mirror.show(signedLog(base).note(600), one.source)
  let bundles = 0
  const breaking: RemoteLog = {
    ...other.source,
    tile: async (id) => {
      if (id.level === 'entries' && ++bundles > 80) throw new Error('the line is cut')
      return other.source.tile(id)
    },
  }
  await t.rejects(mirror.show(other.note(30_000), breaking), /cut/)
  t.ok(mirror.tree.size > 600)
  const bundle = (index: number, width: number) => mirror.tile({ level: 'entries', index, width })
  t.equal((await bundle(2, 88))?.length, framed(base.slice(512)).length)
  t.equal(await bundle(2, 89), null, 'nobody is given what may have to give way')
  t.equal(await bundle(3, 256), null)
  t.equal(await mirror.tile({ level: 1, index: 0, width: 3 }), null)
  t.same(await mirror.show(one.note(3000), one.source), { outcome: 'held' })
  t.ok(mirror.tree.frontier.root().equals(one.rootAt(3000)))
  t.same(await bundle(3, 256), framed(long.slice(768, 1024)))
})

t.test('a log takes no more bytes than it may', async (t) => {
  const log = signedLog(long)
  const mirror = await opened(t, folder(t), 200_000)
  await t.rejects(mirror.show(log.note(3000), log.source), QuotaReached)
  t.ok(mirror.tree.bytes <= 200_000)
})

t.test('what a copy may take is what its files have on the disk', async (t) => {
  const log = signedLog(long)
  const quota = 700_000
  const path = folder(t)
  const mirror = await opened(t, path, quota)
  let size = 0
  const more = async (): Promise<boolean> => {
    try {
      await mirror.show(log.note(size + 100), log.source)
      return true
    } catch (error) {
      if (error instanceof QuotaReached) return false
      throw error
    }
  }
  while (await more()) size += 100
  const held = readdirSync(join(path, 'mirror')).map((name) => statSync(join(path, 'mirror', name)).size)
  const bytes = held.reduce((sum, it) => sum + it, 0)
  t.ok(bytes <= quota, `${bytes}`)
  t.ok(bytes > quota - 100 * 400, 'and no less than it may')
})

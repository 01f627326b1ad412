import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { compare, type FolderMemory, type KnownSource } from '../../src/intake/comparison.ts'
import type { Listing } from '../../src/intake/listing.ts'
import { type Box, openBox, owner } from './box.ts'

async function twoFiles(box: Box): Promise<void> {
  mkdirSync(join(box.drop, 'sub'), { recursive: true })
  writeFileSync(join(box.drop, 'a.txt'), 'first file')
  writeFileSync(join(box.drop, 'sub/b.txt'), 'second file')
  await box.until(() => Object.values(box.rows()).filter((row) => row.state === 'ready').length === 2)
}

const states = (box: Box) => Object.values(box.rows()).map((row) => row.state)

t.test(
  'a drop folder that is gone deletes nothing, stays searchable, says so, and goes on when it is back',
  async (t) => {
    const box = await openBox(t)
    await twoFiles(box)
    renameSync(box.drop, `${box.drop}-unplugged`)
    await box.until(() => box.intake.now().paused?.code === 'folder-missing')
    t.same(states(box), ['offline', 'offline'])
    t.same(box.texts('a.txt'), ['first file'])
    t.equal(box.store.sources.counts(owner).offline, 2)
    renameSync(`${box.drop}-unplugged`, box.drop)
    await box.until(() => box.intake.now().paused === null)
    t.same(states(box), ['ready', 'ready'])
  },
)

t.test('a drop folder that is suddenly empty deletes nothing until a person confirms it', async (t) => {
  const box = await openBox(t)
  await twoFiles(box)
  for (const name of readdirSync(box.drop)) rmSync(join(box.drop, name), { recursive: true })
  await box.until(() => box.intake.now().paused?.code === 'folder-empty')
  await box.settled()
  t.same(states(box), ['offline', 'offline'])
  t.same(box.texts('sub/b.txt'), ['second file'])
  t.same(await box.intake.confirmEmptied(), { removed: 2 })
  t.equal(box.store.sources.list(owner).total, 0)
  await box.until(() => box.intake.now().paused === null)
  t.equal(box.store.outbox.counts().pending, 4)
})

t.test(
  'what comes back file by file into an emptied folder is simply back, and nothing else goes',
  async (t) => {
    const box = await openBox(t)
    await twoFiles(box)
    const aside = `${box.drop}-aside`
    mkdirSync(aside)
    const take = (name: string) => renameSync(join(box.drop, name), join(aside, name))
    const bring = (name: string) => renameSync(join(aside, name), join(box.drop, name))
    readdirSync(box.drop).forEach(take)
    await box.until(() => box.intake.now().paused?.code === 'folder-empty')
    bring('a.txt')
    writeFileSync(join(box.drop, 'c.txt'), 'third file')
    await box.until(() => box.rows()['c.txt']?.state === 'ready')
    t.equal(box.rows()['a.txt']?.state, 'ready')
    t.equal(box.rows()['sub/b.txt']?.state, 'offline')
    t.equal(box.intake.now().paused?.code, 'folder-empty', 'the rest is still waited for')
    bring('sub')
    await box.until(() => box.intake.now().paused === null)
    t.same(states(box), ['ready', 'ready', 'ready'])
    t.equal(box.store.outbox.counts().pending, 3, 'three files were added once, none was ever removed')
    rmSync(join(box.drop, 'a.txt'))
    await box.until(() => box.rows()['a.txt'] === undefined)
  },
)

t.test('an offline source may be removed by hand; one that lies in the folder may not', async (t) => {
  const box = await openBox(t)
  await twoFiles(box)
  const { id } = box.rows()['a.txt']!
  await t.rejects(box.intake.remove(owner, id), { code: 'folder-owns-file' })
  renameSync(box.drop, `${box.drop}-unplugged`)
  await box.until(() => box.rows()['a.txt']?.state === 'offline')
  await box.intake.remove(owner, id)
  t.same(Object.keys(box.rows()), ['sub/b.txt'])
  t.same(await box.intake.confirmEmptied(), { removed: 1 }, 'a missing folder can be confirmed as a whole')
})

t.test('another folder in its place takes nothing away from the one before', async (t) => {
  const box = await openBox(t)
  await twoFiles(box)
  renameSync(box.drop, `${box.drop}-unmounted`)
  mkdirSync(box.drop)
  writeFileSync(join(box.drop, 'c.txt'), 'third file')
  await box.until(() => box.intake.now().paused?.code === 'folder-changed')
  await box.until(() => box.rows()['c.txt']?.state === 'ready')
  t.equal(box.rows()['a.txt']?.state, 'offline')
  rmSync(box.drop, { recursive: true })
  renameSync(`${box.drop}-unmounted`, box.drop)
  await box.until(() => box.rows()['a.txt']?.state === 'ready')
  await box.until(() => box.rows()['c.txt'] === undefined)
  await box.until(() => box.intake.now().paused === null)
})

t.test('the same files in another folder are simply the same files', async (t) => {
  const box = await openBox(t)
  await twoFiles(box)
  renameSync(box.drop, `${box.drop}-old`)
  mkdirSync(box.drop)
  renameSync(`${box.drop}-old/a.txt`, join(box.drop, 'a.txt'))
  renameSync(`${box.drop}-old/sub`, join(box.drop, 'sub'))
  await box.until(() => box.intake.now().paused === null)
  await box.settled()
  rmSync(join(box.drop, 'a.txt'))
  await box.until(() => box.rows()['a.txt'] === undefined)
  t.same(Object.keys(box.rows()), ['sub/b.txt'], 'and deleting works there as before')
})

t.test('a box that starts while the folder is missing waits for it and makes no new one', async (t) => {
  const first = await openBox(t)
  await twoFiles(first)
  await first.close()
  renameSync(first.drop, `${first.drop}-unplugged`)
  const second = await openBox(t, { data: first.data })
  await second.until(() => second.intake.now().paused?.code === 'folder-missing')
  t.same(states(second), ['offline', 'offline'])
  t.equal(readdirSync(first.data).includes('drop'), false)
})

t.test('a subfolder that cannot be read, or whose mount is gone, holds back only what lies below it', (t) => {
  const known = ['a.txt', 'share/b.txt', 'share/deep/c.txt', 'shared.txt'].map(source)
  const memory: FolderMemory = { identity: '1:2', mounts: { share: '7' } }
  const empty: Listing = { ...listing, files: [file('other.txt')], mounts: {} }

  const unreadable = compare(known, { ...empty, unreadable: [{ key: 'share', code: 'EIO' }] }, memory, true)
  t.same(keys(unreadable.held), ['share/b.txt', 'share/deep/c.txt'])
  t.same(keys(unreadable.gone), ['a.txt', 'shared.txt'])
  t.same(unreadable.pause, { code: 'folder-unreadable', key: 'share' })

  const unmounted = compare(known, empty, memory, false)
  t.same(keys(unmounted.held), ['share/b.txt', 'share/deep/c.txt'])
  t.same(unmounted.pause, { code: 'folder-changed', key: 'share' })
  t.same(unmounted.memory.mounts, { share: '7' }, 'the mount is still waited for')
  t.same(compare(known, empty, unmounted.memory, false).held.length, 2, 'also at the next look')
  t.same(keys(compare(known, empty, memory, true).gone).length, 4, 'until someone confirms it')

  const mounted = compare(known, { ...empty, mounts: { share: '7' } }, memory, false)
  t.same(keys(mounted.gone).length, 4, 'what was deleted on the share is deleted')
  t.end()
})

t.test('a file that cannot be looked at is not taken as deleted', (t) => {
  const known = ['a.txt', 'b.txt'].map(source)
  const seen: Listing = { ...listing, files: [file('b.txt')], unreadable: [{ key: 'a.txt', code: 'EIO' }] }
  t.same(keys(compare(known, seen, { identity: '1:2', mounts: {} }, false).held), ['a.txt'])
  t.end()
})

const listing: Listing = { identity: '1:2', files: [], folders: [''], unreadable: [], mounts: {} }
const keys = (sources: readonly KnownSource[]) => sources.map(({ key }) => key)

function source(key: string): KnownSource {
  return { id: key, key, fingerprint: `${key.length}:1:1`, offline: false }
}

function file(key: string) {
  return { key, size: 1, modifiedMs: 0, stamp: '1:1', fingerprint: '1:1:1', age: 1e6 }
}

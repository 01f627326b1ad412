import { join } from 'node:path'
import type { Test } from 'tap'
import type { Disk, DiskFile } from '../../src/disk/disk.ts'
import { makeFolderDurably, removeDurably, replaceDurably } from '../../src/disk/durable.ts'

/**
 * What every disk driver does, as far as it can be seen without a power cut.
 * @param make a disk and an empty folder on it, for each test
 */
export function diskContract(
  t: Test,
  name: string,
  make: (t: Test) => Promise<{ disk: Disk; folder: string }>,
): void {
  const behaves = (what: string, run: (t: Test, disk: Disk, folder: string) => Promise<void>) =>
    t.test(`${name}: ${what}`, async (t) => {
      const { disk, folder } = await make(t)
      await run(t, disk, folder)
    })

  behaves('a file is made where there is none, and holds what was written', async (t, disk, folder) => {
    const path = join(folder, 'a')
    const file = await disk.open(path)
    t.equal(await file.size(), 0)
    await file.write(Buffer.from('hello'), 0)
    await file.write(Buffer.from('J'), 0)
    await file.write(Buffer.from(' you'), 5)
    t.equal(await file.size(), 9)
    t.equal(await contentOf(file), 'Jello you')
    await file.sync()
    await file.close()
    const again = await disk.open(path)
    t.equal(await contentOf(again), 'Jello you', 'opening it again keeps what is there')
    await again.close()
    t.equal(String(await disk.read(path, 9)), 'Jello you')
  })

  behaves('reading past the end gives what there is', async (t, disk, folder) => {
    const file = await disk.open(join(folder, 'a'))
    await file.write(Buffer.from('abc'), 0)
    const into = Buffer.alloc(10, 'x')
    t.equal(await file.read(into, 1), 2)
    t.equal(into.toString(), 'bcxxxxxxxx')
    t.equal(await file.read(into, 3), 0)
    t.equal(await file.read(into, 99), 0)
    t.equal(await file.read(Buffer.alloc(0), 0), 0)
    await file.close()
  })

  behaves('a gap between what was written is zeros', async (t, disk, folder) => {
    const file = await disk.open(join(folder, 'a'))
    await file.write(Buffer.from('ab'), 4)
    t.equal(await contentOf(file), '\0\0\0\0ab')
    await file.close()
  })

  behaves('a file can be cut off and written on', async (t, disk, folder) => {
    const file = await disk.open(join(folder, 'a'))
    await file.write(Buffer.from('abcdef'), 0)
    await file.truncate(2)
    t.equal(await contentOf(file), 'ab')
    await file.truncate(4)
    t.equal(await contentOf(file), 'ab\0\0', 'longer is filled with zeros, not with what was cut off')
    await file.write(Buffer.from('z'), 4)
    t.equal(await contentOf(file), 'ab\0\0z')
    await file.close()
  })

  behaves('bytes are those at the time of the call', async (t, disk, folder) => {
    const file = await disk.open(join(folder, 'a'))
    const bytes = Buffer.from('abc')
    await file.write(bytes, 0)
    bytes.fill('x')
    t.equal(await contentOf(file), 'abc')
    const read = await disk.read(join(folder, 'a'), 3)
    read!.fill('y')
    t.equal(await contentOf(file), 'abc')
    await file.close()
  })

  behaves('two openings of one file see each other', async (t, disk, folder) => {
    const one = await disk.open(join(folder, 'a'))
    const two = await disk.open(join(folder, 'a'))
    await one.write(Buffer.from('abc'), 0)
    t.equal(await contentOf(two), 'abc')
    await one.close()
    await two.close()
  })

  behaves('a small file is read whole, never in part', async (t, disk, folder) => {
    const path = join(folder, 'a')
    t.equal(await disk.read(path, 10), null)
    await replaceDurably(disk, path, 'abc')
    t.equal(String(await disk.read(path, 3)), 'abc')
    await t.rejects(disk.read(path, 2), /larger than 2 bytes/)
    await replaceDurably(disk, path, '')
    t.same(await disk.read(path, 0), Buffer.alloc(0))
  })

  behaves('renaming takes the place of what was there', async (t, disk, folder) => {
    const [from, to] = [join(folder, 'a'), join(folder, 'b')]
    await replaceDurably(disk, from, 'new')
    await replaceDurably(disk, to, 'old')
    const open = await disk.open(to)
    await disk.rename(from, to)
    t.equal(await disk.read(from, 10), null)
    t.equal(String(await disk.read(to, 10)), 'new')
    t.equal(await contentOf(open), 'old', 'who has the old file open still reads it')
    await open.close()
    await t.rejects(disk.rename(from, to), { code: 'ENOENT' })
  })

  behaves('removing what is not there is no error', async (t, disk, folder) => {
    const path = join(folder, 'a')
    await disk.remove(path)
    await replaceDurably(disk, path, 'abc')
    await removeDurably(disk, path)
    t.equal(await disk.read(path, 10), null)
    t.same(await disk.list(folder), [])
  })

  behaves('replacing is by another file, which leaves nothing behind', async (t, disk, folder) => {
    const path = join(folder, 'a')
    const leftover = await disk.open(`${path}.new`)
    await leftover.write(Buffer.from('left by a crash, and longer'), 0)
    await leftover.close()
    await replaceDurably(disk, path, 'abc')
    t.equal(String(await disk.read(path, 100)), 'abc')
    t.same(await disk.list(folder), ['a'])
  })

  behaves('names are listed by UTF-16 code units, folders among them', async (t, disk, folder) => {
    t.same(await disk.list(join(folder, 'nowhere')), [])
    for (const name of ['b', 'a', 'B', 'a-1', '\u00e9']) await replaceDurably(disk, join(folder, name), name)
    await makeFolderDurably(disk, join(folder, 'ab'))
    t.same(await disk.list(folder), ['B', 'a', 'a-1', 'ab', 'b', '\u00e9'])
    t.same(await disk.list(join(folder, 'ab')), [])
  })

  behaves('folders are made with those above them, and once', async (t, disk, folder) => {
    const deep = join(folder, 'x', 'y', 'z')
    await t.rejects(disk.open(join(deep, 'a')), { code: 'ENOENT' })
    await disk.makeFolder(deep)
    await disk.makeFolder(deep)
    await replaceDurably(disk, join(deep, 'a'), 'abc')
    t.same(await disk.list(join(folder, 'x')), ['y'])
    t.equal(String(await disk.read(join(deep, 'a'), 3)), 'abc')
    await t.rejects(disk.syncFolder(join(folder, 'nowhere')), { code: 'ENOENT' })
  })

  behaves('a lock is held by one, and can be had again', async (t, disk, folder) => {
    const path = join(folder, 'lock')
    const held = disk.lock(path)
    t.throws(() => disk.lock(path), { name: 'LockHeld' })
    const other = disk.lock(join(folder, 'other'))
    held[Symbol.dispose]()
    held[Symbol.dispose]()
    disk.lock(path)[Symbol.dispose]()
    other[Symbol.dispose]()
  })
}

async function contentOf(file: DiskFile): Promise<string> {
  const bytes = Buffer.alloc(await file.size())
  await file.read(bytes, 0)
  return bytes.toString()
}

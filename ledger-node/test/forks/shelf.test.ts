import { join } from 'node:path'
import t from 'tap'
import type { Disk } from '../../src/disk/disk.ts'
import { fileDisk } from '../../src/disk/file-disk.ts'
import { maxKept, openShelf } from '../../src/forks/shelf.ts'
import { readSignedNote } from '../../src/forks/signed-note.ts'
import { signCheckpoint } from '../../src/note/checkpoint.ts'
import { GrowingLog } from '../witness/growing-log.ts'

const log = new GrowingLog().grow(40)
const signed = (size: number) => readSignedNote(log.note(size), log.signer)
const id = 'a'.repeat(64)

t.test('what is kept is there after a new start, and goes when it is taken', async (t) => {
  const folder = t.testdir()
  const shelf = await openShelf(fileDisk, folder, id, log.signer)
  t.ok(await shelf.put(signed(3), 'no tiles', false))
  t.ok(await shelf.put(signed(5), 'no tiles', true))
  t.ok(await shelf.put(signed(3), 'still none', true))
  const again = await openShelf(fileDisk, folder, id, log.signer)
  t.same(
    again.kept.map(({ size, because, bars }) => [size, because, bars]),
    [
      [5n, 'no tiles', true],
      [3n, 'still none', true],
    ],
  )
  await again.take(signed(3))
  await again.take(signed(5))
  t.same(again.kept, [])
  t.same(await fileDisk.list(folder), [])
})

t.test('it holds so many and no more', async (t) => {
  const shelf = await openShelf(fileDisk, t.testdir(), id, log.signer)
  for (let size = 1; size <= maxKept; size++) t.ok(await shelf.put(signed(size), 'x', true))
  t.notOk(await shelf.put(signed(30), 'x', true))
  t.equal(shelf.kept.length, maxKept)
  t.ok(await shelf.put(signed(1), 'why has changed', true))
})

t.test('what the disk has not taken yet is known, and forgotten where it takes nothing', async (t) => {
  let isFull = false
  const held = Promise.withResolvers<void>()
  const disk: Disk = {
    ...fileDisk,
    async rename(from, to) {
      await held.promise
      if (isFull) throw new Error('no space left')
      await fileDisk.rename(from, to)
    },
  }
  const shelf = await openShelf(disk, t.testdir(), id, log.signer)
  const sizes = () => shelf.known.map(({ size }) => size)
  const putting = shelf.put(signed(3), 'x', true)
  t.same(sizes(), [3n])
  t.same(shelf.kept, [], 'and not kept yet')
  held.resolve()
  t.ok(await putting)
  t.same(sizes(), [3n])
  isFull = true
  await t.rejects(shelf.put(signed(5), 'x', true), /no space/)
  t.same(sizes(), [3n])
})

t.test('a note that the log did not sign is no part of it', async (t) => {
  const folder = t.testdir()
  const shelf = await openShelf(fileDisk, folder, id, log.signer)
  await shelf.put(signed(3), 'x', true)
  const path = join(folder, id)
  const file = await fileDisk.open(path)
  const bytes = Buffer.from((await fileDisk.read(path, 10_000))!.toString().replace('\\n3\\n', '\\n4\\n'))
  await file.write(bytes, 0)
  await file.close()
  await t.rejects(openShelf(fileDisk, folder, id, log.signer))
})

t.test(
  'notes as long as they may be are there after a new start, as many as there is room for',
  async (t) => {
    const folder = t.testdir()
    const shelf = await openShelf(fileDisk, folder, id, log.signer)
    const long = (size: number, character: string) => {
      const extensions = [character.repeat(Math.floor(120_000 / Buffer.byteLength(character)))]
      const checkpoint = { origin: log.signer.name, size: BigInt(size), root: log.root(size), extensions }
      return readSignedNote(signCheckpoint(checkpoint, log.signer), log.signer)
    }
    const kept: boolean[] = []
    for (const [at, character] of ['x', '"', '\\', '碳', '盒', 'y'].entries())
      kept.push(await shelf.put(long(at + 1, character), 'x', true))
    t.same(kept, [true, true, true, true, true, false])
    const again = await openShelf(fileDisk, folder, id, log.signer)
    t.same(
      again.kept.map(({ size }) => size),
      [1n, 2n, 3n, 4n, 5n],
    )
  },
)

import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { Disk } from '../../src/disk/disk.ts'
import { fileDisk } from '../../src/disk/file-disk.ts'
import { frame } from '../../src/store/frames.ts'
import { openTreeStore, type TreeStore } from '../../src/store/tree-store.ts'
import { Frontier } from '../../src/tree/frontier.ts'
import { hashChildren, hashLeaf } from '../../src/tree/hash.ts'
import { verifyConsistency, verifyInclusion } from '../../src/tree/proof.ts'
import { proveConsistency, proveInclusion } from '../../src/tree/prove.ts'
import { tilesOf } from '../../src/tree/tiles.ts'

const entriesOf = (count: number) => Array.from({ length: count }, (_, at) => randomBytes(1 + (at % 97)))

function folder(t: Test): string {
  const path = mkdtempSync(join(tmpdir(), 'tanbox-store-'))
  t.teardown(() => rmSync(path, { recursive: true, force: true }))
  return path
}

const empty = { size: 0, bytes: 0 }

async function append(store: TreeStore, entries: readonly Buffer[], batch = 1000): Promise<void> {
  for (let from = 0; from < entries.length; from += batch) {
    const some = entries.slice(from, from + batch)
    await store.append(some, some.map(hashLeaf))
  }
}

function rootOf(entries: readonly Buffer[]): Buffer {
  const frontier = new Frontier()
  for (const entry of entries) frontier.append(hashLeaf(entry))
  return frontier.root()
}

t.test('a store that was cut is one that never held more', async (t) => {
  const entries = entriesOf(1300)
  const others = entriesOf(700)
  for (const size of [0, 1, 255, 256, 257, 512, 1000, 1299, 1300]) {
    const path = folder(t)
    const kept = entries.slice(0, size)
    let at: { size: number; bytes: number }
    {
      await using store = await openTreeStore(fileDisk, path, empty)
      await append(store, entries)
      // What was read before is remembered, and is another after the cut.
      for (let at = 0; at <= 1300; at += 13) await store.rootAt(at)
      await store.cut(size)
      t.equal(store.size, size)
      t.ok(store.frontier.root().equals(rootOf(kept)), `${size}`)
      t.same(await store.read(Math.max(0, size - 3), 10), kept.slice(-3))
      await append(store, others)
      await store.sync()
      const all = [...kept, ...others]
      for (const to of [size + 700, size + 1, size + 37, size + 300])
        t.ok((await store.rootAt(to)).equals(rootOf(all.slice(0, to))), `${size}, then ${to}`)
      at = { size: store.size, bytes: store.bytes }
    }
    await using again = await openTreeStore(fileDisk, path, at)
    t.same(await again.read(0, 3000), [...kept, ...others])
    t.ok((await again.rootAt(size)).equals(rootOf(kept)))
  }
})

t.test('entries are read back from anywhere, whatever batches they came in', async (t) => {
  await using store = await openTreeStore(fileDisk, folder(t), empty)
  const entries = entriesOf(1500)
  await append(store, entries, 311)
  t.same([store.size, store.bytes], [1500, frame(entries).length])
  for (const [from, limit] of [
    [0, 1500],
    [0, 1],
    [255, 2],
    [256, 256],
    [511, 600],
    [1499, 9],
    [1500, 1],
  ] as const)
    t.same(await store.read(from, limit), entries.slice(from, from + limit), `${from}, ${limit}`)
})

t.test('roots of every size are those of the entries', async (t) => {
  await using store = await openTreeStore(fileDisk, folder(t), empty)
  const entries = entriesOf(800)
  const frontier = new Frontier()
  const roots = [frontier.root()]
  for (const entry of entries) {
    frontier.append(hashLeaf(entry))
    roots.push(frontier.root())
  }
  await append(store, entries, 97)
  for (const [size, root] of roots.entries())
    if (!(await store.rootAt(size)).equals(root)) t.fail(`at size ${size}`)
  t.ok(store.frontier.root().equals(roots[800]!))
  await t.rejects(store.rootAt(801), RangeError)
})

t.test('tiles and bundles are the exact bytes of the specification', async (t) => {
  await using store = await openTreeStore(fileDisk, folder(t), empty)
  const entries = entriesOf(66_000)
  await append(store, entries)
  const leaves = entries.map(hashLeaf)
  const above = (level: Buffer[]): Buffer[] => {
    let row = level
    for (let step = 0; step < 8; step += 1)
      row = Array.from({ length: Math.floor(row.length / 2) }, (_, at) =>
        hashChildren(row[2 * at]!, row[2 * at + 1]!),
      )
    return row
  }
  const levels = [leaves, above(leaves), above(above(leaves))]
  let tiles = 0
  for (const id of tilesOf(66_000)) {
    const [from, to] = [id.index * 256, id.index * 256 + id.width]
    const wanted =
      id.level === 'entries'
        ? frame(entries.slice(from, to))
        : Buffer.concat(levels[id.level]!.slice(from, to))
    if (!(await store.tile(id))?.equals(wanted)) t.fail(`tile ${JSON.stringify(id)}`)
    tiles += 1
  }
  t.equal(tiles, 258 + 2 + 1 + 258)
  t.equal(
    (await store.tile({ level: 'entries', index: 3, width: 17 }))?.length,
    frame(entries.slice(768, 785)).length,
  )
  t.equal(await store.tile({ level: 0, index: 257, width: 209 }), null, 'one more than is held')
  t.equal(await store.tile({ level: 'entries', index: 257, width: 209 }), null)
  t.equal(await store.tile({ level: 2, index: 0, width: 2 }), null)
  t.equal(await store.tile({ level: 3, index: 0, width: 1 }), null)
})

t.test('proofs out of its hashes verify, while it grows too', async (t) => {
  await using store = await openTreeStore(fileDisk, folder(t), empty)
  const entries = entriesOf(3000)
  for (let size = 0; size < 3000; ) {
    await append(store, entries.slice(size, size + 300))
    const old = size
    size += 300
    const root = await store.rootAt(size)
    for (const index of [0, old, size - 1, Math.floor(size / 3)]) {
      const proof = await proveInclusion(store.hashes, index, size)
      verifyInclusion({
        index: BigInt(index),
        size: BigInt(size),
        leaf: hashLeaf(entries[index]!),
        root,
        proof,
      })
    }
    if (old === 0) continue
    const proof = await proveConsistency(store.hashes, old, size)
    const fromRoot = await store.rootAt(old)
    verifyConsistency({ from: BigInt(old), to: BigInt(size), fromRoot, toRoot: root, proof })
  }
  await t.rejects(store.hashes([{ level: 0, index: 3000 }]), RangeError)
  await t.rejects(store.hashes([{ level: 11, index: 1 }]), RangeError)
})

t.test('it opens with what its state record says, and what came after is cut off', async (t) => {
  const path = folder(t)
  const entries = entriesOf(2000)
  let record = empty
  {
    await using store = await openTreeStore(fileDisk, path, empty)
    await append(store, entries.slice(0, 700))
    await store.sync()
    record = { size: store.size, bytes: store.bytes }
    await append(store, entriesOf(900))
  }
  await using store = await openTreeStore(fileDisk, path, record)
  t.same([store.size, store.bytes], [700, record.bytes])
  t.equal(statSync(join(path, 'hashes-0')).size, 700 * 32)
  t.equal(statSync(join(path, 'hashes-1')).size, 2 * 32)
  t.equal(statSync(join(path, 'bundles')).size, 3 * 8)
  await append(store, entries.slice(700))
  t.ok((await store.rootAt(2000)).equals(rootOf(entries)))
  t.same(await store.read(600, 200), entries.slice(600, 800))
  t.same(readdirSync(path).sort(), ['bundles', 'entries', 'hashes-0', 'hashes-1'])
})

t.test('a state record of nothing begins anew', async (t) => {
  const path = folder(t)
  {
    await using store = await openTreeStore(fileDisk, path, empty)
    await append(store, entriesOf(600))
  }
  await using store = await openTreeStore(fileDisk, path, empty)
  t.equal(store.size, 0)
  t.same(await store.read(0, 10), [])
  t.ok((await store.rootAt(0)).equals(rootOf([])))
})

t.test('files that hold less than the state record says are damage', async (t) => {
  for (const name of ['entries', 'bundles', 'hashes-0', 'hashes-1']) {
    const path = folder(t)
    let record = empty
    {
      await using store = await openTreeStore(fileDisk, path, empty)
      await append(store, entriesOf(600))
      record = { size: store.size, bytes: store.bytes }
    }
    truncateSync(join(path, name), statSync(join(path, name)).size - 1)
    await t.rejects(openTreeStore(fileDisk, path, record), { name: 'StoreDamaged' }, name)
    rmSync(join(path, name))
    await t.rejects(openTreeStore(fileDisk, path, record), { name: 'StoreDamaged' }, name)
  }
})

t.test('what a full disk took in part is taken back, whichever file it was', async (t) => {
  for (const name of ['entries', 'bundles', 'hashes-0', 'hashes-1']) {
    let full = false
    const disk: Disk = {
      ...fileDisk,
      open: async (path) => {
        const file = await fileDisk.open(path)
        if (!path.endsWith(name)) return file
        const write = async (bytes: Uint8Array, position: number) => {
          await file.write(full ? bytes.subarray(0, 10) : bytes, position)
          if (full) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
        }
        return { ...file, write }
      },
    }
    const path = folder(t)
    await using store = await openTreeStore(disk, path, empty)
    const entries = entriesOf(1000)
    await append(store, entries.slice(0, 300))
    full = true
    await t.rejects(append(store, entriesOf(600)), { name: 'StoreFailed', final: false }, name)
    t.equal(store.size, 300)
    full = false
    await append(store, entries.slice(300))
    await store.sync()
    t.ok((await store.rootAt(1000)).equals(rootOf(entries)))
    t.ok(readFileSync(join(path, 'entries')).equals(frame(entries)))
    t.same(await store.read(200, 800), entries.slice(200))
  }
})

t.test('a store that is closed takes nothing', async (t) => {
  const store = await openTreeStore(fileDisk, folder(t), empty)
  await store[Symbol.asyncDispose]()
  await t.rejects(append(store, entriesOf(1)), { name: 'StoreFailed', final: true })
})

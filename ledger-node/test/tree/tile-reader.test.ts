import t from 'tap'
import { Frontier } from '../../src/tree/frontier.ts'
import { hashRow } from '../../src/tree/hash.ts'
import { verifyConsistency, verifyInclusion } from '../../src/tree/proof.ts'
import { proveConsistency, proveInclusion, rootOf } from '../../src/tree/prove.ts'
import {
  authenticatedReader,
  TileMismatch,
  type TileSource,
  tileHashReader,
} from '../../src/tree/tile-reader.ts'
import { parseTilePath, type TileId, tilePath, tilesOf } from '../../src/tree/tiles.ts'
import { numbersFrom, someLeaves } from './naive-tree.ts'

/** All hash tiles of a tree by path, and its root. */
function served(leaves: readonly Buffer[]): { tiles: Map<string, Buffer>; root: Buffer } {
  const tiles = new Map<string, Buffer>()
  let row: Buffer = Buffer.concat(leaves)
  let level = 0
  for (const id of tilesOf(leaves.length)) {
    if (id.level === 'entries') continue
    for (; level < id.level; level++) for (let up = 0; up < 8; up++) row = hashRow(row)
    tiles.set(tilePath(id), row.subarray(id.index * 8192, id.index * 8192 + id.width * 32))
  }
  const frontier = new Frontier()
  for (const leaf of leaves) frontier.append(leaf)
  return { tiles, root: frontier.root() }
}

/** A source that keeps count of what it was asked for. */
function sourceOf(tiles: ReadonlyMap<string, Buffer>): TileSource & { asked: string[] } {
  const asked: string[] = []
  return {
    asked,
    async tile(id: TileId) {
      asked.push(tilePath(id))
      const bytes = tiles.get(tilePath(id))
      if (bytes === undefined) throw new Error(`404 ${tilePath(id)}`)
      return bytes
    },
  }
}

async function failure(run: () => Promise<unknown>): Promise<unknown> {
  return run().then(
    () => null,
    (error: unknown) => error,
  )
}

const leaves = someLeaves(70_000)
const { tiles, root } = served(leaves)

t.test('proofs out of tiles verify, of own tiles and of strange ones, at every kind of edge', async (t) => {
  for (const size of [1, 2, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537, 70_000]) {
    const some = leaves.slice(0, size)
    const { tiles, root } = served(some)
    const readers = [
      tileHashReader(sourceOf(tiles), size),
      await authenticatedReader(sourceOf(tiles), size, root),
    ]
    const numbers = numbersFrom(size)
    for (const read of readers) {
      t.same(await rootOf(read, size), root, `root of ${size}`)
      for (let round = 0; round < 20; round++) {
        const index = round === 0 ? size - 1 : numbers(size)
        const proof = await proveInclusion(read, index, size)
        verifyInclusion({ index: BigInt(index), size: BigInt(size), leaf: leaves[index]!, root, proof })
        const from = index + 1
        const claim = {
          from: BigInt(from),
          to: BigInt(size),
          fromRoot: await rootOf(read, from),
          toRoot: root,
        }
        verifyConsistency({ ...claim, proof: await proveConsistency(read, from, size) })
      }
    }
  }
})

t.test('an empty tree needs no tiles and has the empty root only', async (t) => {
  const source = sourceOf(new Map())
  t.same(await rootOf(await authenticatedReader(source, 0, new Frontier().root()), 0), new Frontier().root())
  await t.rejects(authenticatedReader(source, 0, root), TileMismatch)
  t.same(source.asked, [])
})

t.test(
  'any changed byte of a strange tile is noticed before the tile is used, and the tile is named',
  async (t) => {
    const size = leaves.length
    const edge = [...tiles.keys()].filter((path) => path.includes('.p/'))
    t.same(edge, ['tile/0/273.p/112', 'tile/1/001.p/17', 'tile/2/000.p/1'])
    const numbers = numbersFrom(8)
    const changed = (path: string, byte: number): Map<string, Buffer> => {
      const bytes = Buffer.from(tiles.get(path)!)
      bytes[byte % bytes.length]! ^= 1 << numbers(8)
      return new Map(tiles).set(path, bytes)
    }
    for (let round = 0; round < 100; round++) {
      const index = numbers(69_888)
      const used = sourceOf(tiles)
      await proveInclusion(await authenticatedReader(used, size, root), index, size)
      for (const path of new Set(used.asked)) {
        const source = sourceOf(changed(path, numbers(8192)))
        const error = await failure(async () =>
          proveInclusion(await authenticatedReader(source, size, root), index, size),
        )
        const named = error instanceof TileMismatch ? error.tiles.map(tilePath) : []
        const expected = path.includes('.p/') ? edge : [path]
        if (named.join() !== expected.join()) t.fail(`${path} for leaf ${index}: ${String(error)}`)
      }
    }
    for (const path of edge) {
      for (let byte = 0; byte < tiles.get(path)!.length; byte++) {
        const error = await failure(() => authenticatedReader(sourceOf(changed(path, byte)), size, root))
        if (!(error instanceof TileMismatch)) t.fail(`byte ${byte} of ${path}`)
      }
    }
  },
)

t.test('tiles of another tree, swapped or of another length are refused', async (t) => {
  const size = leaves.length
  const other = served(someLeaves(size, 'other '))
  await t.rejects(authenticatedReader(sourceOf(other.tiles), size, root), TileMismatch)
  await t.rejects(authenticatedReader(sourceOf(tiles), size, other.root), TileMismatch)
  const strange: [string, Buffer][] = [
    ['another leaf tile', tiles.get('tile/0/001')!],
    ['the tile of another log', other.tiles.get('tile/0/000')!],
    ['a short tile', tiles.get('tile/0/000')!.subarray(32)],
    ['half a hash more', Buffer.concat([tiles.get('tile/0/000')!, Buffer.alloc(16)])],
    ['nothing', Buffer.alloc(0)],
  ]
  for (const [name, bytes] of strange) {
    const read = await authenticatedReader(sourceOf(new Map(tiles).set('tile/0/000', bytes)), size, root)
    const error = await failure(() => proveInclusion(read, 7, size))
    t.ok(error instanceof TileMismatch && error.message.startsWith('tile/0/000: '), name)
  }
  const short = new Map(tiles).set('tile/2/000.p/1', Buffer.alloc(31))
  await t.rejects(authenticatedReader(sourceOf(short), size, root), {
    name: 'TileMismatch',
    message: /31 bytes/,
  })
})

t.test(
  'a tile that was refused is not kept, and one that was not to be had is asked for again',
  async (t) => {
    const size = leaves.length
    const now = new Map(tiles)
    const read = await authenticatedReader(sourceOf(now), size, root)
    now.set('tile/0/000', Buffer.alloc(8192))
    await t.rejects(proveInclusion(read, 7, size), TileMismatch)
    now.delete('tile/0/000')
    await t.rejects(proveInclusion(read, 7, size), { message: '404 tile/0/000' })
    now.set('tile/0/000', tiles.get('tile/0/000')!)
    const proof = await proveInclusion(read, 7, size)
    verifyInclusion({ index: 7n, size: BigInt(size), leaf: leaves[7]!, root, proof })
  },
)

t.test('a partial tile that is gone is taken out of the full one', async (t) => {
  const size = 70_000
  const grown = served(someLeaves(131_072))
  const later = new Map([...tiles].filter(([path]) => !path.includes('.p/')))
  for (const [path, bytes] of grown.tiles) if (parseTilePath(path)?.width === 256) later.set(path, bytes)
  later.set('tile/2/000.p/1', tiles.get('tile/2/000.p/1')!)
  for (const read of [
    tileHashReader(sourceOf(later), size),
    await authenticatedReader(sourceOf(later), size, root),
  ]) {
    for (const index of [0, 69_887, 69_888, 69_999]) {
      const proof = await proveInclusion(read, index, size)
      verifyInclusion({ index: BigInt(index), size: BigInt(size), leaf: leaves[index]!, root, proof })
    }
  }
  const wrong = new Map(later).set('tile/0/273', Buffer.from(later.get('tile/0/273')!).fill(1, 0, 1))
  await t.rejects(authenticatedReader(sourceOf(wrong), size, root), TileMismatch)
  const short = new Map(later).set('tile/0/273', Buffer.alloc(112 * 32))
  await t.rejects(authenticatedReader(sourceOf(short), size, root), { message: /^tile\/0\/273: 3584 bytes/ })
  later.delete('tile/0/273')
  await t.rejects(authenticatedReader(sourceOf(later), size, root), { message: '404 tile/0/273.p/112' })
})

t.test(
  'a reader asks for a tile once while it is in use, and keeps no more than a bounded number',
  async (t) => {
    const size = leaves.length
    const source = sourceOf(tiles)
    const read = tileHashReader(source, size)
    await Promise.all([3, 4, 5].map((index) => proveInclusion(read, index, size)))
    t.equal(new Set(source.asked).size, source.asked.length)
    t.equal(source.asked.filter((path) => path === 'tile/0/000').length, 1)
    for (let tile = 1; tile < 100; tile++) await read([{ level: 0, index: tile * 256 }])
    await read([{ level: 0, index: 0 }])
    t.equal(source.asked.filter((path) => path === 'tile/0/000').length, 2, 'it had to make room')
    await t.rejects(read([{ level: 0, index: size }]), RangeError)
  },
)

t.test('the hash that a reader gives out is the caller’s own', async (t) => {
  const read = await authenticatedReader(sourceOf(tiles), leaves.length, root)
  const node = { level: 3, index: 1000 }
  const [first] = await read([node])
  first!.fill(0)
  const [second] = await read([node])
  t.notSame(second, first)
})

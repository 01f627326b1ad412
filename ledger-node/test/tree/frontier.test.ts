import { createHash } from 'node:crypto'
import t from 'tap'
import { Frontier, foldRange } from '../../src/tree/frontier.ts'
import { emptyRoot, hashChildren, hashLeaf, hashRow } from '../../src/tree/hash.ts'
import { decompose } from '../../src/tree/node-id.ts'
import { naiveRoot, numbersFrom, someLeaves } from './naive-tree.ts'

function grown(leaves: readonly Buffer[]): Frontier {
  const frontier = new Frontier()
  for (const leaf of leaves) frontier.append(leaf)
  return frontier
}

t.test('hashes are those of RFC 6962, of entries of any length', async (t) => {
  for (const length of [0, 1, 64, 512, 65_535, 65_536, 100_000]) {
    const bytes = Buffer.alloc(length, 7)
    t.same(
      hashLeaf(bytes),
      createHash('sha256').update(Buffer.of(0)).update(bytes).digest(),
      `${length} bytes`,
    )
  }
  const [left, right] = someLeaves(2) as [Buffer, Buffer]
  t.same(hashChildren(left, right), naiveRoot([left, right]))
  t.equal(emptyRoot.toString('hex'), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  t.throws(() => hashChildren(left, Buffer.alloc(31)), RangeError)
  t.throws(() => hashChildren(Buffer.alloc(33), right), RangeError)
  const [a, b, c, d, e] = someLeaves(5) as [Buffer, Buffer, Buffer, Buffer, Buffer]
  t.same(hashRow(Buffer.concat([a, b, c, d, e])), Buffer.concat([hashChildren(a, b), hashChildren(c, d)]))
})

t.test('a range of leaves is covered by the fewest aligned subtrees, in order', async (t) => {
  for (let from = 0; from <= 40; from++) {
    for (let to = from; to <= 40; to++) {
      const nodes = decompose(from, to)
      let at = from
      for (const { level, index } of nodes) {
        if (index * 2 ** level !== at) t.fail(`${from} to ${to}: a gap at ${at}`)
        at += 2 ** level
        const parent = Math.floor(index / 2) * 2 ** (level + 1)
        if (parent >= from && parent + 2 ** (level + 1) <= to)
          t.fail(`${from} to ${to}: not the largest at ${at}`)
      }
      if (at !== to) t.fail(`${from} to ${to}: ends at ${at}`)
    }
  }
  t.same(decompose(6, 21), [
    { level: 1, index: 3 },
    { level: 3, index: 1 },
    { level: 2, index: 4 },
    { level: 0, index: 20 },
  ])
  t.equal(decompose(0, Number.MAX_SAFE_INTEGER).length, 53)
  for (const [from, to] of [
    [1, 0],
    [-1, 2],
    [0, 1.5],
    [0, 2 ** 53],
  ] as const) {
    t.throws(() => decompose(from, to), RangeError, `${from} to ${to}`)
  }
})

t.test('the root of every size is the one of the definition', async (t) => {
  const leaves = someLeaves(300)
  const frontier = new Frontier()
  for (let size = 0; size <= leaves.length; size++) {
    if (!frontier.root().equals(naiveRoot(leaves.slice(0, size)))) t.fail(`size ${size}`)
    if (size < leaves.length) frontier.append(leaves[size]!)
  }
  t.equal(frontier.size, 300)
  const numbers = numbersFrom(4)
  const many = someLeaves(100_000)
  for (let round = 0; round < 3; round++) {
    const size = numbers(many.length)
    const some = many.slice(0, size)
    t.same(grown(some).root(), naiveRoot(some), `size ${size}`)
  }
})

t.test('a frontier made of its own hashes goes on as the old one would', async (t) => {
  const leaves = someLeaves(70)
  for (let size = 0; size <= 60; size++) {
    const old = grown(leaves.slice(0, size))
    const again = new Frontier(size, old.hashes())
    const clone = old.clone()
    const before = old.root()
    for (const leaf of leaves.slice(size)) {
      again.append(leaf)
      clone.append(leaf)
    }
    if (!again.root().equals(naiveRoot(leaves))) t.fail(`size ${size}`)
    if (!clone.root().equals(again.root()) || !old.root().equals(before)) t.fail(`clone at ${size}`)
  }
  t.throws(() => new Frontier(3, leaves.slice(0, 1)), RangeError)
  t.throws(() => new Frontier(1, [Buffer.alloc(20)]), RangeError)
  t.throws(() => new Frontier().append(Buffer.alloc(31)), RangeError)
})

t.test('a leaf that is overwritten after it was appended changes nothing', async (t) => {
  const leaves = someLeaves(3)
  const frontier = new Frontier()
  const room = Buffer.alloc(32)
  for (const leaf of leaves) {
    leaf.copy(room)
    frontier.append(room)
  }
  room.fill(0)
  t.same(frontier.root(), naiveRoot(leaves))
})

t.test('every complete node is told once, with the hash of its leaves', async (t) => {
  const leaves = someLeaves(137)
  const told = new Map<string, Buffer>()
  const frontier = new Frontier()
  for (const leaf of leaves) {
    frontier.append(leaf, (level, index, hash) => {
      if (told.has(`${level}/${index}`)) t.fail(`${level}/${index} was told twice`)
      told.set(`${level}/${index}`, hash)
    })
  }
  let expected = 0
  for (let level = 1; 2 ** level <= leaves.length; level++) {
    for (let index = 0; (index + 1) * 2 ** level <= leaves.length; index++) {
      expected += 1
      const root = naiveRoot(leaves.slice(index * 2 ** level, (index + 1) * 2 ** level))
      if (!told.get(`${level}/${index}`)?.equals(root)) t.fail(`${level}/${index}`)
    }
  }
  t.equal(told.size, expected)
})

t.test('the hashes of a subtree fold to its root', async (t) => {
  const leaves = someLeaves(64)
  for (const [from, to] of [
    [0, 1],
    [0, 37],
    [32, 64],
    [32, 51],
    [48, 51],
    [60, 63],
  ] as const) {
    const hashes = decompose(from, to).map(({ level, index }) =>
      naiveRoot(leaves.slice(index * 2 ** level, (index + 1) * 2 ** level)),
    )
    t.same(foldRange(hashes), naiveRoot(leaves.slice(from, to)), `${from} to ${to}`)
  }
})

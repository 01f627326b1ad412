import t from 'tap'
import { foldFork } from '../../src/tree/fork-range.ts'
import { decompose } from '../../src/tree/node-id.ts'
import { naiveRoot, someLeaves } from './naive-tree.ts'

/** What a holder of the newer tree puts into the proof. */
function forkHashes(leaves: readonly Buffer[], m: number): Buffer[] {
  return [...decompose(0, m), ...decompose(m, leaves.length)].map(({ level, index }) =>
    naiveRoot(leaves.slice(index * 2 ** level, (index + 1) * 2 ** level)),
  )
}

t.test('of an honest log the newer tree yields the older root itself', async (t) => {
  const leaves = someLeaves(40)
  for (let n = 2; n <= 40; n++) {
    const newer = leaves.slice(0, n)
    for (let m = 1; m < n; m++) {
      const { oldRoot, newRoot } = foldFork({ m: BigInt(m), n: BigInt(n), hashes: forkHashes(newer, m) })
      if (!newRoot.equals(naiveRoot(newer))) t.fail(`newer root of ${m} and ${n}`)
      if (!oldRoot.equals(naiveRoot(leaves.slice(0, m)))) t.fail(`older root of ${m} and ${n}`)
    }
  }
})

t.test('of a forked log it yields another older root, also at a power of two', async (t) => {
  const leaves = someLeaves(40)
  const strange = someLeaves(40, 'other ')
  for (let n = 2; n <= 40; n++) {
    for (let m = 1; m < n; m++) {
      const signed = naiveRoot(leaves.slice(0, m))
      // The two part at the first leaf, in the middle, or only at the last one that they have both.
      for (const common of new Set([0, m >> 1, m - 1])) {
        const forked = [...leaves.slice(0, common), ...strange.slice(common, n)]
        const { oldRoot, newRoot } = foldFork({ m: BigInt(m), n: BigInt(n), hashes: forkHashes(forked, m) })
        if (!newRoot.equals(naiveRoot(forked))) t.fail(`newer root of ${m} and ${n}, parted at ${common}`)
        if (!oldRoot.equals(naiveRoot(forked.slice(0, m)))) t.fail(`older root of ${m} and ${n} of the fork`)
        if (oldRoot.equals(signed)) t.fail(`no fork seen of ${m} and ${n}, parted at ${common}`)
      }
    }
  }
})

t.test('no changed hash folds to the newer root', async (t) => {
  for (const [m, n] of [
    [1, 2],
    [4, 7],
    [8, 16],
    [8, 9],
    [13, 29],
    [16, 31],
  ] as const) {
    const leaves = someLeaves(n)
    const hashes = forkHashes(leaves, m)
    for (const [at, hash] of hashes.entries()) {
      const other = Buffer.from(hash)
      other[at % 32]! ^= 1
      const { newRoot } = foldFork({ m: BigInt(m), n: BigInt(n), hashes: hashes.with(at, other) })
      t.notSame(newRoot, naiveRoot(leaves), `${m} and ${n}, hash ${at}`)
    }
  }
})

t.test('other counts of hashes, other lengths and impossible sizes are refused', async (t) => {
  const hashes = forkHashes(someLeaves(21), 8)
  const claim = { m: 8n, n: 21n, hashes }
  const refused = (other: object, code: string) =>
    t.throws(() => foldFork({ ...claim, ...other }), { name: 'ProofError', code })
  refused({ hashes: hashes.slice(1) }, 'wrong-length')
  refused({ hashes: [...hashes, hashes[0]!] }, 'wrong-length')
  refused({ hashes: [] }, 'wrong-length')
  refused({ hashes: hashes.with(1, Buffer.alloc(31)) }, 'not-a-hash')
  refused({ m: 0n }, 'out-of-range')
  refused({ m: -8n }, 'out-of-range')
  refused({ m: 21n }, 'out-of-range')
  refused({ m: 22n }, 'out-of-range')
  refused({ n: 2n ** 64n }, 'out-of-range')
})

t.test('sizes of all 64 bits have their count of subtrees', async (t) => {
  const m = 2n ** 63n - 1n
  const n = 2n ** 64n - 1n
  const { oldRoot, newRoot } = foldFork({
    m,
    n,
    hashes: Array.from({ length: 63 + 64 }, () => Buffer.alloc(32)),
  })
  t.notSame(oldRoot, newRoot)
})

import t from 'tap'
import { hashChildren } from '../../src/tree/hash.ts'
import {
  type ConsistencyClaim,
  type InclusionClaim,
  ProofError,
  verifyConsistency,
  verifyInclusion,
} from '../../src/tree/proof.ts'
import {
  type HashReader,
  proveConsistency,
  proveInclusion,
  rangeHashes,
  rootOf,
} from '../../src/tree/prove.ts'
import { naiveRoot, numbersFrom, someLeaves } from './naive-tree.ts'

/** Reads nodes of a whole tree kept in rows. */
function readerOf(leaves: readonly Buffer[]): HashReader {
  const rows = [leaves]
  for (let row = leaves; row.length > 1; row = rows.at(-1)!) {
    rows.push(
      Array.from({ length: row.length >> 1 }, (_, at) => hashChildren(row[2 * at]!, row[2 * at + 1]!)),
    )
  }
  return async (nodes) => nodes.map(({ level, index }) => rows[level]![index]!)
}

function holds<C>(verify: (claim: C) => void, claim: C): boolean {
  try {
    verify(claim)
    return true
  } catch (error) {
    if (error instanceof ProofError) return false
    throw error
  }
}

function flipped(hash: Buffer, bit: number): Buffer {
  const other = Buffer.from(hash)
  other[(bit >> 3) % 32]! ^= 1 << (bit & 7)
  return other
}

/** The proof with one hash changed, taken away, or added, at each place. */
function* changes(proof: readonly Buffer[], bit: number): Generator<Buffer[]> {
  const stranger = Buffer.alloc(32, bit)
  for (let at = 0; at < proof.length; at++) {
    yield proof.with(at, flipped(proof[at]!, bit))
    yield proof.with(at, proof[at]!.subarray(1))
    yield proof.toSpliced(at, 1)
    yield proof.toSpliced(at, 0, stranger)
    yield proof.toSpliced(at, 0, proof[at]!)
  }
  yield [...proof, stranger]
}

const leaves = someLeaves(70)
const read = readerOf(leaves)
const roots = Array.from({ length: leaves.length + 1 }, (_, size) => naiveRoot(leaves.slice(0, size)))

t.test('every leaf of every size is proved, and by no other proof, index, size, leaf or root', async (t) => {
  let refused = 0
  for (let size = 1; size <= 70; size++) {
    for (let index = 0; index < size; index++) {
      const claim: InclusionClaim = {
        index: BigInt(index),
        size: BigInt(size),
        leaf: leaves[index]!,
        root: roots[size]!,
        proof: await proveInclusion(read, index, size),
      }
      const name = `${index} of ${size}`
      if (!holds(verifyInclusion, claim)) t.fail(name)
      const bit = (index * 7 + size * 31) % 256
      const wrong: InclusionClaim[] = [
        { ...claim, leaf: flipped(claim.leaf, bit) },
        { ...claim, root: flipped(claim.root, bit) },
        { ...claim, root: roots[size - 1]! },
        { ...claim, index: claim.index + 1n },
        { ...claim, index: claim.index - 1n },
        {
          ...claim,
          index: BigInt((index + 1 + bit) % size) === claim.index ? -1n : BigInt((index + 1 + bit) % size),
        },
        { ...claim, index: claim.index + 2n ** 64n, size: claim.size + 2n ** 64n },
        ...[...changes(claim.proof, bit)].map((proof) => ({ ...claim, proof })),
      ]
      for (const [at, other] of wrong.entries())
        if (holds(verifyInclusion, other)) t.fail(`${name}, change ${at}`)
      refused += wrong.length
    }
  }
  t.comment(`${refused} changed proofs were refused`)
})

t.test('another size does not pass with the root of this one', async (t) => {
  // A proof does not bind the size by its hashes alone where the path is the same; the root of that size does.
  for (let size = 2; size <= 40; size++) {
    for (let index = 0; index < size; index++) {
      const proof = await proveInclusion(read, index, size)
      for (let other = 1; other <= 40; other++) {
        if (other === size) continue
        const claim = {
          index: BigInt(index),
          size: BigInt(other),
          leaf: leaves[index]!,
          root: roots[other]!,
          proof,
        }
        if (holds(verifyInclusion, claim)) t.fail(`${index} of ${size} as of ${other}`)
      }
    }
  }
})

t.test('leaves of large trees are proved', async (t) => {
  const many = someLeaves(100_000)
  const readMany = readerOf(many)
  const numbers = numbersFrom(11)
  for (let round = 0; round < 300; round++) {
    const size = 1 + numbers(many.length)
    const index = numbers(size)
    const from = 1 + numbers(size)
    const root = await rootOf(readMany, size)
    const proof = await proveInclusion(readMany, index, size)
    verifyInclusion({ index: BigInt(index), size: BigInt(size), leaf: many[index]!, root, proof })
    const fromRoot = await rootOf(readMany, from)
    const consistency = await proveConsistency(readMany, from, size)
    const claim = { from: BigInt(from), to: BigInt(size), fromRoot, toRoot: root, proof: consistency }
    verifyConsistency(claim)
    for (const other of changes(consistency, round % 256)) {
      if (holds(verifyConsistency, { ...claim, proof: other })) t.fail(`${from} to ${size}`)
    }
  }
  t.same(await rootOf(readMany, 77_777), naiveRoot(many.slice(0, 77_777)))
})

t.test(
  'every tree is shown to continue every smaller one, and by no other proof, size or root',
  async (t) => {
    let refused = 0
    for (let to = 1; to <= 40; to++) {
      for (let from = 1; from <= to; from++) {
        const claim: ConsistencyClaim = {
          from: BigInt(from),
          to: BigInt(to),
          fromRoot: roots[from]!,
          toRoot: roots[to]!,
          proof: await proveConsistency(read, from, to),
        }
        const name = `${from} to ${to}`
        if (!holds(verifyConsistency, claim)) t.fail(name)
        const bit = (from * 7 + to * 31) % 256
        const wrong: ConsistencyClaim[] = [
          { ...claim, fromRoot: flipped(claim.fromRoot, bit) },
          { ...claim, toRoot: flipped(claim.toRoot, bit) },
          { ...claim, from: claim.from + 1n },
          { ...claim, from: claim.from - 1n },
          { ...claim, from: 0n },
          { ...claim, to: claim.to + 1n, toRoot: roots[to + 1]! },
          { ...claim, to: claim.to - 1n, toRoot: roots[to - 1]! },
          { ...claim, from: claim.to, to: claim.from, fromRoot: claim.toRoot, toRoot: claim.fromRoot },
          { ...claim, from: claim.from + 2n ** 64n, to: claim.to + 2n ** 64n },
          ...[...changes(claim.proof, bit)].map((proof) => ({ ...claim, proof })),
        ]
        for (const [at, other] of wrong.entries()) {
          const same = from === to && at === 7
          if (!same && holds(verifyConsistency, other)) t.fail(`${name}, change ${at}`)
        }
        refused += wrong.length
      }
    }
    t.comment(`${refused} changed proofs were refused`)
  },
)

t.test('from nothing there is nothing to prove, and what is out of range is refused', async (t) => {
  t.same(await proveConsistency(read, 0, 5), [])
  const claim = { from: 0n, to: 5n, fromRoot: roots[0]!, toRoot: roots[5]!, proof: [] }
  t.throws(() => verifyConsistency(claim), { name: 'ProofError', code: 'out-of-range' })
  await t.rejects(proveConsistency(read, 6, 5), RangeError)
  await t.rejects(proveInclusion(read, 5, 5), RangeError)
  await t.rejects(proveInclusion(read, -1, 5), RangeError)
  t.same(await rootOf(read, 0), roots[0])
  t.equal((await rangeHashes(read, 3, 8)).length, 2)
})

t.test('a refusal says what is wrong', async (t) => {
  const proof = await proveInclusion(read, 3, 9)
  const claim = { index: 3n, size: 9n, leaf: leaves[3]!, root: roots[9]!, proof }
  t.throws(() => verifyInclusion({ ...claim, index: 9n }), { code: 'out-of-range', message: /no leaf 9/ })
  t.throws(() => verifyInclusion({ ...claim, proof: proof.slice(1) }), { code: 'wrong-length' })
  t.throws(() => verifyInclusion({ ...claim, leaf: Buffer.alloc(31) }), { code: 'not-a-hash' })
  t.throws(() => verifyInclusion({ ...claim, root: roots[8]! }), { code: 'wrong-root' })
  t.throws(() => verifyInclusion({ ...claim, size: 10n ** 5000n }), {
    code: 'out-of-range',
    message: /too many/,
  })
})

import t from 'tap'
import {
  type ForkProof,
  ForkProofError,
  formatForkProof,
  noPrefixProof,
  originOfProof,
  parseForkProof,
  sameSizeProof,
  verifyForkProof,
} from '../../src/forks/fork-proof.ts'
import { rangeHashes } from '../../src/tree/prove.ts'
import { logSigner } from '../note/signers.ts'
import { GrowingLog } from '../witness/growing-log.ts'

const log = new GrowingLog().grow(40)

/** Fork after `common` entries; the larger side has n. */
async function proofOf(m: number, n: number, common: number): Promise<ForkProof> {
  const larger = log.fork(common, 'b', n - common)
  const hashes = [...(await rangeHashes(larger.hashes, 0, m)), ...(await rangeHashes(larger.hashes, m, n))]
  return noPrefixProof(log.note(m), larger.note(n), hashes)
}

const codeOf = (work: () => unknown): string | undefined => {
  try {
    work()
    return undefined
  } catch (error) {
    return error instanceof ForkProofError ? error.code : String(error)
  }
}

t.test('two roots of one size prove a fork, whatever order they came in', async (t) => {
  const [one, other] = [log.note(7), log.fork(3, 'b', 4).note()]
  const text = formatForkProof(sameSizeProof(one, other))
  t.equal(text, formatForkProof(sameSizeProof(other, one)))
  const { origin, first, second } = verifyForkProof(parseForkProof(text), log.signer)
  t.equal(origin, log.signer.name)
  t.same([first.size, second.size], [7n, 7n])
  t.equal(
    codeOf(() => verifyForkProof(sameSizeProof(one, one), log.signer)),
    'no-fork',
  )
})

t.test(
  'every smaller tree that is no beginning of the larger one is proved so, also powers of two',
  async (t) => {
    for (let m = 1; m < 20; m++)
      for (const n of [m + 1, m + 3, 20, 32].filter((it) => it > m)) {
        const text = formatForkProof(await proofOf(m, n, m - 1))
        const { first, second } = verifyForkProof(parseForkProof(text), log.signer)
        t.same([first.size, second.size], [BigInt(m), BigInt(n)])
        const honest = await proofOf(m, n, m)
        t.equal(
          codeOf(() => verifyForkProof(honest, log.signer)),
          'no-fork',
          `${m} of ${n} is a beginning`,
        )
      }
  },
)

t.test('a proof is of one log, and needs signatures of its key', async (t) => {
  const proof = await proofOf(8, 13, 2)
  const other = logSigner('other.example/b/1', 9)
  t.equal(
    codeOf(() => verifyForkProof(proof, other)),
    'other-log',
  )
  const unsigned = { ...proof, second: proof.second.replace(/— .*\n$/, '— x AAAAAAAA\n') }
  t.equal(
    codeOf(() => verifyForkProof(unsigned, log.signer)),
    'other-log',
  )
  t.equal(originOfProof(proof), log.signer.name)
})

t.test('wrong, missing and exchanged hashes prove nothing', async (t) => {
  const proof = await proofOf(8, 13, 2)
  const hashes = [...proof.hashes]
  for (const wrong of [
    hashes.slice(1),
    [...hashes, hashes[0]!],
    hashes.toReversed(),
    hashes.with(0, Buffer.alloc(32)),
    [],
  ])
    t.equal(
      codeOf(() => verifyForkProof({ ...proof, hashes: wrong }, log.signer)),
      'no-fork',
    )
  const turned = { ...proof, first: proof.second, second: proof.first }
  t.equal(
    codeOf(() => verifyForkProof(turned, log.signer)),
    'no-fork',
  )
})

t.test('any other spelling of a proof is refused', async (t) => {
  const text = formatForkProof(await proofOf(8, 13, 2))
  t.equal(formatForkProof(parseForkProof(text)), text)
  for (const [what, wrong] of [
    ['nothing', ''],
    ['another header', text.replace('/v1', '/v2')],
    ['another kind', text.replace('no-prefix', 'other')],
    ['other lengths', text.replace(/notes (\d+)/, 'notes 1$1')],
    ['a space more', text.replace('notes ', 'notes  ')],
    ['a byte more', `${text}\n`],
    ['a byte less', text.slice(0, -1)],
    ['no hash', text.replace(/\n[^\n]{44}\n/, '\nAAAA\n')],
    ['too many hashes', text.replace('\n\n', `\n${`${'A'.repeat(43)}=\n`.repeat(190)}\n`)],
    ['too long', text + 'x'.repeat(1 << 20)],
  ] as const)
    t.equal(
      codeOf(() => parseForkProof(wrong)),
      'malformed',
      what,
    )
})

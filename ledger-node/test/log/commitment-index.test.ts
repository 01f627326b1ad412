import { randomBytes } from 'node:crypto'
import t from 'tap'
import { CommitmentIndex } from '../../src/log/commitment-index.ts'

t.test('every commitment is found again, and no other', async (t) => {
  const index = new CommitmentIndex()
  const made = Array.from({ length: 50_000 }, () => randomBytes(32).toString('hex'))
  for (const [seq, commitment] of made.entries()) index.add(commitment, seq)
  for (const [seq, commitment] of made.entries()) {
    const found = index.candidates(commitment)
    if (found?.length !== 1 || found[0] !== seq) t.fail(`${seq}: ${found}`)
  }
  for (let round = 0; round < 10_000; round += 1)
    if (index.candidates(randomBytes(32).toString('hex'))) t.fail('one that was never added')
})

t.test(
  'those that begin alike come in the order in which they were added, also where a table ends',
  async (t) => {
    const index = new CommitmentIndex()
    // One shard, and slots that all begin at the last one of every table.
    const alike = Array.from(
      { length: 40 },
      (_, seq) => `00ffffff${'f'.repeat(8)}${String(seq).padStart(48, '0')}`,
    )
    const others = Array.from({ length: 500 }, () => `00${randomBytes(31).toString('hex')}`)
    let seq = 0
    for (const [at, commitment] of others.entries()) {
      index.add(commitment, seq++)
      if (at < alike.length) index.add(alike[at]!, seq++)
    }
    const found = index.candidates(alike[0]!)
    t.same(
      found,
      Array.from({ length: 40 }, (_, at) => 2 * at + 1),
    )
  },
)

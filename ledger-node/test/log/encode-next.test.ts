import { randomBytes } from 'node:crypto'
import t from 'tap'
import { encodeEntry, noEntry, suite } from '../../src/entry.ts'
import { checkNew, encodeNext } from '../../src/log/encode-next.ts'

const pick = <T>(of: readonly T[]): T => of[Math.floor(Math.random() * of.length)]!
const letters = 'abcdefghijklmnopqrstuvwxyz'
const word = () =>
  pick([...letters]) +
  Array.from({ length: pick([0, 1, 5, 12]) }, () => pick([...letters, ...'0123456789'])).join('')

t.test('it writes the very bytes that the table of members would', async (t) => {
  for (let round = 0; round < 2000; round += 1) {
    const type = Array.from({ length: pick([1, 1, 2, 3]) }, word)
      .join('-')
      .slice(0, 64)
    const entry = { type, commitment: randomBytes(32).toString('hex') }
    const seq = pick([0, 1, 255, 256, 10 ** 6, 2 ** 31, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER])
    const prev = pick([noEntry, randomBytes(32).toString('hex')])
    const time = new Date(Math.floor(Math.random() * 4e12)).toISOString()
    const slow = encodeEntry({ ...entry, seq, prev, time, suite })
    checkNew(entry)
    if (!encodeNext(entry, seq, prev, time).equals(slow)) t.fail(`${slow}`)
  }
})

t.test('it takes exactly the types and commitments that an entry may have', async (t) => {
  const good = '0'.repeat(64)
  const types = [
    'answer',
    'a',
    'a1-2b',
    'a'.repeat(64),
    'a'.repeat(65),
    '',
    'A',
    '1a',
    'a-',
    '-a',
    'a--b',
    'a b',
    'a\n',
    'é',
    7,
    null,
  ]
  const commitments = [
    good,
    'f'.repeat(64),
    good.slice(1),
    `${good}0`,
    `${good}\n`,
    'F'.repeat(64),
    'g'.repeat(64),
    '',
    7,
    undefined,
  ]
  const verdict = (run: () => unknown) => {
    try {
      run()
      return true
    } catch (error) {
      if (!(error instanceof TypeError)) throw error
      return false
    }
  }
  for (const type of types as string[]) {
    for (const commitment of commitments as string[]) {
      const slow = () =>
        encodeEntry({ type, commitment, seq: 0, prev: noEntry, time: '2026-01-01T00:00:00.000Z', suite })
      t.equal(
        verdict(() => checkNew({ type, commitment })),
        verdict(slow),
        `${type}, ${commitment}`,
      )
    }
  }
})

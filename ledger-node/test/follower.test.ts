import { randomBytes } from 'node:crypto'
import t from 'tap'
import { emptyHead, follow, type Head } from '../src/chain.ts'
import { encodeEntry, suite } from '../src/entry.ts'
import { Follower } from '../src/follower.ts'

const chain = (count: number): Buffer[] => {
  const entries: Buffer[] = []
  let head = emptyHead
  for (let seq = 0; seq < count; seq += 1) {
    const time = new Date(1_790_000_000_000 + seq * 77).toISOString()
    const type = ['answer', 'source-added', 'x1-2y'][seq % 3]!
    const commitment = randomBytes(32).toString('hex')
    entries.push(encodeEntry({ type, seq, prev: head.hash, time, commitment, suite }))
    head = follow(head, entries.at(-1)!).head
  }
  return entries
}

/** What `follow` says: the head, or its words. */
function verdict(run: () => Head): Head | string {
  try {
    return run()
  } catch (error) {
    return (error as Error).message
  }
}

t.test('it follows a chain to the head that the slow way comes to', async (t) => {
  const follower = new Follower()
  let head = emptyHead
  for (const bytes of chain(500)) {
    const { head: after, entry } = follow(head, bytes)
    head = after
    const followed = follower.next(bytes)
    if (followed.leaf.toString('hex') !== head.hash) t.fail(`entry ${entry.seq}`)
    const { commitment, time, type } = entry
    t.match(followed, { commitment, time, type })
  }
  t.same(follower.head, head)
})

t.test('any other byte gets the verdict of the slow way, in its words', async (t) => {
  const entries = chain(12)
  const before = new Follower()
  for (const bytes of entries.slice(0, 11)) before.next(bytes)
  const { head } = before
  const sound = entries[11]!
  for (let at = 0; at < sound.length; at += 1) {
    for (const byte of Buffer.from('09afzZ"\\{}:,-. T\n\u00e9\0')) {
      const other = Buffer.from(sound)
      other[at] = byte
      const follower = new Follower()
      for (const bytes of entries.slice(0, 11)) follower.next(bytes)
      const fast = verdict(() => {
        follower.next(other)
        return follower.head
      })
      const slow = verdict(() => follow(head, other).head)
      if (JSON.stringify(fast) !== JSON.stringify(slow)) t.fail(`byte ${at}: ${fast}, not ${slow}`)
    }
  }
  for (const cut of [1, 2, 10, 200]) {
    t.throws(() => before.next(sound.subarray(0, -cut)), { name: 'ChainError', seq: 11 })
    t.throws(() => before.next(Buffer.concat([sound, Buffer.alloc(cut, '}')])), { name: 'ChainError' })
  }
  t.same(before.head, head, 'and nothing has moved')
  before.next(sound)
  t.equal(before.head.size, 12)
})

import { createHmac, randomBytes } from 'node:crypto'
import t from 'tap'
import { commitmentOf, opens } from '../src/commitment.ts'

t.test('a commitment is the HMAC-SHA-256 of the content under its salt', async (t) => {
  for (const length of [0, 1, 55, 56, 63, 64, 65, 119, 120, 512, 100_000]) {
    const salt = randomBytes(32).toString('hex')
    const content = '碳a'.repeat(length).slice(0, length)
    const expected = createHmac('sha256', Buffer.from(salt, 'hex')).update(content).digest()
    t.same(commitmentOf(content, salt), expected, `${length}`)
    t.ok(opens(expected.toString('hex'), content, salt))
    t.notOk(opens(expected.toString('hex'), `${content} `, salt))
  }
  // RFC 4231, test case 1 has a key of 20 bytes; ours is always 32.
  t.throws(() => commitmentOf('Hi There', '0b'.repeat(20)), /32 bytes/)
  t.notOk(opens('00'.repeat(32), 'x', 'AB'.repeat(32)))
})

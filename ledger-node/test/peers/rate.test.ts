import t from 'tap'
import { systemClock } from '../../src/clock.ts'
import { RateLimit } from '../../src/peers/rate.ts'

t.test('so many at once, and then so many a second', async (t) => {
  let now = 0
  const limit = new RateLimit({ ...systemClock, now: () => now })
  const rate = { burst: 3, perSecond: 2 }
  const ask = (sender = 'one') => limit.allows(sender, rate)
  t.same([ask(), ask(), ask(), ask()], [true, true, true, false])
  t.ok(ask('other'), 'senders do not use up what others have')
  now += 500
  t.same([ask(), ask()], [true, false])
  now -= 10_000
  t.notOk(ask(), 'a clock that goes back gives nothing')
  now += 100_000
  t.same([ask(), ask(), ask(), ask()], [true, true, true, false])
})

t.test('senders that are too many are forgotten, and none of them gains by it', async (t) => {
  const limit = new RateLimit({ ...systemClock, now: () => 0 })
  const rate = { burst: 1, perSecond: 0 }
  t.ok(limit.allows('first', rate))
  for (let n = 0; n < 500; n++) limit.allows(`${n}`, rate)
  t.notOk(limit.allows('first', rate))
})

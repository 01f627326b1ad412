import type { IncomingMessage } from 'node:http'
import t from 'tap'
import { createAttempts } from '../../src/accounts/attempts.ts'
import { clientAddress } from '../../src/accounts/client-address.ts'
import { codeHashOf, newEnrolmentCode } from '../../src/accounts/enrolment-code.ts'

t.test('attempts of one address come back steadily', async (t) => {
  const attempts = createAttempts()
  let now = 5000
  for (let at = 0; at < 10; at++) t.equal(attempts.take('a', now), 0)
  t.equal(attempts.take('a', now), 6000)
  now += 6000
  t.equal(attempts.take('a', now), 0)
  t.ok(attempts.take('a', now) > 0)
  now += 3_600_000
  for (let at = 0; at < 10; at++) t.equal(attempts.take('a', now), 0)
  t.ok(attempts.take('a', now) > 0, 'never more than a burst')
})

t.test('all addresses together have a limit, of which a refused one takes nothing', async (t) => {
  const attempts = createAttempts({
    each: { burst: 2, perMinute: 1 },
    all: { burst: 5, perMinute: 60 },
    remembered: 100,
  })
  for (let at = 0; at < 50; at++) attempts.take('greedy', 0)
  for (const other of ['b', 'c', 'd']) t.equal(attempts.take(other, 0), 0, other)
  t.equal(attempts.take('e', 0), 1000)
  t.equal(attempts.take('e', 1000), 0)
})

t.test('it remembers no more addresses than it may', async (t) => {
  const attempts = createAttempts({
    each: { burst: 1, perMinute: 1 },
    all: { burst: 1e6, perMinute: 1e6 },
    remembered: 3,
  })
  for (const address of ['a', 'b', 'c']) attempts.take(address, 0)
  t.ok(attempts.take('a', 0) > 0)
  attempts.take('d', 0)
  t.ok(attempts.take('a', 0) > 0, 'used last but one, so still known')
  t.equal(attempts.take('b', 0), 0, 'the one unused for longest was forgotten')
})

t.test('the address is the peer’s, or what our proxies say it is', async (t) => {
  const from = (remoteAddress: string, forwarded?: string) =>
    ({
      socket: { remoteAddress },
      headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
    }) as unknown as IncomingMessage
  const proxies = new Set(['127.0.0.1', '10.0.0.2'])
  const cases: [string, string | undefined, string][] = [
    ['203.0.113.7', undefined, '203.0.113.7'],
    ['203.0.113.7', '198.51.100.1', '203.0.113.7'],
    ['::ffff:203.0.113.7', undefined, '203.0.113.7'],
    ['127.0.0.1', '198.51.100.1, 203.0.113.7', '203.0.113.7'],
    ['::ffff:127.0.0.1', '198.51.100.1,203.0.113.7,10.0.0.2', '203.0.113.7'],
    ['127.0.0.1', undefined, '127.0.0.1'],
    ['127.0.0.1', 'unknown', '127.0.0.1'],
    ['2001:db8:1:2:3:4:5:6', undefined, '2001:db8:1:2'],
    ['2001:db8:1:2::9', undefined, '2001:db8:1:2'],
    ['2001:db8::1', undefined, '2001:db8:0:0'],
    ['::1', undefined, '0:0:0:0'],
    ['::', undefined, '0:0:0:0'],
  ]
  for (const [peer, header, expected] of cases)
    t.equal(clientAddress(from(peer, header), proxies), expected, `${peer} ${header ?? ''}`)
})

t.test('a code has 100 bits, all of them used, and is hashed as it is meant', async (t) => {
  const codes = Array.from({ length: 2000 }, newEnrolmentCode)
  t.equal(new Set(codes).size, 2000)
  for (const code of codes) if (!/^([0-9A-HJKMNP-TV-Z]{5}-){3}[0-9A-HJKMNP-TV-Z]{5}$/.test(code)) t.fail(code)
  for (let place = 0; place < 20; place++) {
    const seen = new Set(codes.map((code) => code.replaceAll('-', '')[place]))
    t.equal(seen.size, 32, `place ${place}`)
  }
  t.same(codeHashOf('abcde-fghjk-mnpqr-stvwx'), codeHashOf('ABCDEFGHJKMNPQRSTVWX'))
  t.notSame(codeHashOf('ABCDE-FGHJK-MNPQR-STVWX'), codeHashOf('ABCDE-FGHJK-MNPQR-STVWY'))
})

import t from 'tap'
import { backoffDelay } from '../../src/box/backoff.ts'
import type { Farewell } from '../../src/box/connection.ts'
import { createRedial } from '../../src/box/redial.ts'

const cut: Farewell = { code: 1006, reason: '', ours: false, status: null, fault: '', retryAfterMs: 0 }

t.test(
  'waits are drawn at random from a cap that stays at a second for half a minute, then grows to one minute',
  async (t) => {
    t.equal(backoffDelay(0, 0, 0.999999), 1000)
    t.equal(backoffDelay(29_999, 0, 0.999999), 1000)
    t.equal(backoffDelay(29_999, 0, 0), 0)
    t.same(
      [0, 1, 2, 3, 4, 5, 6, 50].map((late) => backoffDelay(30_000, late, 0.5)),
      [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000],
    )
  },
)

t.test('half a minute counts from the loss of a connection that stood', async (t) => {
  const redial = createRedial(0)
  t.equal(redial.after(cut, 29_000, 1), 1000)
  t.equal(redial.after(cut, 31_000, 1), 2000)
  t.equal(redial.after(cut, 33_000, 1), 4000)
  redial.welcomed(40_000)
  t.equal(redial.after(cut, 100_000, 1), 1000, 'it stood for a minute')
  t.equal(redial.after(cut, 129_000, 1), 1000)
  t.equal(redial.after(cut, 131_000, 1), 2000)
})

t.test('a gateway that lets the box in and drops it at once does not end the back-off', async (t) => {
  const redial = createRedial(0)
  let now = 31_000
  const waits = [1, 2, 3, 4, 5, 6, 7].map(() => {
    redial.welcomed(now)
    now += 500
    const wait = redial.after(cut, now, 1)
    now += wait
    return wait
  })
  t.same(waits, [2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000])
})

t.test('a gateway that goes down spreads its boxes over the time it named', async (t) => {
  const redial = createRedial(0)
  redial.welcomed(0)
  redial.leaving(8000)
  t.equal(redial.after({ ...cut, code: 1001 }, 60_000, 0.5), 4000)
  t.equal(redial.after(cut, 60_000, 0.5), 500, 'once')
})

t.test('a double of this box, and another version, are given a minute', async (t) => {
  const redial = createRedial(0)
  t.equal(redial.after({ ...cut, code: 4409 }, 0, 0), 60_000)
  t.equal(redial.after({ ...cut, code: 4426 }, 0, 0), 60_000)
})

t.test('a gateway that names a time is not dialled by all boxes at its end', async (t) => {
  const busy: Farewell = { ...cut, code: 0, status: 503, retryAfterMs: 10_000 }
  t.equal(createRedial(0).after(busy, 0, 0.5), 5000)
  t.equal(createRedial(0).after({ ...busy, retryAfterMs: 10_000_000 }, 0, 0.5), 30_000)
})

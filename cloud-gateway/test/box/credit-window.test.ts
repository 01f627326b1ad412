import t from 'tap'
import { createCreditWindow } from '../../src/box/credit-window.ts'

const size = 64 * 1024

t.test('what arrives is acknowledged within a second, whether or not it is read', async (t) => {
  const credit = createCreditWindow(size)
  t.equal(credit.dueIn(0), Infinity)
  credit.arrived(3, 100)
  credit.arrived(3, 400)
  t.equal(credit.dueIn(100), 800)
  t.equal(credit.dueIn(900), 0)
  t.equal(credit.grant(900), size - 6, 'unread text takes its room')
  t.equal(credit.dueIn(900), Infinity)
})

t.test('much text and many deltas are acknowledged at once', async (t) => {
  const large = createCreditWindow(size)
  large.arrived(8191, 0)
  t.not(large.dueIn(0), 0)
  large.arrived(1, 0)
  t.equal(large.dueIn(0), 0)

  const many = createCreditWindow(size)
  for (let count = 1; count < 48; count++) many.arrived(1, 0)
  t.not(many.dueIn(0), 0)
  many.arrived(1, 0)
  t.equal(many.dueIn(0), 0)
})

t.test('the window opens as the reader reads, at a quarter, and not oftener than told', async (t) => {
  const credit = createCreditWindow(size)
  credit.arrived(size, 0)
  t.equal(credit.grant(0), 0, 'a full window is closed')
  credit.taken(size / 4 - 1)
  t.equal(credit.dueIn(1000), Infinity)
  credit.taken(1)
  t.equal(credit.dueIn(100), 150)
  t.equal(credit.dueIn(1000), 0)
  t.equal(credit.grant(1000), size / 4)
})

t.test('text beyond the window is noticed', async (t) => {
  const credit = createCreditWindow(100)
  t.ok(credit.arrived(99, 0))
  t.ok(credit.arrived(3, 0), 'one may reach beyond its edge')
  t.notOk(credit.arrived(1, 0))
})

t.test('after a cut the gateway begins with a whole window behind what has arrived', async (t) => {
  const credit = createCreditWindow(100)
  credit.arrived(90, 0)
  credit.renewed()
  t.ok(credit.arrived(60, 0), 'the box has not said yet that its room is small')
  t.equal(credit.grant(0), 0)
  credit.taken(150)
  t.equal(credit.grant(0), 100)
})

t.test('never more than the size may be unread, whatever order things happen in', async (t) => {
  let seed = 42
  const random = (below: number) => {
    seed = (seed * 1103515245 + 12345) % 2 ** 31
    return seed % below
  }
  const credit = createCreditWindow(1000)
  let unread = 0
  let open = 1000
  for (let step = 0; step < 5000; step++) {
    if (random(2) === 0 && open > 0) {
      const bytes = 1 + random(open)
      if (!credit.arrived(bytes, step)) return t.fail(`refused at step ${step}`)
      unread += bytes
      open -= bytes
    } else if (unread > 0) {
      const bytes = 1 + random(unread)
      credit.taken(bytes)
      unread -= bytes
    }
    if (credit.dueIn(step) === 0) open = credit.grant(step)
    if (unread + open > 1000) return t.fail(`${unread} unread and ${open} open at step ${step}`)
  }
  t.pass()
})

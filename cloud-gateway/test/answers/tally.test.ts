import t from 'tap'
import { Tally } from '../../src/answers/tally.ts'
import { testTarget } from '../support/scripted-router.ts'

const estimate = { promptTokens: 100, completionTokens: 10 }
const reported = { promptTokens: 40, completionTokens: 9 }

t.test('what the model reported for the whole answer is exact, and costs by its target', async (t) => {
  const tally = new Tally()
  tally.turnTo(testTarget())
  t.same(tally.finished(reported, estimate), {
    usage: { ...reported, exact: true, energyMicroWattHours: 40 + 27 },
    cost: 40 + 18,
  })
})

t.test('an answer without reported usage is estimated, and says so', async (t) => {
  const tally = new Tally()
  tally.turnTo(testTarget('plain', { energy: null }))
  t.same(tally.finished(null, estimate).usage, { ...estimate, exact: false })
  tally.report(reported)
  t.same(
    tally.finished(null, estimate).usage,
    { ...reported, exact: false },
    'a running count is no final one',
  )
  t.same(tally.unfinished(estimate).usage, { ...reported, exact: false })
})

t.test('a target that failed before its first text costs what it reported, else nothing', async (t) => {
  const tally = new Tally()
  t.same(tally.failedEarly(), { usage: { promptTokens: 0, completionTokens: 0, exact: true }, cost: 0 })
  tally.turnTo(testTarget('first', { price: { prompt: 5_000_000, completion: 0 } }))
  tally.turnTo(testTarget('second'))
  tally.report({ promptTokens: 10, completionTokens: 0 })
  tally.turnTo(testTarget('third', { energy: null }))
  t.match(tally.failedEarly(), { usage: { promptTokens: 10, completionTokens: 0, exact: false }, cost: 10 })
  t.same(tally.finished(reported, estimate), {
    usage: { promptTokens: 50, completionTokens: 9, exact: false, energyMicroWattHours: 10 },
    cost: 10 + 40 + 18,
  })
})

t.test('money is a whole number', async (t) => {
  const tally = new Tally()
  tally.turnTo(testTarget('cheap', { price: { prompt: 333, completion: 777 } }))
  const { cost } = tally.finished({ promptTokens: 12_345, completionTokens: 6789 }, estimate)
  t.equal(cost, Math.round((12_345 * 333 + 6789 * 777) / 1e6))
})

t.test('figures beyond reason are the largest that a message and the accounts can hold', async (t) => {
  const tally = new Tally()
  const most = 1e12
  tally.turnTo(
    testTarget('dear', {
      price: { prompt: 1e18, completion: 0 },
      energy: { prompt: most, completion: most },
    }),
  )
  const count = { promptTokens: 10_000_000, completionTokens: 10_000_000 }
  const { usage, cost } = tally.finished(count, count)
  t.equal(usage.energyMicroWattHours, Number.MAX_SAFE_INTEGER)
  t.equal(cost, Number.MAX_SAFE_INTEGER)
})

import t from 'tap'
import type { Settlement } from '../../src/accounts/accounts.ts'
import { createSettlements } from '../../src/answers/settlements.ts'
import { until } from '../support/until.ts'

const settlement: Settlement = {
  ...{ box: 'box-1', rid: '0197f0a0-0000-7000-8000-000000000000', epoch: 1, process: 'p1' },
  ...{ target: null, outcome: 'stop', cost: 0 },
  usage: { promptTokens: 1, completionTokens: 1, exact: true },
}

t.test('once they are closed nothing is tried again, not even what is being tried', async (t) => {
  const calls: PromiseWithResolvers<boolean>[] = []
  const settle = () => {
    const call = Promise.withResolvers<boolean>()
    calls.push(call)
    return call.promise
  }
  const settlements = createSettlements({ settle }, () => {}, { firstMs: 1, lastMs: 2 })
  void settlements.settle(settlement)
  void settlements.settle(settlement)
  calls[0]!.reject(new Error('away'))
  calls[1]!.reject(new Error('away'))
  await until(() => calls.length === 3)
  settlements.close()
  calls[2]!.reject(new Error('away'))
  await new Promise((resolve) => setTimeout(resolve, 50))
  t.equal(calls.length, 3)
  t.equal(settlements.pending, 2)
})

import t from 'tap'
import { createExtractiveProvider } from '../../src/providers/extractive.ts'
import { providerContract } from '../contracts/provider.ts'
import { scripted } from '../support/scripted.ts'

t.test('quoting sentences', (t) =>
  providerContract(t, async () => ({
    provider: createExtractiveProvider(),
    abandoned: null,
    endless: null,
  })),
)

t.test('the stand-in of other tests', (t) =>
  providerContract(t, async () => ({
    provider: scripted([{ answer: '能耗' }, { answer: '下降' }, { finish: 'stop' }]),
    abandoned: null,
    endless: null,
  })),
)

import t from 'tap'
import { createExtractiveProvider } from '../src/providers/extractive.ts'
import { providerContract } from './contracts/provider.ts'

t.test('quoting sentences', (t) =>
  providerContract(t, async () => ({ provider: createExtractiveProvider(), released: null })),
)

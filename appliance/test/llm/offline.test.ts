import t from 'tap'
import { createOfflineLlm } from '../../src/llm/offline.ts'
import { collectLlm, llmContract, llmRequest, textOf } from '../contracts/llm.ts'

t.test('the box quoting by itself', (t) => llmContract(t, async () => createOfflineLlm()))

t.test('without passages the box says nothing', async (t) => {
  const events = await collectLlm(
    createOfflineLlm().ask(llmRequest({ passages: [] }), new AbortController().signal),
  )
  t.equal(textOf(events), '')
  t.match(events.at(-1), { type: 'end', finish: 'stop', usage: null })
})

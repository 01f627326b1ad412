import type { AskBody } from '@tanbox/cloud-gateway/protocol'
import type { Test } from 'tap'
import type { Llm, LlmEvent } from '../../src/llm/llm.ts'
import { newId } from '../../src/store/ids.ts'

const body: AskBody = {
  v: 1,
  model: 'default',
  system: '只根据资料回答，并注明出处。',
  question: '2025年能耗要下降多少？',
  history: [],
  passages: [
    { n: 3, title: '规划', where: '第 1 页', text: '到2025年，单位能耗下降13.5%。各部门应当按时报送数据。' },
    { n: 7, title: '通知', where: '第 2 页', text: '节能宣传周在6月举行。' },
  ],
  maxTokens: 500,
  language: 'zh',
}

export const llmRequest = (changes: Partial<AskBody> = {}) => ({
  rid: newId(new Date()),
  payload: new TextEncoder().encode(JSON.stringify({ ...body, ...changes })),
  deadlineMs: 10_000,
})

export async function collectLlm(events: AsyncIterable<LlmEvent>): Promise<LlmEvent[]> {
  const all: LlmEvent[] = []
  for await (const event of events) all.push(event)
  return all
}

export const textOf = (events: readonly LlmEvent[]) =>
  events.map((event) => (event.type === 'delta' ? event.text : '')).join('')

/** What everything that writes answers keeps. `open` gives one that is connected. */
export async function llmContract(t: Test, open: () => Promise<Llm>): Promise<void> {
  const llm = await open()
  t.teardown(() => llm.close())
  const never = new AbortController().signal

  await t.test('says that it can be asked', async (t) => {
    t.equal(llm.state, 'connected')
  })

  await t.test('names the model first, then writes piece by piece, and says why it ended last', async (t) => {
    const events = await collectLlm(llm.ask(llmRequest(), never))
    t.match(events[0], { type: 'writing', model: /./ })
    t.match(events.at(-1), { type: 'end', finish: 'stop' })
    t.equal(events.filter(({ type }) => type === 'writing' || type === 'end').length, 2)
    t.ok(events.filter(({ type }) => type === 'delta').length > 1)
    t.match(textOf(events), /13\.5%.*\[3\]/s, 'it cites by the numbers it was given')
  })

  await t.test('answers several questions at a time without mixing them', async (t) => {
    const years = [2021, 2022, 2023, 2024, 2025]
    const answers = await Promise.all(
      years.map((year) =>
        collectLlm(
          llm.ask(
            llmRequest({
              question: `${year}年能耗要下降多少？`,
              passages: [
                { n: 1, title: '规划', where: '', text: `${year}年，能耗要下降${year - 2000}.5%。` },
              ],
            }),
            never,
          ),
        ),
      ),
    )
    t.same(
      answers.map(textOf),
      years.map((year) => `${year}年，能耗要下降${year - 2000}.5%。[1]`),
    )
  })

  await t.test('stops when it is told to', async (t) => {
    const stop = new AbortController()
    const events: LlmEvent[] = []
    try {
      for await (const event of llm.ask(llmRequest(), stop.signal)) {
        events.push(event)
        if (event.type === 'delta') stop.abort()
      }
    } catch {
      t.fail('stopping is no failure')
    }
    t.match(events.at(-1), { type: 'end' })
  })

  await t.test('can be left in the middle and asked again', async (t) => {
    for await (const event of llm.ask(llmRequest(), never)) if (event.type === 'delta') break
    t.match((await collectLlm(llm.ask(llmRequest(), never))).at(-1), { type: 'end', finish: 'stop' })
  })

  await t.test('says so when nothing was sent to it', async (t) => {
    await t.rejects(collectLlm(llm.ask({ ...llmRequest(), payload: new Uint8Array() }, never)))
  })
}

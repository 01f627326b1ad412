import type { Test } from 'tap'
import type { ModelEvent, Provider } from '../../src/providers/provider.ts'
import { never, question } from '../support/questions.ts'

export async function collectModel(events: AsyncIterable<ModelEvent>): Promise<ModelEvent[]> {
  const all: ModelEvent[] = []
  for await (const event of events) all.push(event)
  return all
}

export const answerOf = (events: readonly ModelEvent[]) =>
  events.map((event) => (event.type === 'text' && event.channel === 'answer' ? event.text : '')).join('')

/**
 * What every way to a model keeps. `open` gives one that can answer `question()` in several pieces; `released`
 * tells how many requests it has given up at its model server (null where there is none).
 */
export async function providerContract(
  t: Test,
  open: () => Promise<{ provider: Provider; released: (() => number) | null }>,
): Promise<void> {
  const { provider, released } = await open()

  await t.test('names its model and its timers', async (t) => {
    t.match(provider, { model: /./, timers: { firstTokenMs: Number, idleMs: Number } })
  })

  await t.test('writes in several pieces and finishes once, at the end', async (t) => {
    const events = await collectModel(provider.write(question(), never))
    t.ok(events.filter(({ type }) => type === 'text').length > 1)
    t.ok(answerOf(events).length > 0)
    t.same(
      events.map(({ type }) => type).filter((type) => type === 'finish'),
      ['finish'],
    )
    t.match(events.at(-1), { type: 'finish', finish: 'stop' })
    t.ok(
      events.every((event) => event.type !== 'text' || event.text !== ''),
      'no empty text',
    )
  })

  await t.test('answers two questions at a time', async (t) => {
    const both = await Promise.all(
      [question(), question()].map((q) => collectModel(provider.write(q, never))),
    )
    t.same(answerOf(both[0]!), answerOf(both[1]!))
  })

  await t.test('stops at once when it is told to, and lets go of the model server', async (t) => {
    const stop = new AbortController()
    const before = released?.() ?? 0
    const reason = new Error('enough')
    const reading = async () => {
      for await (const event of provider.write(question(), stop.signal)) {
        if (event.type === 'text') stop.abort(reason)
        if (event.type === 'finish') t.fail('went on to the end')
      }
    }
    await t.rejects(reading(), reason)
    if (released) {
      for (let waited = 0; released() === before && waited < 1000; waited += 5) {
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
      t.equal(released(), before + 1)
    }
  })

  await t.test('does not begin when it has been told to stop before', async (t) => {
    await t.rejects(collectModel(provider.write(question(), AbortSignal.abort(new Error('before')))), {
      message: 'before',
    })
  })

  await t.test('can be left in the middle', async () => {
    for await (const event of provider.write(question(), never)) if (event.type === 'text') break
  })
}

import t from 'tap'
import { type LastMessage, startAnswer } from '../src/answers/answer-run.ts'
import { type GatewayMessage, limits } from '../src/protocol.ts'
import type { ModelTimers, Provider } from '../src/providers/provider.ts'
import { newRid, question } from './support/questions.ts'
import { type Step, scripted } from './support/scripted.ts'

interface Played {
  last: LastMessage
  sent: GatewayMessage[]
  text: string
}

async function playBy(
  provider: Provider,
  settings: { deadlineMs?: number; progressMs?: number } = {},
): Promise<Played> {
  const sent: GatewayMessage[] = []
  const run = startAnswer(
    { rid: newRid(), question: question(), provider, deadlineMs: 5000, progressMs: 5000, ...settings },
    { send: (message) => sent.push(message), ready: async () => {} },
  )
  const { last } = await run.done
  const text = sent.map((m) => (m.type === 'delta' && m.channel === 'answer' ? m.text : '')).join('')
  return { last, sent, text }
}

const play = (steps: Step[], timers: Partial<ModelTimers> = {}) => playBy(scripted(steps, timers))

t.test('a stream that ends without a finish reason is an error, with what there was', async (t) => {
  const { last, text } = await play([{ answer: '到2025年，' }, 'cut'])
  t.match(last, { type: 'error', code: 'incomplete', epoch: 1, seq: 1, retryable: true })
  t.equal(text, '到2025年，')
})

t.test('the reason of the end is passed on as it is', async (t) => {
  for (const finish of ['stop', 'length', 'content_filter'] as const) {
    t.match((await play([{ answer: 'a' }, { finish }])).last, { type: 'end', finish })
  }
})

t.test('usage is exact only where the model server reported it', async (t) => {
  const counted = { promptTokens: 100, completionTokens: 3 }
  t.same((await play([{ answer: '好' }, { finish: 'stop', usage: counted }])).last.usage, {
    ...counted,
    exact: true,
  })
  t.match((await play([{ answer: '好的' }, { finish: 'stop' }])).last.usage, {
    completionTokens: 2,
    exact: false,
  })
  t.same(
    (await play([{ answer: '好' }, { usage: counted }, 'cut'])).last.usage,
    { ...counted, exact: false },
    'a running count of an answer that broke off is no final one',
  )
})

t.test('usage of answers that broke off is not lost', async (t) => {
  const { last } = await play([{ answer: '十个字十个字十个字十' }, { error: 'model-error' }])
  t.match(last, { code: 'model-error', usage: { completionTokens: 10, exact: false } })
  t.ok(last.usage!.promptTokens > 20)
})

t.test('each timer ends what it is there for', async (t) => {
  const timers = { firstTokenMs: 60, idleMs: 60, rateWindowMs: 150, rateCharacters: 20 }
  t.match((await play(['hang'], timers)).last, { code: 'first-token-timeout', seq: 0 })
  t.match((await play([{ answer: 'a' }, 'hang'], timers)).last, { code: 'idle-timeout', seq: 1 })
  const trickle = await play([{ answer: 'a' }, { waitMs: 30 }, 'again'], timers)
  t.match(trickle.last, { code: 'too-slow' }, 'a trickle below every idle timer')
  t.ok(trickle.last.seq! > 2)
  t.match((await playBy(scripted(['hang']), { deadlineMs: 50 })).last, { code: 'deadline' })
})

t.test('a steady writer is not cut by the rate', async (t) => {
  const steps = Array.from({ length: 12 }, (): Step[] => [
    { answer: '二十个字二十个字二十个字二十个字二十个字' },
    { waitMs: 20 },
  ]).flat()
  const { last } = await play([...steps, { finish: 'stop' }], {
    idleMs: 200,
    rateWindowMs: 60,
    rateCharacters: 10,
  })
  t.match(last, { type: 'end', finish: 'stop' })
})

t.test('thinking is life: a model that reasons for long is not taken for dead', async (t) => {
  const thinking = Array.from({ length: 8 }, (): Step[] => [
    { reasoning: '想一想再说' },
    { waitMs: 20 },
  ]).flat()
  const { last } = await play([...thinking, { answer: '好' }, { finish: 'stop' }], {
    firstTokenMs: 80,
    idleMs: 80,
  })
  t.match(last, { type: 'end', finish: 'stop' })
})

t.test('a silent model is reported as such while it is waited for', async (t) => {
  const { sent } = await playBy(
    scripted([{ waitMs: 70 }, { reasoning: '想' }, { waitMs: 70 }, { answer: '好' }, { finish: 'stop' }]),
    { progressMs: 20 },
  )
  const states = sent.flatMap((message) => (message.type === 'progress' ? [message.state] : []))
  t.ok(states.filter((state) => state === 'prefill').length >= 2)
  t.ok(states.filter((state) => state === 'reasoning').length >= 2)
})

t.test('an endless model is stopped', async (t) => {
  const model = scripted([{ answer: '没完没了'.repeat(1000) }, 'again'])
  const { last, text } = await playBy(model)
  t.match(last, { code: 'answer-too-long' })
  t.ok(Buffer.byteLength(text) <= limits.answerBytes)
  t.equal(model.stopped, 1)
  const thinker = await play([{ reasoning: 'x'.repeat(100_000) }, 'again'])
  t.match(thinker.last, { code: 'answer-too-long' }, 'also one that only thinks')
})

t.test('a fault of ours is told as ours, without its words', async (t) => {
  const { last } = await play([{ fault: new TypeError('secret /path') }])
  t.match(last, { code: 'internal', message: 'the gateway failed' })
})

t.test('while the box does not read, the model is not read either and its clock stands still', async (t) => {
  let taken = 0
  const model: Provider = {
    model: 'eager',
    timers: { firstTokenMs: 1000, idleMs: 60, rateWindowMs: 1000, rateCharacters: 1 },
    async *write() {
      for (; taken < 50; taken++) yield { type: 'text', channel: 'answer', text: '字' }
      yield { type: 'finish', finish: 'stop', usage: null }
    },
  }
  let letGo = () => {}
  const blocked = new Promise<void>((resolve) => {
    letGo = resolve
  })
  const run = startAnswer(
    { rid: newRid(), question: question(), provider: model, deadlineMs: 5000, progressMs: 5000 },
    { send: () => {}, ready: () => (taken >= 9 ? blocked : Promise.resolve()) },
  )
  await new Promise((resolve) => setTimeout(resolve, 150))
  t.ok(taken <= 11, 'reading stops')
  letGo()
  t.match((await run.done).last, { type: 'end', finish: 'stop', seq: 50 }, 'and goes on')
})

t.test('a long piece of text is cut into frames that the box accepts', async (t) => {
  const { sent, last } = await play([{ answer: '长'.repeat(40_000) }, { finish: 'stop' }])
  t.ok(sent.every((message) => message.type !== 'delta' || message.text.length <= 65_536))
  t.match(last, { seq: 3 })
})

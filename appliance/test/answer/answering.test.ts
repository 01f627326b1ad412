import { createHash } from 'node:crypto'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import t from 'tap'
import { scopeOf } from '../../src/access/scope.ts'
import {
  type AnsweringParts,
  type AnswerSettings,
  answerDefaults,
  createAnswering,
} from '../../src/answer/answer.ts'
import { createEgress } from '../../src/answer/egress.ts'
import { refusalText } from '../../src/answer/refusal.ts'
import { readConfig } from '../../src/config.ts'
import { openKnowledge } from '../../src/context.ts'
import { TanboxError } from '../../src/errors.ts'
import { createOfflineLlm } from '../../src/llm/offline.ts'
import type { Answer, AnswerEvent } from '../../src/model.ts'
import { refusalThreshold } from '../../src/search/confidence.ts'
import { newId } from '../../src/store/ids.ts'
import { tools } from './support/passages.ts'
import { type Step, scriptedLlm } from './support/scripted-llm.ts'

const scope = scopeOf({ kind: 'owner', via: 'session' })
const data = t.testdir()
const drop = join(data, 'drop')
mkdirSync(drop)
writeFileSync(
  join(drop, '光伏扶持办法.md'),
  '# 蓝湖区屋顶光伏扶持办法\n\n## 标准\n\n屋顶光伏项目并网后，按装机容量每千瓦给予 1000 元扶持。单个项目扶持最高不超过 200 万元。\n\n## 申请\n\n企业应于每年 9 月 30 日前向区能源办公室提交申请，联系电话 13812345678。\n',
)
writeFileSync(join(drop, '用水.md'), '# 用水管理规定\n\n浇灌绿地应当使用再生水。\n')

const knowledge = await openKnowledge(readConfig({ TANBOX_DATA: data }), pino({ level: 'silent' }))
t.teardown(async () => {
  await knowledge[Symbol.asyncDispose]()
  rmSync(join(data, 'tanbox.db'), { force: true })
})
knowledge.intake.start()
while ((await knowledge.index.status()).passages < 2) await new Promise((resolve) => setTimeout(resolve, 50))

const { store, retrieve } = knowledge
const question = '屋顶光伏每千瓦补贴多少钱？'
const reported: unknown[] = []

function answering(parts: Partial<AnsweringParts> = {}, settings: Partial<AnswerSettings> = {}) {
  const whole: AnsweringParts = {
    retrieve,
    refusalThreshold,
    llm: null,
    offline: createOfflineLlm(),
    egress: createEgress({ redact: true, now: () => new Date() }),
    cite: tools,
    conversations: store.conversations,
    newId,
    clock: () => new Date(),
    report: (cause) => reported.push(cause),
    ...parts,
  }
  return createAnswering(whole, { ...answerDefaults, ...settings })
}

async function collect(events: AsyncIterable<AnswerEvent>): Promise<AnswerEvent[]> {
  const all: AnswerEvent[] = []
  for await (const event of events) all.push(event)
  return all
}

const doneOf = (events: readonly AnswerEvent[]): Answer => {
  const last = events.at(-1)
  if (last?.type !== 'done') throw new Error(`ended with ${JSON.stringify(last)}`)
  return last.answer
}

const ask = async (
  script: (asked: never) => readonly Step[],
  more: Partial<AnsweringParts> = {},
  settings = {},
) => {
  const { llm, asked } = scriptedLlm(script as never)
  const events = await collect(answering({ llm, ...more }, settings).ask(scope, { question }))
  return { events, asked, answer: doneOf(events) }
}

t.test('a model behind the gateway answers, its citations are checked, and all of it is kept', async (t) => {
  const { events, asked, answer } = await ask(() => ['每千瓦 1000 元', '[1]。最高 ', '500 万元[1]。'])
  t.same(
    [...new Set(events.map(({ type }) => type))],
    ['started', 'searched', 'writing', 'delta', 'citation', 'unsupported', 'done'],
  )
  t.match(answer, {
    outcome: 'answered',
    via: 'gateway',
    model: 'scripted',
    notice: null,
    dropped: 1,
    question,
  })
  t.equal(answer.text, '每千瓦 1000 元。最高 500 万元。')
  t.same(
    answer.citations.map(({ number, quote }) => [number, quote]),
    [[1, '屋顶光伏项目并网后,按装机容量每千瓦给予 1000 元扶持。']],
  )
  t.same(
    answer.unsupported.map(({ start, end }) => answer.text.slice(start, end)),
    ['最高 500 万元。'],
  )
  t.same(answer.usage, { promptTokens: 9, completionTokens: 3, exact: true })
  t.same(store.conversations.answer(scope, answer.id), answer, 'saved as shown')
  t.equal(asked[0]!.payload, answer.receipt.payload)
  t.equal(createHash('sha256').update(asked[0]!.payload).digest('hex'), answer.receipt.sha256)
  const entry = store.outbox.pending(100).find(({ subject }) => subject === answer.id)
  t.match(JSON.parse(entry?.content ?? '{}'), {
    answer: answer.id,
    sent: answer.receipt.sha256,
    text: createHash('sha256').update(answer.text).digest('hex'),
    cited: [answer.citations[0]!.passage],
  })
})

t.test('the words of a citation are where its spans say, in the original file', async (t) => {
  const { answer } = await ask(() => ['每千瓦 1000 元[1]。'])
  const [citation] = answer.citations
  const units = store.units
  t.ok(citation!.spans.length > 0)
  const read = citation!.spans
    .map(({ unit, start, end }) => units.get(scope, citation!.source.id, unit)?.text.slice(start, end))
    .join('')
  t.equal(read.normalize('NFKC').replace(/\s/g, ''), citation!.quote.replace(/\s/g, ''))
})

t.test('personal numbers stay inside and are put back into the answer', async (t) => {
  const { asked, answer } = await ask((() => ['9 月 30 日前申请，电话 ⟦手', '机1⟧[1]。']) as never)
  t.notMatch(asked[0]!.payload, '13812345678')
  t.same(answer.receipt.redactions, [{ kind: 'mobile', count: 1 }])
  t.equal(answer.text, '9 月 30 日前申请，电话 13812345678。')
  t.equal(answer.citations.length, 1)
})

t.test(
  'a question that the documents do not answer is refused in its own language, with the nearest passages',
  async (t) => {
    for (const [text, language] of [
      ['法国大革命是哪一年爆发的？', 'zh'],
      ['Who won the football world cup in 1998?', 'en'],
    ] as const) {
      const { llm, asked } = scriptedLlm(() => ['1789 年'])
      const answer = doneOf(await collect(answering({ llm }).ask(scope, { question: text })))
      t.match(answer, { outcome: 'not-in-documents', via: 'box', text: refusalText[language], citations: [] })
      t.equal(answer.receipt.sha256, null)
      t.ok(answer.passages.length > 0)
      t.equal(asked.length, 0, 'no model is asked')
    }
  },
)

t.test('a model that finds nothing in the passages is stopped there', async (t) => {
  const { answer, asked } = await ask(() => ['文档中没有', '相关内容。', '不过据我所知……', 'wait'])
  t.match(answer, { outcome: 'not-in-documents', via: 'gateway', text: refusalText.zh })
  t.equal(asked[0]!.stopped, true)
})

t.test('without a gateway the box quotes, says why, and nothing leaves it', async (t) => {
  const { llm, asked } = scriptedLlm(() => [], 'unreachable')
  const answer = doneOf(await collect(answering({ llm }).ask(scope, { question })))
  t.match(answer, {
    outcome: 'answered',
    via: 'box',
    notice: { code: 'gateway-unreachable' },
    receipt: { sha256: null, bytes: 0, payload: '' },
  })
  t.match(answer.text, '1000 元')
  t.ok(answer.citations.length > 0)
  t.same([answer.dropped, answer.unsupported, asked], [0, [], []])
  const set = doneOf(await collect(answering().ask(scope, { question })))
  t.match(set, { via: 'box', notice: null }, 'no notice where no gateway was wanted')
})

t.test('a box that its gateway has shut out says so, not that the gateway cannot be reached', async (t) => {
  const { llm } = scriptedLlm(() => [], 'unreachable')
  const shutOut: typeof llm = { ...llm, closedBy: 'gateway-revoked' }
  const answer = doneOf(await collect(answering({ llm: shutOut }).ask(scope, { question })))
  t.match(answer, { via: 'box', notice: { code: 'gateway-revoked', zh: /已吊销这台设备的密钥/ } })
})

t.test(
  'a gateway that fails before its first word is replaced by the box, and the receipt says what left',
  async (t) => {
    for (const failure of [new TanboxError('gateway-failed'), new Error('socket closed')]) {
      const { answer, events } = await ask(() => [{ type: 'waiting', state: 'prefill' }, failure])
      t.match(answer, { outcome: 'answered', via: 'box', notice: { code: 'gateway-failed' } })
      t.match(answer.receipt.sha256, /^[0-9a-f]{64}$/)
      t.same(
        events.flatMap((event) => (event.type === 'writing' ? event.via : [])),
        ['gateway', 'box'],
      )
    }
    const { answer } = await ask(() => [{ type: 'end', finish: 'content_filter', usage: null }])
    t.match(answer, { via: 'box', notice: { code: 'gateway-declined' } })
  },
)

t.test('after the first word a failure leaves an incomplete answer, never a second one', async (t) => {
  const { answer, events } = await ask(() => ['每千瓦 1000 元[1]。最高', new TanboxError('gateway-failed')])
  t.match(answer, { outcome: 'incomplete', via: 'gateway', text: '每千瓦 1000 元。最高' })
  t.equal(events.filter(({ type }) => type === 'writing').length, 1)
  t.equal(store.conversations.answer(scope, answer.id)?.outcome, 'incomplete')
  const cut = await ask(() => ['每千瓦 1000 元[1]。', { type: 'end', finish: 'length', usage: null }])
  t.equal(cut.answer.outcome, 'incomplete')
})

t.test('a restart throws away what was shown', async (t) => {
  const { answer, events } = await ask(() => [
    '错误的开头 7 元[1]。然后',
    { type: 'restart' },
    '每千瓦 1000 元[1]。',
  ])
  t.equal(answer.text, '每千瓦 1000 元。')
  t.equal(answer.dropped, 0)
  const after = events.slice(events.findIndex(({ type }) => type === 'restart'))
  t.equal(after.map((event) => (event.type === 'delta' ? event.text : '')).join(''), answer.text)
})

t.test('another model that took over is named, and kept with the answer', async (t) => {
  const { answer, events } = await ask(() => [
    { type: 'writing', model: 'small', insteadOf: 'scripted' },
    '每千瓦 1000 元[1]。',
  ])
  t.match(answer, { via: 'gateway', model: 'small', outcome: 'answered', notice: null })
  t.match(answer.fallback, { code: 'gateway-fallback', zh: /scripted/, en: /scripted/ })
  t.match(
    events.filter(({ type }) => type === 'writing'),
    [
      { model: 'scripted', fallback: null },
      { model: 'small', fallback: { code: 'gateway-fallback' } },
    ],
  )
  t.match(store.conversations.answer(scope, answer.id)?.fallback, { code: 'gateway-fallback' })
  t.ok(answer.timings.firstTokenMs! <= answer.timings.totalMs)
  const plain = await ask(() => ['每千瓦 1000 元[1]。'])
  t.equal(plain.answer.fallback, null)
})

t.test('stopping ends the answer with what there is and keeps it', async (t) => {
  const { llm, asked } = scriptedLlm(() => ['每千瓦 1000 元[1]。最高', 'wait'])
  const box = answering({ llm })
  const events: AnswerEvent[] = []
  for await (const event of box.ask(scope, { question })) {
    events.push(event)
    if (event.type === 'started') t.equal(box.stop(scope, '00000000-0000-7000-8000-000000000000'), false)
    if (event.type === 'delta' && event.text.includes('最高')) {
      const { answer: id } = events[0] as { answer: string }
      t.equal(box.stop(scopeOfSomeoneElse, id), false, 'only by who asked')
      t.equal(box.stop(scope, id), true)
    }
  }
  const answer = doneOf(events)
  t.match(answer, { outcome: 'stopped', text: '每千瓦 1000 元。最高' })
  t.equal(answer.citations.length, 1)
  t.equal(asked[0]!.stopped, true)
  t.equal(box.stop(scope, answer.id), false, 'nothing runs any more')
  t.equal(store.conversations.answer(scope, answer.id)?.outcome, 'stopped')
})

const scopeOfSomeoneElse = { ...scope, principal: 'someone-else' }

t.test('an answer whose reader leaves is written to its end and kept', async (t) => {
  let release = () => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  const { llm } = scriptedLlm(() => ['每千瓦 1000 元[1]。'])
  const box = answering({
    llm,
    retrieve: async (...asked) => {
      await held
      return retrieve(...asked)
    },
  })
  let id = ''
  for await (const event of box.ask(scope, { question })) {
    if (event.type === 'started') id = event.answer
    break
  }
  release()
  while (!store.conversations.answer(scope, id)) await new Promise((resolve) => setTimeout(resolve, 10))
  t.match(store.conversations.answer(scope, id), { outcome: 'answered', text: '每千瓦 1000 元。' })
})

t.test('closing stops all answers and waits until they are kept', async (t) => {
  const { llm } = scriptedLlm(() => ['每千瓦', 'wait'])
  const box = answering({ llm })
  const events = collect(box.ask(scope, { question }))
  await new Promise((resolve) => setTimeout(resolve, 300))
  await box.close()
  const answer = doneOf(await events)
  t.equal(answer.outcome, 'stopped')
  t.ok(store.conversations.answer(scope, answer.id))
  t.throws(() => box.ask(scope, { question }), { code: 'shutting-down' })
})

t.test('a follow-up is searched and written with what it refers to', async (t) => {
  const { llm, asked } = scriptedLlm(() => ['每千瓦 1000 元[1]。'])
  const box = answering({ llm })
  const first = doneOf(await collect(box.ask(scope, { question })))
  const second = doneOf(
    await collect(box.ask(scope, { question: '那最高是多少？', conversation: first.conversation })),
  )
  t.same(asked[1]!.body.history, [
    { role: 'user', content: question },
    { role: 'assistant', content: '每千瓦 1000 元。' },
  ])
  t.match(second.searched, '光伏')
  t.same(
    store.conversations.answers(scope, first.conversation).map(({ id }) => id),
    [first.id, second.id],
  )
})

t.test('a conversation that is removed while its next answer is written stays removed', async (t) => {
  const first = doneOf(await collect(answering().ask(scope, { question })))
  const { conversation } = first
  const { llm } = scriptedLlm(() => {
    store.conversations.remove(scope, conversation)
    return ['每千瓦 1000 元[1]。']
  })
  const events = await collect(answering({ llm }).ask(scope, { question: '那最高是多少？', conversation }))
  t.match(events.at(-1), { type: 'failed', reason: { code: 'not-found' } })
  t.equal(store.conversations.get(scope, conversation), null)
})

t.test('what is wrong with a question is said before anything begins', async (t) => {
  const box = answering({}, { maxQuestionChars: 20 })
  for (const empty of ['', '   \n', '？！', '\ud800'])
    t.throws(() => box.ask(scope, { question: empty }), { code: 'question-empty' })
  t.throws(() => box.ask(scope, { question: '问'.repeat(100_000) }), {
    code: 'question-too-long',
    status: 400,
  })
  t.throws(() => box.ask(scope, { question: '问', conversation: 'unknown' }), { code: 'not-found' })
})

t.test('more answers at once than allowed are turned away, and there is room again afterwards', async (t) => {
  const { llm } = scriptedLlm(() => ['每千瓦 1000 元[1]。'])
  const box = answering({ llm }, { concurrent: 2 })
  const both = [box.ask(scope, { question }), box.ask(scope, { question })].map(collect)
  t.throws(() => box.ask(scope, { question }), { code: 'too-many-answers', status: 429 })
  await Promise.all(both)
  t.equal(doneOf(await collect(box.ask(scope, { question }))).outcome, 'answered')
})

t.test('a model without end is cut at the limit', async (t) => {
  const { answer, asked } = await ask(
    () => Array<string>(5000).fill('每千瓦 1000 元。'),
    {},
    { maxAnswerChars: 2000 },
  )
  t.equal(answer.outcome, 'incomplete')
  t.ok(answer.text.length <= 2000)
  t.equal(asked[0]!.stopped, true)
})

t.test('a search that fails is told in one sentence and kept as failed', async (t) => {
  const failing = answering({ retrieve: async () => Promise.reject(new Error('secret detail')) })
  const events = await collect(failing.ask(scope, { question }))
  const last = events.at(-1)
  t.match(last, { type: 'failed', reason: { code: 'internal' } })
  t.notMatch(JSON.stringify(last), 'secret detail')
  t.equal(store.conversations.answer(scope, (events[0] as { answer: string }).answer)?.outcome, 'failed')
})

t.test('an answer that cannot be kept is not reported as done', async (t) => {
  const broken = answering({
    conversations: {
      ...store.conversations,
      save() {
        throw new Error('disk full')
      },
    },
  })
  const events = await collect(broken.ask(scope, { question }))
  t.notOk(events.some(({ type }) => type === 'done'))
  t.equal(events.at(-1)?.type, 'failed')
})

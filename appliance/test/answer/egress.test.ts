import { createHash } from 'node:crypto'
import { type AskBody, limits, readAskBody } from '@tanbox/cloud-gateway/protocol'
import t from 'tap'
import { createEgress } from '../../src/answer/egress.ts'
import { buildPrompt, notInDocuments, placeOf, promptVersion } from '../../src/answer/prompt.ts'
import { citablesOf } from './support/passages.ts'

const now = () => new Date('2026-11-23T09:00:00Z')

const prompt = (overrides: Partial<Parameters<typeof buildPrompt>[0]> = {}): AskBody =>
  buildPrompt({
    question: '请联系 13812345678 问补贴',
    history: [{ role: 'user', content: '我的邮箱 a@example.com' }],
    passages: citablesOf(['联系人电话 138 1234 5678。', '第二段。']).map(({ sent }) => sent),
    language: 'zh',
    model: 'default',
    maxTokens: 1000,
    terms: [],
    ...overrides,
  })

t.test('the receipt is of the exact bytes, and the gateway accepts them', async (t) => {
  const { payload, receipt, body } = createEgress({ redact: true, now }).pack(prompt())
  t.equal(receipt.sha256, createHash('sha256').update(payload).digest('hex'))
  t.equal(receipt.sha256, createHash('sha256').update(receipt.payload, 'utf8').digest('hex'))
  t.equal(receipt.bytes, payload.length)
  t.equal(receipt.sentAt, '2026-11-23T09:00:00.000Z')
  t.same(readAskBody(receipt.payload), body)
})

t.test('personal numbers leave the box in no part of the payload, and are counted', async (t) => {
  const { receipt } = createEgress({ redact: true, now }).pack(prompt())
  t.notMatch(receipt.payload, /138|example\.com/)
  t.same(receipt.redactions, [
    { kind: 'mobile', count: 2 },
    { kind: 'e-mail', count: 1 },
  ])
  const open = createEgress({ redact: false, now }).pack(prompt()).receipt
  t.match(open.payload, '13812345678')
  t.same(open.redactions, [])
})

t.test(
  'what is too large is cut to the limits of the protocol: earliest turns, then last passages',
  async (t) => {
    const passages = citablesOf(Array.from({ length: 40 }, () => '"引用"\n'.repeat(4000))).map(
      ({ sent }) => sent,
    )
    const history = Array.from({ length: 10 }, () => ({ role: 'user' as const, content: '问'.repeat(2000) }))
    const { payload, body } = createEgress({ redact: true, now }).pack(prompt({ passages, history }))
    t.ok(payload.length <= limits.bodyBytes)
    t.ok(JSON.stringify(Buffer.from(payload).toString()).length < limits.frameBytes)
    t.equal(body.history.length, 0)
    t.ok(body.passages.length > 0 && body.passages.length <= limits.passages)
    t.same(
      body.passages.map(({ n }) => n),
      body.passages.map((_, index) => index + 1),
      'the first ones stay, under their numbers',
    )
    t.doesNotThrow(() => readAskBody(JSON.stringify(body)))
  },
)

t.test('when nothing leaves, the receipt says so', async (t) => {
  t.match(createEgress({ redact: true, now }).nothing(), { sha256: null, bytes: 0, payload: '' })
})

t.test('the prompt names its version, its language and what to say when nothing is found', async (t) => {
  for (const language of ['zh', 'en'] as const) {
    const { system } = prompt({ language })
    t.match(system, promptVersion)
    t.match(system, notInDocuments[language])
  }
})

t.test('titles and places of any length fit the protocol', async (t) => {
  const [first] = citablesOf(['x'], '长'.repeat(2000))
  const headings = ['节'.repeat(2000)]
  const body = prompt({
    passages: [{ ...first!.sent, headings }],
    terms: ['词'.repeat(500), ...Array(500).fill('a')],
  })
  t.doesNotThrow(() => readAskBody(JSON.stringify(body)))
})

t.test('a place reads as a person would say it', async (t) => {
  t.equal(
    placeOf({ locator: { kind: 'page', from: 3, to: 4 }, headings: ['第二章', '补贴'] }, 'zh'),
    '第 3–4 页 · 第二章 › 补贴',
  )
  t.equal(
    placeOf({ locator: { kind: 'sheet', name: '电耗', range: 'A1:B9' }, headings: [] }, 'en'),
    'sheet “电耗” A1:B9',
  )
  t.equal(placeOf({ locator: { kind: 'section' }, headings: [] }, 'en'), '')
})

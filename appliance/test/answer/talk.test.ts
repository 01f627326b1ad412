import t from 'tap'
import { historyOf } from '../../src/answer/conversation.ts'
import { questionLanguage } from '../../src/answer/language.ts'
import { notInDocuments } from '../../src/answer/prompt.ts'
import { createRefusalWatch } from '../../src/answer/refusal.ts'
import type { Answer } from '../../src/model.ts'

const answer = (question: string, text: string) => ({ question, text }) as Answer

t.test('the language of the answer is that of the question', async (t) => {
  for (const [question, language] of [
    ['碳排放怎么算？', 'zh'],
    ['CCER 是什么', 'zh'],
    ['What is CCER?', 'en'],
    ['What does 徐汇区 pay for solar on the roof?', 'en'],
    ['EU CBAM export carbon tax 怎么交', 'zh'],
    ['PUE?', 'en'],
    ['2025?', 'zh'],
  ] as const)
    t.equal(questionLanguage(question), language, question)
})

t.test('a follow-up remembers the newest turns within its budget, oldest first', async (t) => {
  t.same(historyOf([answer('问一', '答一'), answer('问二', '')]), [
    { role: 'user', content: '问一' },
    { role: 'assistant', content: '答一' },
    { role: 'user', content: '问二' },
  ])
  const long = Array.from({ length: 30 }, (_, index) => answer(`问${index}`, '字'.repeat(5000)))
  const turns = historyOf(long)
  t.equal(turns.at(-2)?.content, '问29')
  t.ok(turns.reduce((sum, { content }) => sum + content.length, 0) <= 4000)
  t.same(historyOf([answer('问', `${'字'.repeat(799)}😀😀`)])[1]!.content.isWellFormed(), true)
})

function watch(written: string, size: number) {
  const watched = createRefusalWatch()
  let text = ''
  let refused = false
  for (let at = 0; at < written.length && !refused; at += size) {
    const one = watched.push(written.slice(at, at + size))
    text += one.text
    refused = one.refused
  }
  const last = refused ? { text: '', refused } : watched.end()
  return { text: text + last.text, refused: last.refused }
}

t.test('a model that was to say that nothing is there is understood, in any cut and dress', async (t) => {
  const { zh, en } = notInDocuments
  for (const size of [1, 3, 100]) {
    for (const refusal of [
      zh,
      `${zh}。`,
      `“${zh}”`,
      `\n\n**${zh}**`,
      en,
      `${en}.`,
      `${zh}。但据我所知，补贴是 5 万元。`,
      en.toLowerCase(),
    ])
      t.equal(watch(refusal, size).refused, true, `${refusal} by ${size}`)
    for (const other of [
      '文档中没有相关内容提到甲，但提到乙[1]。',
      '文档中提到',
      '文档',
      'NOT',
      '补贴 5 万元。文档中没有相关内容。',
      '',
      '  ',
    ])
      t.same(watch(other, size), { text: other, refused: false }, `${other} by ${size}`)
  }
})

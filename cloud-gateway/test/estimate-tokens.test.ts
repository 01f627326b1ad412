import t from 'tap'
import { estimatePrompt, estimateTokens } from '../src/estimate-tokens.ts'
import { question } from './support/questions.ts'

t.test(
  'a token for each Chinese, Japanese or Korean character, a third of one for every other byte',
  async (t) => {
    const cases: [text: string, tokens: number][] = [
      ['', 0],
      ['a', 1],
      ['abc', 1],
      ['abcd', 2],
      ['能耗', 2],
      ['能耗，。', 4],
      ['カタカナ 한국', 7],
      ['𠀀', 1],
      ['能耗下降13.5%', 6],
      ['é', 1],
      ['éé', 2],
      ['😀', 2],
      ['a能b耗c', 3],
    ]
    for (const [text, tokens] of cases) t.equal(estimateTokens(text), tokens, text)
  },
)

t.test('of a prompt every part counts, and what is written around it', async (t) => {
  const all = question({ history: [], passages: [] })
  const bare = estimatePrompt(all)
  t.ok(bare > estimateTokens(all.system) + estimateTokens(all.question))
  const hundred = '碳'.repeat(100)
  const more = {
    system: estimatePrompt({ ...all, system: all.system + hundred }),
    question: estimatePrompt({ ...all, question: all.question + hundred }),
    history: estimatePrompt({ ...all, history: [{ role: 'user', content: hundred }] }),
    passage: estimatePrompt({ ...all, passages: [{ n: 1, title: '', where: '', text: hundred }] }),
    title: estimatePrompt({ ...all, passages: [{ n: 1, title: hundred, where: '', text: '' }] }),
    where: estimatePrompt({ ...all, passages: [{ n: 1, title: '', where: hundred, text: '' }] }),
  }
  for (const [part, tokens] of Object.entries(more)) {
    t.ok(tokens >= bare + 100 && tokens < bare + 150, `${part}: ${tokens}`)
  }
})

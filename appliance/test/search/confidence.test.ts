import t from 'tap'
import { answerPatterns } from '../../src/search/answer-type.ts'
import { confidenceOf, type Grounds } from '../../src/search/confidence.ts'
import { namedIn } from '../../src/search/named.ts'

const answers = (question: string, passage: string) =>
  answerPatterns(question).every((pattern) => pattern.test(passage))

t.test('a passage without an amount does not answer a question for money', async (t) => {
  t.ok(answers('储能项目补多少钱？', '按投资额给予最高 200 万元补贴'))
  t.ok(answers('罚款多少？', '处十万元以下罚款'))
  t.notOk(answers('储能项目补多少钱？', '鼓励建设储能项目'))
  t.notOk(answers('What fine is imposed?', '应当限期改正'))
  t.ok(answers('补贴怎么申请？', '鼓励建设储能项目'), 'no amount is asked for')
})

t.test('an amount for another unit does not answer what one unit costs', async (t) => {
  t.ok(answers('每千瓦补多少钱？', '按 1000 元/千瓦给予扶持'))
  t.notOk(answers('每千瓦补多少钱？', '给予 20 万元奖励'))
  t.ok(answers('买一辆车补多少钱？', '每辆补贴 5000 元'))
})

t.test('shares, times and counts are told apart', async (t) => {
  t.notOk(answers('绿电占比是多少？', '提高绿电消费'))
  t.ok(answers('绿电占比是多少？', '绿电占比达到 50%'))
  t.ok(answers('几天内要报告？', '应当在十五日内报告'))
  t.notOk(answers('几天内要报告？', '应当及时报告'))
})

t.test('places and years of a question are known in both languages', async (t) => {
  t.same(namedIn('天津和沈阳2022年度的配额').places, [['天津'], ['沈阳']])
  t.same(namedIn('天津2022年度的配额').years, ['2022'])
  t.same(namedIn('What does Henan require?').places, [['河南']])
  t.same(namedIn('What does China require?').places, [], 'the whole country excludes nothing')
  t.same(namedIn('总量 2000 吨').years, [])
})

t.test('whatever is missing lowers the confidence, and it stays a probability', async (t) => {
  const good: Grounds = {
    ...{
      cosine: 0.92,
      coverage: 0.5,
      agreement: 1,
      placeMissing: 0,
      yearMissing: 0,
      kindMissing: 0,
      across: 0,
      cosineAcross: 0,
    },
  }
  const confidence = confidenceOf(good)
  t.ok(confidence > 0.5 && confidence <= 1)
  for (const missing of ['placeMissing', 'yearMissing', 'kindMissing'] as const) {
    t.ok(confidenceOf({ ...good, [missing]: 1 }) < confidence, missing)
  }
  t.ok(confidenceOf({ ...good, cosine: 0.8, coverage: 0, agreement: 0 }) < 0.1)
})

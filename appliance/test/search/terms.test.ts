import t from 'tap'
import { analyse } from '../../src/search/analyse.ts'
import { placeNames, synonyms, translatedShare, translations } from '../../src/search/expand.ts'
import { queryTerms } from '../../src/search/terms.ts'

const weightOf = (question: string, term: string) =>
  queryTerms(question).find((each) => each.term === term)?.weight

t.test('a number is the same term in every spelling', async (t) => {
  const same: [string, string, string][] = [
    ['2,000 千瓦', '2000 千瓦', '2000'],
    ['百分之五十', '50%', '50%'],
    ['十五日内', '15日内', '15'],
    ['二〇二五年', '2025年', '2025'],
    ['20 万元', '200,000元', '200000'],
    ['3.2 million tonnes', '320万吨', '3200000'],
    ['一万五千吨', '15,000吨', '15000'],
    ['百分之二点五', '2.5%', '2.5%'],
  ]
  for (const [one, other, term] of same) {
    t.ok(analyse(one).includes(term), one)
    t.ok(analyse(other).includes(term), other)
  }
  t.notOk(
    analyse('三峡 九江').some((term) => /\d/.test(term)),
    'numerals in names are no numbers',
  )
})

t.test('Chinese becomes pairs, English stems, full width and case do not matter', async (t) => {
  t.same(analyse('碳排放'), ['碳排', '排放'])
  t.same(analyse('ＣＯ２ 碳'), ['碳', 'co2', '2'])
  t.same(analyse('Policies policy'), ['policy', 'policy'])
  t.same(analyse('trading traded'), ['trad', 'trad'])
  t.same(analyse(''), [])
})

t.test('an English question about a place and a subject looks for their Chinese words', async (t) => {
  const question = 'What subsidy does Xuhui give for rooftop solar?'
  t.same(placeNames(question), [['徐汇']])
  t.ok(weightOf(question, '徐汇')! > weightOf(question, '光伏')!)
  t.ok(weightOf(question, '补贴')! > 0)
  t.equal(weightOf(question, 'what'), undefined, 'question words are not looked for')
})

t.test('the longest phrase is translated, and variants of a word are one', async (t) => {
  t.same(translations('green hotels')[0]![0], '绿色饭店')
  t.same(
    translations('carbon emission allowances').map((group) => group[0]),
    ['碳排放', '配额'],
  )
  t.ok(translatedShare('emission allowances of Tianjin in 2021') === 1)
  t.equal(translatedShare('How many touchdowns did Denver score?') < 0.5, true)
})

t.test('everyday words look for what official texts say, for less than the words themselves', async (t) => {
  const question = '厂房楼顶装太阳能板有补贴吗'
  t.ok(synonyms('太阳能板').flat().includes('光伏'))
  t.ok(weightOf(question, '光伏')! < weightOf(question, '太阳')!)
  t.equal(weightOf(question, '贴吗'), undefined)
})

t.test('a question of nothing but question words is still searched', async (t) => {
  t.ok(queryTerms('什么是什么').length > 0)
  t.same(queryTerms(''), [])
})

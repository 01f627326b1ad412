import t, { type Test } from 'tap'
import { factsIn, groundsOf, holds } from '../../src/answer/facts.ts'
import { readChineseNumeral, shiftPoint } from '../../src/answer/numerals.ts'
import { quantitiesIn } from '../../src/answer/quantities.ts'

const missing = (sentence: string, source: string): number =>
  factsIn(sentence).filter((fact) => !holds(groundsOf(source), fact)).length

const agrees = (t: Test, sentence: string, source: string) =>
  t.equal(missing(sentence, source), 0, `${sentence} ← ${source}`)
const differs = (t: Test, sentence: string, source: string) =>
  t.ok(missing(sentence, source) > 0, `${sentence} ≠ ${source}`)

t.test('numerals keep every digit', async (t) => {
  t.equal(shiftPoint('1,000.50', 0), '1000.5')
  t.equal(shiftPoint('1.2', 8), '120000000')
  t.equal(shiftPoint('25', -3), '0.025')
  t.equal(shiftPoint('12345678901234567890', 0), '12345678901234567890')
  t.equal(shiftPoint('007', 0), '7')
})

t.test('Chinese numerals are read', async (t) => {
  const cases: Record<string, string | null> = {
    一百二十: '120',
    二〇二五: '2025',
    三点五: '3.5',
    三十万: '300000',
    一亿二千万: '120000000',
    十万亿: '10000000000000',
    两千零五: '2005',
    十五: '15',
    万: null,
    三点: null,
  }
  for (const [text, value] of Object.entries(cases)) t.equal(readChineseNumeral(text), value, text)
})

t.test('numbers are the same in every way of writing them', async (t) => {
  agrees(t, '补贴 1,000 元', '给予1000元的补贴')
  agrees(t, '补贴1000元', '给予 １０００ 元')
  agrees(t, '最高 200 万元', '最高不超过2000000元')
  agrees(t, 'RMB 2 million at most', '最高不超过 200 万元')
  agrees(t, '达到20%', '达到百分之二十')
  agrees(t, '达到百分之二十', '达到 20％')
  agrees(t, '20 percent', '比例为20%')
  agrees(t, '1.2亿千瓦时', '120000 MWh')
  agrees(t, '13.3 GW', '1330 万千瓦')
  agrees(t, '7 working days', '7个工作日')
  agrees(t, '七个工作日内', '7 个工作日内')
  agrees(t, '第12条', '第十二条')
  agrees(t, '按 3：7 拨付', '按照 3:7 比例')
  agrees(t, '200万元', '单位：万元\n徐汇 200 300')
  agrees(t, '42.84%', '含碳率（%） 扇贝 63.89 42.84')
  agrees(t, '提高 20% 至 30%', '提高 20-30%')
  agrees(t, '20-30 万吨', '20万吨至30万吨')
  agrees(t, '总量0.75亿吨', '总量为 0. 75 亿吨')
})

t.test('different numbers, units and dates differ', async (t) => {
  differs(t, '补贴 1500 元', '补贴 1000 元')
  differs(t, '最高 200 元', '最高 200 万元')
  differs(t, '最高 200 万元', '最高 200 元')
  differs(t, '达到 20%', '达到 20 吨')
  differs(t, '补贴 12 元', '单位：万元/辆\n客车|12')
  differs(t, '7 天内', '7 个工作日内')
  differs(t, '3 年', '3 个月')
  differs(t, '按 4:6 拨付', '按 3:7 拨付')
  differs(t, '100200 元', '100 元和 200 元')
  differs(t, '0.98', '0.9')
  differs(t, '3 月 31 日', '3 月 15 日、5 月 31 日')
})

t.test('dates are the same in Chinese, in English and in figures', async (t) => {
  agrees(t, '2022年3月31日前', '应于 2022-03-31 前')
  agrees(t, 'by March 31, 2022', '2022 年 3 月 31 日前')
  agrees(t, 'by 31 March', '3月31日前')
  agrees(t, '三月三十一日', '3月31日')
  agrees(t, '6月15日', '6月1日至15日')
  agrees(t, '2022 年 3 月', '2022年3月')
  differs(t, 'by March 30, 2022', '2022 年 3 月 31 日前')
  differs(t, '2023年3月31日', '2022年3月31日')
})

t.test('manners of speaking are no facts', async (t) => {
  for (const sentence of [
    '主要包括三个方面。',
    '一般来说，一定要统一。',
    '第一，做好准备。',
    '1. 准备',
    '（2）提交',
    '以下 3 点：',
    '进一步推进',
    '“十四五”时期',
    '一方面',
    '千瓦时与千克',
  ])
    t.same(
      quantitiesIn(sentence).filter(({ casual }) => !casual),
      [],
      sentence,
    )
})

t.test('places, organisations and documents must be named by the source', async (t) => {
  agrees(t, '徐汇区给予补贴', '徐汇区节能减排专项资金')
  agrees(t, '报市生态环境局', '市生态环境局负责')
  agrees(t, '由区发展改革委审核', '区发展和改革委员会审核')
  agrees(t, '依据《节约能源法》', '根据《中华人民共和国节约能源法》')
  agrees(t, '在全区和各县', '没有地名')
  differs(t, '黄埔区给予补贴', '徐汇区给予补贴')
  differs(t, '上海给予补贴', '天津给予补贴')
  differs(t, '报市能源局', '报市生态环境局')
  differs(t, '依据《计量法》', '根据《节约能源法》')
  differs(t, 'It is granted by Xuhui', 'It is granted by Huangpu')
})

import t from 'tap'
import { type ExtractiveQuestion, extract, extractInDeltas } from '../src/extractive.ts'

const ask = (question: string, texts: string[], more: Partial<ExtractiveQuestion> = {}): string =>
  extract({
    question,
    history: [],
    passages: texts.map((text, at) => ({ n: at + 1, title: '文件', where: '', text })),
    ...more,
  })

const first = (answer: string) => answer.split(/(?<=\[\d+\])/)[0]

t.test('the sentence that answers comes first, word for word, with the number of its passage', async (t) => {
  const answer = ask('绿色工厂能拿多少补贴？', [
    '为推动绿色发展，制定本办法。',
    '本办法适用于本区企业。获评绿色工厂的，给予一次性补贴100万元。申请人应当按时提交材料。',
  ])
  t.equal(first(answer), '获评绿色工厂的，给予一次性补贴100万元。[2]')
})

t.test('every sentence stands in the passage it cites', async (t) => {
  const texts = [
    '第一条 为了节能，制定本条例。第二条 用能单位应当：（一）设立能源管理岗位；（二）每年报送报告；（三）公开信息。',
    'The grid factor was 0.5703 kg/kWh in 2022. It applies to all sites. See No. 4 of the annex.',
    '项目于2024年6月30日前完成。"双碳"目标不变！资金由市财政局拨付？',
  ]
  for (const question of [
    '用能单位应当做什么？',
    'What was the grid factor in 2022?',
    '什么时候完成，谁拨付资金？',
    '无关的问题',
  ]) {
    const answer = ask(question, texts)
    const sentences = [...answer.matchAll(/\s*([\s\S]*?)\[(\d+)\]/g)]
    t.ok(sentences.length > 0, question)
    for (const [, quote, n] of sentences) t.ok(texts[Number(n) - 1]!.includes(quote!), `${quote}`)
  }
})

t.test('the form of the question decides between sentences of one subject', async (t) => {
  const text = [
    '碳排放报告由市生态环境局负责审核。',
    '碳排放报告应当于每年3月31日前提交。',
    '碳排放报告的误差不得超过10%。',
    '碳排放报告，是指重点排放单位编制的年度文件。',
    '提交碳排放报告的单位给予5万元补贴。',
  ].join('')
  const cases: [string, RegExp][] = [
    ['碳排放报告由哪个部门审核？', /^碳排放报告由市生态环境局/],
    ['碳排放报告什么时候提交？', /^碳排放报告应当于每年3月31日/],
    ['碳排放报告的误差比例是多少？', /^碳排放报告的误差/],
    ['什么是碳排放报告？', /^碳排放报告，是指/],
    ['交碳排放报告补贴多少钱？', /^提交碳排放报告的单位给予5万元/],
  ]
  for (const [question, expected] of cases) t.match(first(ask(question, [text])) ?? '', expected, question)
})

t.test('a list is kept with what introduces it', async (t) => {
  const text =
    '其他规定另行发布。申请补贴须提交以下材料：（一）申请表；（二）营业执照；（三）检测报告。未尽事宜由主管部门解释。'
  const answer = ask('申请补贴要交哪些材料？', [text])
  t.match(
    answer,
    /^申请补贴须提交以下材料：\[1\]\s*（一）申请表；\[1\]\s*（二）营业执照；\[1\]\s*（三）检测报告。\[1\]/,
  )
})

t.test('a list item brings what introduces it', async (t) => {
  const text = '有下列情形之一的，处20万元罚款：（一）未取得许可证排放污染物；（二）篡改监测数据。'
  t.match(ask('篡改监测数据会怎么处理？', [text]), /处20万元罚款：[\s\S]*篡改监测数据/)
})

t.test('a sentence that leans on the one before brings it', async (t) => {
  const text = '并网光伏项目按1000元/千瓦给予扶持。以上扶持最高不超过200万元。'
  t.match(ask('扶持最高多少万元？', [text]), /并网光伏项目[\s\S]*以上扶持最高不超过200万元/)
})

t.test('table rows read as header and value', async (t) => {
  const table = '燃料\t排放因子\t单位\n天然气\t2.162\tkgCO2/m3\n柴油\t2.68\tkgCO2/L'
  t.match(ask('天然气的排放因子是多少？', [table]), /^燃料：天然气，排放因子：2\.162，单位：kgCO2\/m3\[1\]/)
})

t.test('an English table is read with English punctuation, whatever it is asked in', async (t) => {
  const table = 'Month\tPlant 1 (MWh)\tPlant 2 (MWh)\nJune\t2,650\t1,900\nJuly\t2,800\t\nAugust\t2,750\t2,010'
  const read = 'Month: July, Plant 1 (MWh): 2,800[1]'
  t.equal(ask('How much did plant 1 use in July?', [table]).split('\n')[0], read)
  t.match(ask('July 的用电量是多少 MWh？', [table]), read)
  const mixed = 'Site\t电量\nPlant 1\t2,800'
  t.match(ask('Plant 1 的电量是多少？', [mixed]), /^Site：Plant 1，电量：2,800\[1\]/)
  t.match(ask('Plant 1 in June?', ['Month\tPlant 1\nJune\t2,650']), /^Month: June, Plant 1 = 2,650\[1\]/)
})

t.test(
  'an English question finds the Chinese sentence by numbers, form, rank and the hints it is given',
  async (t) => {
    const texts = [
      '为了加强管理，制定本办法。变更法定代表人的，应当在20个工作日内报告。',
      '本办法自公布之日起施行。',
    ]
    const question = 'How many working days does a firm have to report a changed representative?'
    t.match(first(ask(question, texts)), /20个工作日/)
    const two = ['电网排放因子为0.5703。', '节能量奖励标准为每吨标准煤500元。']
    t.match(first(ask('What is the reward for energy savings?', two, { terms: ['节能量', '奖励'] })), /500元/)
  },
)

t.test('a follow-up is understood with the question before it', async (t) => {
  const texts = ['光伏项目补贴每千瓦1000元。储能项目补贴每千瓦300元。']
  const history = [
    { role: 'user' as const, content: '储能项目有没有支持？' },
    { role: 'assistant' as const, content: '有。' },
  ]
  t.match(first(ask('补贴多少？', texts, { history })), /储能项目/)
})

t.test('it is short, whatever it is given', async (t) => {
  const long = Array.from(
    { length: 400 },
    (_, at) => `第${at}条规定能耗指标为${at}吨标准煤，由主管部门核定。`,
  ).join('')
  const answer = ask('能耗指标是多少吨？', Array(10).fill(long))
  t.ok(answer.length < 700)
  t.ok((answer.match(/\[\d+\]/g) ?? []).length <= 8)
  const endless = '能耗'.repeat(5000)
  t.ok(ask('能耗是多少？', [endless]).length < 700)
})

t.test('headings and the questions of a document are no answers, unless there is nothing else', async (t) => {
  const text =
    'Visitor parking\nVisitors park free of charge for two hours.\nHow long do you keep the records?\nVisitor records are kept for five years.'
  const answer = ask('How long can visitors park for free?', [text])
  t.match(first(answer) ?? '', /^Visitors park free of charge for two hours\./)
  t.notMatch(answer, /Visitor parking|How long/)
  const chinese = ask('访客停车免费多久？', [
    '访客停车\n访客停车两小时内免费。\n访客停车要登记吗？\n访客停车应当登记。',
  ])
  t.notMatch(chinese, /访客停车\[|吗？/)
  const titled = [
    { n: 1, title: '停车', where: '第 1 页 · 访客停车须知', text: '访客停车须知\n访客停车免费。' },
  ]
  t.notMatch(ask('访客停车免费吗？', [], { passages: titled }), /须知/)
  t.equal(ask('How long can visitors park?', ['Visitor parking']), 'Visitor parking[1]')
})

t.test('what has little to do with the question does not pad the answer', async (t) => {
  const text =
    '彩色打印每张1元。打印机位于三楼茶水间旁。请勿在打印区域用餐。纸张不足时请联系行政。门禁卡遗失应当补办。'
  t.equal(ask('彩色打印多少钱一张？', [text]), '彩色打印每张1元。[1]')
  const both = ask('彩色打印多少钱一张？黑白打印多少钱一张？', [`${text}黑白打印每张0.2元。`])
  t.match(both, '彩色打印每张1元。[1]')
  t.match(both, '黑白打印每张0.2元。[1]')
})

t.test('the whole sentence goes before its rest in a passage that begins in the middle of it', async (t) => {
  const rest = '或实现年节能量500吨标准煤以上的，给予奖励20万元。'
  const whole = `企业完成节能改造，${rest}`
  t.equal(first(ask('年节能量达到多少给予奖励？', [rest, whole])), `${whole}[2]`)
  t.equal(first(ask('年节能量达到多少给予奖励？', [rest])), `${rest}[1]`)
})

t.test('short lines that state something, or make a list, are kept', async (t) => {
  const hours = 'Opening hours\nMonday to Friday 8:00 to 18:00'
  t.match(ask('What are the opening hours?', [hours]), /Monday to Friday/)
  const papers = '办卡需要以下材料：\n身份证复印件\n近期照片\n单位介绍信'
  for (const paper of ['身份证复印件', '近期照片']) t.match(ask(`要交${paper}吗？`, [papers]), paper)
})

t.test("a document's own bracketed numbers do not pass for citations", async (t) => {
  const answer = ask('碳价是多少，依据什么？', [
    '碳价为每吨90元[3]，见文献【1, 2】和〔4-5〕；依据国办发〔2021〕12号。',
  ])
  t.same([...new Set(answer.match(/[[【〔][^\]】〕]*[\]】〕]/gu))].sort(), ['[1]', '〔2021〕'])
  t.match(answer, /90元\(3\)/)
})

t.test('the row of a table whose range holds the amount of the question comes first', async (t) => {
  const table =
    '单位产品能耗\t系数\n≤1320 千克标准煤/吨\t0.96\n＞1320；≤1550 千克标准煤/吨\t0.95\n＞1550；≤1700 千克标准煤/吨\t0.94'
  for (const question of [
    '每吨耗1,600千克标准煤，系数取几？',
    '每吨耗一千六百千克标准煤，系数取几？',
    'Which coefficient applies at 1600 kgce per tonne?',
  ]) {
    t.match(first(ask(question, [table])) ?? '', /0\.94/, question)
  }
  t.match(first(ask('每吨耗900千克标准煤，系数取几？', [table])) ?? '', /0\.96/)
})

t.test('a remark in brackets stays with its sentence', async (t) => {
  const text = '推进绿色医院创建工作。（责任单位：市卫生健康委）推进绿色学校创建。（责任单位：市教委）'
  t.match(first(ask('绿色医院的责任单位是谁？', [text])) ?? '', /市卫生健康委/)
})

t.test('without passages, or with empty ones, it says nothing', async (t) => {
  t.equal(ask('能耗是多少？', []), '')
  t.equal(ask('能耗是多少？', ['', '   ', '——']), '')
})

t.test('the pieces make the whole, and no citation is cut', async (t) => {
  const question: ExtractiveQuestion = {
    question: '什么[1]？',
    history: [],
    passages: [{ n: 12, title: '', where: '', text: '方括号[甲]和[3]也是文字。😀表情！结束。' }],
  }
  const deltas = [...extractInDeltas(question)]
  t.equal(deltas.join(''), extract(question))
  t.ok(deltas.length > 3)
  t.ok(deltas.every((delta) => !delta.includes('[1') || /\[12\]/.test(delta)))
  t.ok(deltas.every((delta) => delta.isWellFormed()))
})

t.test('any text is answered in time', async (t) => {
  const nasty = [
    '(一'.repeat(20_000),
    '。'.repeat(60_000),
    'a.b.c. '.repeat(9_000),
    '1 '.repeat(30_000),
    '\t\n'.repeat(30_000),
    '第一条：'.repeat(15_000),
    '\ud800'.repeat(10_000),
  ]
  const started = performance.now()
  for (const text of nasty) t.type(ask('（一）第1条是多少？'.repeat(50), Array(8).fill(text)), 'string')
  const perText = (performance.now() - started) / nasty.length
  t.ok(perText < 3000, `${Math.round(perText)} ms for half a megabyte`)
})

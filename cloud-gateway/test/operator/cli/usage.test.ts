import t from 'tap'
import { widthOf } from '../../../src/operator/cli/table.ts'
import { connectedBox, newBox, settlementOf } from '../../contracts/accounts/given.ts'
import { accountsOf, folderOf, run } from './support.ts'

const zh = { LANG: 'zh_CN.UTF-8' }

t.test('usage: sums for a person, rows for programs', async (t) => {
  const data = folderOf(t)
  const accounts = await accountsOf(t, data)
  const environment = { TANBOX_GATEWAY_DATA: data }
  t.match((await run(environment, 'usage')).stdout, 'No usage.')
  const { box, question } = await connectedBox(accounts)
  for (const [target, exact] of [
    ['本地-glm', true],
    ['本地-glm', false],
    ['=cmd|calc', true],
  ] as const) {
    const asked = question()
    await accounts.reserve(asked)
    const usage = {
      promptTokens: 1_000_000,
      completionTokens: 234_567,
      exact,
      energyMicroWattHours: 2_500_000,
    }
    await accounts.settle(settlementOf(asked, { target, usage, cost: 1_230_000 }))
  }
  const day = new Date().toISOString().slice(0, 10)
  const { stdout } = await run({ ...environment, ...zh }, 'usage')
  const lines = stdout.trimEnd().split('\n')
  t.equal(lines.length, 5)
  t.match(lines[0], '开始 至 今天')
  t.match(lines[3], /^box-\d+ +本地-glm +2 +1234567 +1234567 +2\.46 +5\.00$/)
  t.match(lines[4], /^合计 +3 +2469134 +1234567 +3\.69 +7\.50$/)
  t.match((await run(environment, 'usage', '--by', 'day')).stdout, new RegExp(`^${day} +本地-glm +2 `, 'm'))
  const csv = (await run(environment, 'usage', '--csv')).stdout.split('\r\n')
  t.equal(
    csv[0],
    'day,box,target,answers,promptTokens,completionTokens,estimatedTokens,costMillionths,currency,energyMicroWattHours',
  )
  t.equal(csv[1], `${day},${box},'=cmd|calc,1,1000000,234567,0,1230000,,2500000`, 'no formula')
  const yuan = { ...environment, TANBOX_GATEWAY_CURRENCY: 'CNY' }
  t.match((await run(yuan, 'usage', '--csv')).stdout, ',1230000,CNY,2500000')
  t.match((await run({ ...yuan, ...zh }, 'usage')).stdout, /费用 CNY +能耗 Wh\n/)
  const json = JSON.parse(
    (await run(environment, 'usage', '--json', '--box', box, '--from', day, '--to', day)).stdout,
  )
  t.same(
    json,
    (await accounts.usage({})).map(({ cost, ...row }) => ({ ...row, costMillionths: cost, currency: '' })),
  )
  t.match(await run(environment, 'usage', '--to', '2020-01-01'), { status: 0, stdout: /No usage/ })
  t.match(await run(environment, 'usage', '--box', 'box-typo'), { status: 4 })
})

t.test('tables stay within 80 columns, whatever stands in them', async (t) => {
  const data = folderOf(t)
  const accounts = await accountsOf(t, data)
  const box = { ...newBox(), box: 'box-0123456789abcdef' }
  const quota = { tokensPerMinute: 999_999_999_999, tokensPerDay: 999_999_999_999, streams: 8 }
  await accounts.enrol({ ...box, label: '碳'.repeat(128), quota })
  const { question } = await connectedBox(accounts)
  const asked = question()
  await accounts.reserve(asked)
  const usage = { promptTokens: 99_999_999_999, completionTokens: 0, exact: true, energyMicroWattHours: 9e15 }
  await accounts.settle(settlementOf(asked, { target: '模型'.repeat(30), usage, cost: 9e14 }))
  for (const language of [zh, {}])
    for (const words of [['boxes'], ['usage'], ['usage', '--by', 'day']]) {
      const { stdout } = await run({ TANBOX_GATEWAY_DATA: data, ...language }, ...words)
      for (const line of stdout.trimEnd().split('\n'))
        t.ok(widthOf(line) <= 80 && !/\d…|e\+/.test(line), `${widthOf(line)}: ${line}`)
    }
  const long = `box-${'x'.repeat(59)}`
  await accounts.enrol({ ...newBox(), box: long, label: '', quota })
  t.match((await run({ TANBOX_GATEWAY_DATA: data }, 'boxes')).stdout, long, 'but an id is never cut')
})

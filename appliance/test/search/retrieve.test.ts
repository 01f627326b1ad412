import { mkdtempSync, rmSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { scopeOf } from '../../src/access/scope.ts'
import { readConfig } from '../../src/config.ts'
import { openKnowledge } from '../../src/context.ts'
import { refusalThreshold } from '../../src/search/confidence.ts'
import { readingBudget } from '../../src/search/hits.ts'

const measures = (city: string, amount: number) => `# ${city}市节能补贴办法

## 一、分布式光伏

对新建并网的分布式光伏项目，按装机容量给予每千瓦 ${amount} 元的扶持，最高不超过 ${amount * 2} 万元。

## 二、用能托管

采用能源托管的楼宇，单位建筑面积能耗下降不低于 10% 的，按每平方米 7.5 元给予补贴。

## 三、申报

申报单位应当在每年 3 月 31 日前向市发展改革委提交材料，由市发展改革委审核，${amount} 个工作日内公示。
`

const files = {
  '2024/天津补贴.md': measures('天津', 300),
  '2025/沈阳补贴.md': measures('沈阳', 500),
  '2025/食堂.txt': '食堂管理规定\n\n食堂每日十一点半开餐，员工凭卡就餐，餐具自行送回。\n',
}

/** A box with these files read; real parser, model, store and index. */
async function boxWith(t: Test, documents: Record<string, string>) {
  const data = mkdtempSync(join(tmpdir(), 'tanbox-retrieve-'))
  for (const [path, text] of Object.entries(documents)) {
    await mkdir(join(data, 'drop', path, '..'), { recursive: true })
    await writeFile(join(data, 'drop', path), text)
  }
  const knowledge = await openKnowledge(readConfig({ TANBOX_DATA: data }), pino({ level: 'silent' }))
  t.teardown(async () => {
    await knowledge[Symbol.asyncDispose]()
    rmSync(data, { recursive: true, force: true })
  })
  const scope = scopeOf({ kind: 'owner', via: 'token' })
  await knowledge.intake.start()
  while (knowledge.store.sources.counts(scope).ready < Object.keys(documents).length) await pause(100)
  return { scope, retrieve: knowledge.retrieve }
}

t.test('questions over real files', async (t) => {
  const { scope, retrieve } = await boxWith(t, files)
  const first = async (text: string, more: Partial<Parameters<typeof retrieve>[1]> = {}) => {
    const { hits } = await retrieve(scope, { text, ...more })
    return `${hits[0]!.source.name} ${hits[0]!.passage.text}`
  }

  await t.test('everyday Chinese finds the official wording in the right document', async (t) => {
    t.match(await first('在沈阳楼顶装太阳能板，一千瓦补多少钱？'), /^沈阳补贴.md .*500 元/s)
    t.match(await first('在天津楼顶装太阳能板，一千瓦补多少钱？'), /^天津补贴.md .*300 元/s)
  })

  await t.test('an English question finds the Chinese passage', async (t) => {
    t.match(
      await first('What subsidy does Shenyang pay for rooftop solar per kilowatt?'),
      /^沈阳补贴.md .*500 元/s,
    )
  })

  await t.test('a follow-up is searched with what it refers to', async (t) => {
    const history = [{ role: 'user' as const, content: '沈阳的光伏补贴多少钱？' }]
    t.match(await first('那要在几月几号之前申报？', { history }), /^沈阳补贴.md .*3 月 31 日/s)
  })

  await t.test('filters bound what is found', async (t) => {
    t.match(await first('光伏补贴多少钱？', { filters: { folder: '2024' } }), /^天津补贴/)
    t.match(await first('光伏补贴多少钱？', { filters: { types: ['txt'] } }), /^食堂/)
    t.same((await retrieve(scope, { text: '光伏补贴', filters: { folder: '1999' } })).hits, [])
  })

  await t.test('hits explain themselves and fit what may be read', async (t) => {
    const { hits, searched, timings } = await retrieve(scope, { text: '光伏补贴', limit: 5 })
    t.equal(searched, '光伏补贴')
    t.ok(hits.length <= 5 && timings.total > 0)
    t.ok(hits.every(({ why }) => why.words !== null || why.vectors !== null))
    t.ok(hits.map(({ passage }) => passage.text.replace(/\s/g, '')).join('').length <= readingBudget)
    t.ok(hits.every((hit, index) => index === 0 || hit.score <= hits[index - 1]!.score))
  })

  await t.test('what the documents say is trusted more than what they do not', async (t) => {
    const confidence = async (text: string) => (await retrieve(scope, { text })).confidence
    t.ok((await confidence('沈阳分布式光伏项目每千瓦扶持多少元？')) > refusalThreshold)
    t.ok((await confidence('谁赢得了第五十届超级碗的最有价值球员？')) < refusalThreshold)
    t.ok(
      (await confidence('成都分布式光伏每千瓦补多少钱？')) <
        (await confidence('沈阳分布式光伏每千瓦补多少钱？')),
    )
  })

  await t.test('odd questions are answered with hits or none, never with an error', async (t) => {
    for (const text of [
      '?',
      '。',
      '\u0000',
      '😀',
      '的'.repeat(5000),
      'a'.repeat(20_000),
      '光伏 '.repeat(3000),
      '$^(*)[',
    ]) {
      const { hits, confidence } = await retrieve(scope, { text })
      t.ok(Array.isArray(hits) && confidence >= 0 && confidence <= 1, text.slice(0, 10))
    }
  })

  await t.test('an aborted question ends with its reason', async (t) => {
    const reason = new Error('not wanted any more')
    await t.rejects(retrieve(scope, { text: '光伏' }, AbortSignal.abort(reason)), reason)
  })
})

t.test('an empty box finds nothing and is sure of it', async (t) => {
  const { scope, retrieve } = await boxWith(t, {})
  t.match(await retrieve(scope, { text: '光伏补贴' }), { hits: [], confidence: 0 })
})

/**
 * npm run -s bench:box -- [DIR] [--sizes 10000,100000] [--json]
 *
 * The whole box as `npm start` runs it: from an empty folder to the first cited answer about a dropped PDF, memory of
 * all processes, how quickly the API and the console answer while 500 files are read, and how long a question takes
 * to leave as a prompt. DIR holds documents to fill the larger boxes with; without it the samples are used.
 */
import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { Answer, AnswerEvent } from '../../src/model.ts'
import { multiply } from './multiply.ts'
import { type RunningBox, startBox } from './running-box.ts'

const samples = resolve(import.meta.dirname, '../../../samples')
const tenPages = '2025年度碳排放盘查报告.pdf'
const questions = [
  '2025 年公司的温室气体排放总量是多少？',
  '屋顶光伏去年发了多少电？',
  '可再生能源替代行动有哪些要求？',
  '碳排放配额的清缴期限是什么时候？',
  'How much electricity did the site use in 2025?',
  '节能改造项目的补贴标准是什么？',
]

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false }, sizes: { type: 'string', default: '10000' } },
})
const documents = resolve(process.env.INIT_CWD ?? '.', positionals[0] ?? samples)
const sizes = values.sizes.split(',').map(Number)
const say = (line: string) => void (values.json || console.log(line))

const quantile = (figures: readonly number[], share: number): number => {
  const sorted = figures.toSorted((a, b) => a - b)
  return (
    Math.round((sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0) * 10) / 10
  )
}

async function ask({ box }: RunningBox, question: string): Promise<Answer> {
  for await (const { data } of box.events('/api/ask', { question })) {
    const event = data as AnswerEvent
    if (event.type === 'done') return event.answer
    if (event.type === 'failed') throw new Error(event.reason.en)
  }
  throw new Error('the answer ended without a word')
}

async function withFolder<T>(use: (data: string) => Promise<T>): Promise<T> {
  const data = await mkdtemp(join(tmpdir(), 'tanbox-bench-'))
  try {
    return await use(data)
  } finally {
    await rm(data, { recursive: true, force: true })
  }
}

/** Seconds from `npm start` on an empty folder to an answer that cites the dropped PDF; MB at rest before it. */
async function firstAnswer() {
  return withFolder(async (data) => {
    const began = performance.now()
    await using running = await startBox(data)
    const startedMs = performance.now() - began
    await copyFile(join(samples, tenPages), join(running.drop, tenPages))
    let citations = 0
    while (citations === 0) {
      await pause(100)
      const { counts } = await running.box.get<{ counts: { ready: number } }>('/api/status')
      if (counts.ready > 0) citations = (await ask(running, questions[0]!)).citations.length
    }
    const firstAnswerMs = performance.now() - began
    // Parsers end when they have been idle for a while.
    await pause(20_000)
    return {
      startSeconds: Math.round(startedMs / 100) / 10,
      firstAnswerSeconds: Math.round(firstAnswerMs / 100) / 10,
      idleMb: running.memoryMb(),
    }
  })
}

const files = 500

/** Milliseconds of requests sent one after another while 500 small files are being read. */
async function whileReading() {
  return withFolder(async (data) => {
    await mkdir(join(data, 'drop'), { recursive: true })
    await using running = await startBox(data)
    for (let number = 0; number < files; number++)
      await writeFile(join(running.drop, `${number}.md`), report(number))
    const latencies = { api: [] as number[], console: [] as number[], search: [] as number[] }
    const timed = async (into: number[], request: () => Promise<unknown>) => {
      const began = performance.now()
      await request()
      into.push(performance.now() - began)
    }
    let peakMb = 0
    const began = performance.now()
    for (let round = 0; ; round++) {
      const status = await running.box.get<{ progress: { done: number } }>('/api/status')
      if (status.progress.done >= files) break
      await timed(latencies.api, () => running.box.get('/api/status'))
      await timed(latencies.api, () => running.box.get('/api/documents?limit=100'))
      await timed(latencies.console, async () => (await fetch(`${running.url}/`)).text())
      if (round % 5 === 0) {
        await timed(latencies.search, () => running.box.post('/api/search', { query: questions[round % 6] }))
        peakMb = Math.max(peakMb, running.memoryMb())
      }
      await pause(50)
    }
    const shown = (figures: number[]) => ({
      requests: figures.length,
      p50Ms: quantile(figures, 0.5),
      p95Ms: quantile(figures, 0.95),
      maxMs: quantile(figures, 1),
    })
    return {
      files,
      seconds: Math.round((performance.now() - began) / 1000),
      peakMb,
      api: shown(latencies.api),
      console: shown(latencies.console),
      search: shown(latencies.search),
    }
  })
}

function report(number: number): string {
  const month = (number % 12) + 1
  return `# 第 ${number} 号楼能耗月报\n\n2025 年 ${month} 月用电 ${1000 + number * 37} 千瓦时，用水 ${200 + number} 吨。\n\n较上月${number % 2 ? '上升' : '下降'} ${(number % 9) + 1}%，原因是空调运行时间变化。\n`
}

/** Memory at rest and the way from question to prompt in a box of this many passages. */
async function atSize(passages: number) {
  return withFolder(async (data) => {
    {
      await using filling = await startBox(data)
      for (const name of await readdir(documents))
        await copyFile(join(documents, name), join(filling.drop, name))
      await pause(3000)
      await filling.settled()
    }
    const held = multiply(join(data, 'tanbox.db'), passages)
    const began = performance.now()
    await using running = await startBox(data)
    await running.settled()
    const readySeconds = Math.round((performance.now() - began) / 100) / 10
    const toPrompt: number[] = []
    for (let round = 0; round < 10; round++)
      for (const question of questions) {
        const { timings } = await ask(running, question)
        toPrompt.push(timings.searchMs + timings.promptMs)
      }
    await pause(20_000)
    return {
      passages: held,
      readySeconds,
      memoryMb: running.memoryMb(),
      questionToPrompt: { p50Ms: quantile(toPrompt, 0.5), p95Ms: quantile(toPrompt, 0.95) },
    }
  })
}

const result: Record<string, unknown> = {}
const measure = async (name: string, run: () => Promise<unknown>) => {
  result[name] = await run()
  say(`${name}: ${JSON.stringify(result[name])}`)
}
await measure('firstAnswer', firstAnswer)
await measure('whileReading', whileReading)
for (const size of sizes) await measure(`at${size}`, () => atSize(size))
if (values.json) console.log(JSON.stringify(result))

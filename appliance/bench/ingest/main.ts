import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { pino } from 'pino'
import { readConfig } from '../../src/config.ts'
import { type Knowledge, openKnowledge } from '../../src/context.ts'
import { bareMs } from './bare.ts'
import { type Busy, createBusy } from './busy.ts'
import { treeMemory } from './memory.ts'

/**
 * `npm run -s bench:ingest -- DIR [--json]`: reads a folder of files through the whole product, from the drop folder
 * to the rows of the store, on an empty box. The folder is only read.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false } },
})
const [given] = positionals
if (given === undefined) throw new Error('usage: bench:ingest -- DIR [--json]')
const folder = resolve(process.env.INIT_CWD ?? '.', given)
if (!statSync(folder).isDirectory()) throw new Error(`${folder} is no folder`)

const say = (line: string) => void process.stderr.write(`${line}\n`)
/** At most so many texts are embedded again by the bare sessions. */
const bareSample = 400

/** Every step of the pipeline, timed. The objects are the very ones that intake calls. */
function timeSteps({ steps, blobs, store }: Knowledge, texts: string[]): Record<string, Busy> {
  const busy = {
    copy: createBusy(),
    parse: createBusy(),
    cut: createBusy(),
    embed: createBusy(),
    words: createBusy(),
    write: createBusy(),
  }
  const { put } = blobs
  blobs.put = (...call) => busy.copy.around(() => put(...call))
  const { parse, chunk, embed, words } = steps
  steps.parse = (...call) => busy.parse.around(() => parse(...call))
  steps.chunk = (...call) => busy.cut.around(() => chunk(...call))
  steps.embed = (given, options) => {
    texts.push(...given)
    return busy.embed.around(() => embed(given, options))
  }
  steps.words = (...call) => busy.words.aroundSync(() => words(...call))
  const { addUnits, addPassages } = store.drafts
  store.drafts.addUnits = (...call) => busy.write.aroundSync(() => addUnits(...call))
  store.drafts.addPassages = (...call) => busy.write.aroundSync(() => addPassages(...call))
  const { took, publish, fail } = store.results
  store.results.took = (...call) => busy.write.aroundSync(() => took(...call))
  store.results.publish = (...call) => busy.write.aroundSync(() => publish(...call))
  store.results.fail = (...call) => busy.write.aroundSync(() => fail(...call))
  return busy
}

/** Until the folder was seen and the queue is empty; tells the progress meanwhile. */
async function finished({ intake, store }: Knowledge): Promise<void> {
  for (let tick = 0; ; tick += 1) {
    await delay(100)
    const { done, total, failed, current, pagesPerSecond, passagesPerSecond } = intake.now()
    if (tick % 50 === 0)
      say(
        `${done}/${total}, ${failed} failed, ${pagesPerSecond} pages/s, ${passagesPerSecond} passages/s ${current[0] ?? ''}`,
      )
    if (total > 0 && store.jobs.counts().waiting === 0 && tick > 30) return
  }
}

const data = mkdtempSync(join(tmpdir(), 'tanbox-bench-ingest-'))
try {
  const config = readConfig({ ...process.env, TANBOX_DATA: data, TANBOX_DROP: folder })
  const texts: string[] = []
  const loop = monitorEventLoopDelay({ resolution: 5 })
  const knowledge = await openKnowledge(config, pino({ level: 'silent' }))
  let peak = 0
  const sampler = setInterval(() => {
    peak = Math.max(peak, treeMemory(process.pid))
  }, 500)
  const busy = timeSteps(knowledge, texts)
  let lastResult = performance.now()
  const { publish } = knowledge.store.results
  knowledge.store.results.publish = (...call) => {
    const published = publish(...call)
    lastResult = performance.now()
    return published
  }
  const began = performance.now()
  loop.enable()
  await knowledge.intake.start()
  await finished(knowledge)
  loop.disable()
  clearInterval(sampler)
  const seconds = (lastResult - began) / 1000
  const rows = knowledge.store.results.totals()
  const failures = knowledge.store.results.failures(10_000)
  await knowledge[Symbol.asyncDispose]()

  say('the same texts through bare sessions')
  const step = Math.max(1, Math.ceil(texts.length / bareSample))
  const sample = texts.filter((_, index) => index % step === 0)
  const threads = config.embeddingSessions || Math.min(availableParallelism(), 4)
  const bareTextsPerSecond = sample.length / ((await bareMs(config.embeddingModel, sample, threads)) / 1000)
  const textsPerSecond = texts.length / ((busy.embed?.ms ?? 0) / 1000)

  const allSteps = Object.values(busy).reduce((sum, { ms }) => sum + ms, 0)
  const result = {
    folder: given,
    ...{ files: rows.documents + failures.length, documents: rows.documents, failed: failures.length },
    ...{ pages: rows.pages, passages: rows.passages, seconds: round(seconds) },
    pagesPerSecond: round(rows.pages / seconds),
    passagesPerSecond: round(rows.passages / seconds),
    peakMemoryMB: Math.round(peak / 1e6),
    /** `share` of the time of all steps; `busy` share of the whole run (steps run side by side). */
    steps: Object.fromEntries(
      Object.entries(busy).map(([name, { ms }]) => [
        name,
        { seconds: round(ms / 1000), share: round(ms / allSteps), busy: round(ms / 1000 / seconds) },
      ]),
    ),
    embedding: {
      textsPerSecond: round(textsPerSecond),
      bareTextsPerSecond: round(bareTextsPerSecond),
      bareTexts: sample.length,
      ratio: round(textsPerSecond / bareTextsPerSecond),
    },
    eventLoopMs: {
      p95: round(loop.percentile(95) / 1e6),
      p99: round(loop.percentile(99) / 1e6),
      max: round(loop.max / 1e6),
    },
    failures: failures.map(({ name, reason }) => ({ name, code: reason.code })),
    node: process.version,
  }
  if (values.json) console.log(JSON.stringify(result))
  else console.log(JSON.stringify(result, null, 2))
} finally {
  rmSync(data, { recursive: true, force: true })
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000
}

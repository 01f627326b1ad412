import { readFileSync } from 'node:fs'
import type { Embedder } from '../../src/embed/embedder.ts'
import type { IndexAnswer, PassageIndex } from '../../src/search/passage-index.ts'
import { scopes } from './fill.ts'
import type { Synthetic } from './synthetic.ts'

/** Milliseconds, rounded to a tenth. */
export interface Latency {
  p50: number
  p95: number
  p99: number
}

export interface ScopeResult {
  percent: number
  eligible: number
  /** With the embedding of the question. */
  latency: Latency
  embeddingMs: Latency
  indexMs: Latency
  /** Processor time of one question, all threads, on average: what remains true on a busy machine. */
  cpuMs: number
  /** Of the ten nearest by the exact scan, the share found. */
  recallAt10: number
}

/** As deep as retrieval asks each method. */
const depth = 200

const texts = [
  '企业碳排放核算的边界怎么确定？',
  '2023年全国电网平均排放因子是多少？',
  '光伏发电项目的补贴标准和申报条件有哪些？',
  'What are the deadlines for reporting Scope 3 emissions?',
  '公共机构节约能源资源工作规划提出了哪些量化目标，到2025年单位建筑面积能耗要下降多少？',
]

/** Asks the same questions in every scope; `exact` gives what is compared with. */
export async function measureScopes(
  index: PassageIndex,
  exact: Map<string, number[]>,
  embedder: Embedder,
  synthetic: Synthetic,
  questions: number,
): Promise<ScopeResult[]> {
  const results: ScopeResult[] = []
  for (const { percent, folder } of scopes) {
    const [embedding, searching, whole] = [[] as number[], [] as number[], [] as number[]]
    let cpu = process.cpuUsage()
    let recall = 0
    let eligible = 0
    for (let number = -5; number < questions; number++) {
      if (number === 0) cpu = process.cpuUsage()
      const { terms, vector } = synthetic.question(Math.abs(number))
      const start = performance.now()
      await embedder.embedQuery(texts[Math.abs(number) % texts.length]!)
      const embedded = performance.now()
      const answer = await index.search({
        spaces: ['home'],
        filters: folder ? { folder } : {},
        terms: terms.map((term) => ({ term, weight: 1 })),
        vectors: [{ view: 0, vector }],
        limit: depth,
      })
      const end = performance.now()
      if (number < 0) continue // warming up
      embedding.push(embedded - start)
      searching.push(end - embedded)
      whole.push(end - start)
      eligible = answer.eligible
      recall += overlap(answer, exact, `${percent} ${number}`)
    }
    const { user, system } = process.cpuUsage(cpu)
    results.push({
      cpuMs: Number(((user + system) / 1000 / questions).toFixed(1)),
      ...{ percent, eligible, latency: quantiles(whole) },
      ...{ embeddingMs: quantiles(embedding), indexMs: quantiles(searching) },
      recallAt10: Number((recall / questions).toFixed(4)),
    })
  }
  return results
}

/** Share of the exact ten that are in the answer; where nothing was exact yet, the answer becomes it. */
function overlap(answer: IndexAnswer, exact: Map<string, number[]>, key: string): number {
  const found = answer.vectors[0]!.slice(0, 10).map(({ passage }) => passage)
  const wanted = exact.get(key)
  if (!wanted) {
    exact.set(key, found)
    return 1
  }
  return wanted.filter((passage) => found.includes(passage)).length / wanted.length
}

function quantiles(values: number[]): Latency {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number) =>
    Number(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!.toFixed(1))
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) }
}

/** Proportional set size of this process in MB. */
export function memoryMb(): number {
  const rollup = readFileSync('/proc/self/smaps_rollup', 'utf8')
  return Math.round(Number(/^Pss:\s+(\d+)/m.exec(rollup)![1]) / 1024)
}

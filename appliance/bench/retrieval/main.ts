import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { Embedder } from '../../src/embed/embedder.ts'
import { mergePassages } from '../../src/passages/merge.ts'
import { refusalThreshold } from '../../src/search/confidence.ts'
import { createRetrieve } from '../../src/search/retrieve.ts'
import { type Box, openBox } from './box.ts'
import { judge, type Verdict } from './judge.ts'
import { type Measures, measure } from './measures.ts'
import { type BenchQuestion, type QuestionSet, readQuestionSet } from './question-set.ts'

/**
 * bench:retrieval DIR [--json] [--data FOLDER]
 *
 * Reads the documents of a set with the product's own pipeline, asks its questions, and says how often the evidence
 * is among the hits: by words alone, by vectors alone, by both. --data keeps the box for another run.
 */
const methods = ['words', 'vectors', 'fused'] as const
type Method = (typeof methods)[number]

interface Outcome {
  question: BenchQuestion
  verdict: Verdict
  confidence: number
}

interface Report {
  set: string
  passages: number
  questions: number
  words: Measures
  vectors: Measures
  fused: Measures
  byLang: Record<string, { fused: Measures }>
  byType: Record<string, { fused: Measures }>
  /** The most that the first five fused hits of any question hold. */
  charsInFirstFive: number
  /** Shares of the questions that would be refused; null where there are none. */
  refused: { unanswerable: number | null; answerable: number | null }
}

async function ask(
  box: Box,
  embedder: Pick<Embedder, 'embedQuery'>,
  method: Method,
  questions: readonly BenchQuestion[],
): Promise<Outcome[]> {
  const { index, store } = box.knowledge
  const retrieve = createRetrieve({
    index,
    embedder,
    passages: store.passages,
    merge: mergePassages,
    methods: method,
  })
  const outcomes: Outcome[] = []
  for (const question of questions) {
    const { text, history } = question
    const { hits, confidence } = await retrieve(box.scope, { text, history, limit: 10 })
    const verdict = judge(question, hits, (hit) => box.documentAt(hit.source.path))
    outcomes.push({ question, verdict, confidence })
  }
  return outcomes
}

/** The three methods ask the same questions: each is embedded once. */
function remembering(embedder: Embedder): Pick<Embedder, 'embedQuery'> {
  const known = new Map<string, Promise<Float32Array>>()
  return {
    embedQuery(text, options) {
      const vector = known.get(text) ?? embedder.embedQuery(text, options)
      known.set(text, vector)
      return vector
    },
  }
}

function report(set: QuestionSet, passages: number, outcomes: Record<Method, Outcome[]>): Report {
  const answerable = (method: Method) => outcomes[method].filter(({ question }) => question.answerable)
  const measured = (some: readonly Outcome[]) => measure(some.map(({ verdict }) => verdict))
  const by = (key: (question: BenchQuestion) => string) =>
    Object.fromEntries(
      [...Map.groupBy(answerable('fused'), ({ question }) => key(question))]
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, some]) => [name, { fused: measured(some) }]),
    )
  return {
    set: set.name,
    passages,
    questions: set.questions.length,
    words: measured(answerable('words')),
    vectors: measured(answerable('vectors')),
    fused: measured(answerable('fused')),
    byLang: by((question) => question.lang),
    byType: by((question) => question.type),
    charsInFirstFive: Math.max(0, ...outcomes.fused.map(({ verdict }) => verdict.characters)),
    refused: {
      unanswerable: refusedShare(outcomes.fused.filter(({ question }) => !question.answerable)),
      answerable: refusedShare(answerable('fused')),
    },
  }
}

function refusedShare(outcomes: readonly Outcome[]): number | null {
  if (outcomes.length === 0) return null
  const refused = outcomes.filter(({ confidence }) => confidence < refusalThreshold).length
  return Math.round((refused / outcomes.length) * 1000) / 1000
}

function print(result: Report): void {
  console.log(`${result.set}: ${result.passages} passages, ${result.questions} questions`)
  const rows = { words: result.words, vectors: result.vectors, fused: result.fused }
  console.table(rows)
  for (const group of [result.byLang, result.byType]) {
    console.table(Object.fromEntries(Object.entries(group).map(([name, { fused }]) => [name, fused])))
  }
  console.log(`at most ${result.charsInFirstFive} characters in the first five hits`)
  console.log('refused:', result.refused)
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false }, data: { type: 'string' } },
})
const [folder] = positionals
if (folder === undefined) {
  console.error('Usage: npm run -s bench:retrieval -- DIR [--json] [--data FOLDER]')
  process.exit(2)
}
const standing = process.env.INIT_CWD ?? process.cwd()
const set = readQuestionSet(resolve(standing, folder))
let told = 0
await using box = await openBox(set.documents, {
  ...(values.data === undefined ? {} : { data: resolve(standing, values.data) }),
  onProgress(done, total) {
    if (done >= told + total / 20) console.error(`read ${done} of ${total} files`)
    if (done >= told + total / 20) told = done
  },
})
for (const { name, reason } of box.failed) console.error(`not read: ${name}: ${reason}`)
const embedder = remembering(box.knowledge.embedder)
const result = report(set, box.passages, {
  words: await ask(box, embedder, 'words', set.questions),
  vectors: await ask(box, embedder, 'vectors', set.questions),
  fused: await ask(box, embedder, 'fused', set.questions),
})
if (values.json) console.log(JSON.stringify(result))
else print(result)

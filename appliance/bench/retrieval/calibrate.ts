import { writeFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Grounds } from '../../src/search/confidence.ts'
import { type Box, openBox } from './box.ts'
import { type Case, crossValidate, fit } from './logistic.ts'
import { type BenchQuestion, type QuestionSet, readQuestionSet } from './question-set.ts'

/**
 * bench:calibrate DIR [DIR...] [--data FOLDER] [--write]
 *
 * Fits the confidence of retrieval. The first set counts in full; its unanswerable questions are few and count
 * double. Generated cases: an answerable question whose documents are kept out of the search, and questions of one
 * set asked of another's documents. Prints what five-fold cross-validation refuses, with a 95 % interval by
 * bootstrap over questions; --write puts the coefficients into search/confidence-table.ts.
 */
const mostPerKind = 100
const weightOf = { answerable: 1, unanswerable: 2, removed: 1, foreign: 0.3 }
const weightOfOtherSets = 0.3
/** The threshold refuses this share of answerable questions in cross-validation; at most .05 is allowed. */
const refusedAnswerable = 0.04

interface Labelled extends Case {
  kind: string
}

let features: (keyof Grounds)[] = []

async function casesOf(
  box: Box,
  set: QuestionSet,
  others: readonly QuestionSet[],
  first: boolean,
): Promise<Labelled[]> {
  const cases: Labelled[] = []
  const sources = box.knowledge.store.sources.list(box.scope, { limit: 100_000 }).items
  async function add(
    kind: keyof typeof weightOf,
    from: string,
    question: BenchQuestion,
    without: readonly string[],
  ) {
    const filters = without.length === 0 ? {} : { sources: remaining(without) }
    const { grounds } = await box.knowledge.retrieve(box.scope, {
      text: question.text,
      history: question.history,
      filters,
    })
    features = Object.keys(grounds) as (keyof Grounds)[]
    cases.push({
      kind: `${kind} ${from}`,
      features: features.map((name) => grounds[name]),
      label: kind === 'answerable' ? 1 : 0,
      weight: weightOf[kind] * (first ? 1 : weightOfOtherSets),
      group: question.id,
    })
  }
  const remaining = (without: readonly string[]) =>
    sources.filter(({ path }) => !without.includes(box.documentAt(path))).map(({ id }) => id)

  for (const question of sample(set.questions)) {
    await add(question.answerable ? 'answerable' : 'unanswerable', set.name, question, [])
    if (question.answerable) await add('removed', set.name, question, question.documents)
  }
  const own = new Set(set.questions.map(({ id }) => id))
  for (const other of others) {
    // The same questions in another language are not foreign.
    if (other.questions.some(({ id }) => own.has(id))) continue
    for (const question of sample(other.questions).filter((_, i) => i % 2 === 0))
      await add('foreign', `${other.name} in ${set.name}`, question, [])
  }
  return cases
}

function sample(questions: readonly BenchQuestion[]): BenchQuestion[] {
  const stride = Math.max(1, Math.floor(questions.length / mostPerKind))
  return questions.filter((_, i) => i % stride === 0)
}

function thresholdFor(cases: readonly Labelled[], predictions: readonly number[], set: string): number {
  const answerable = predictions
    .filter((_, i) => cases[i]!.kind === `answerable ${set}`)
    .sort((a, b) => a - b)
  return answerable[Math.floor(refusedAnswerable * answerable.length)]!
}

/** Share of values under a threshold, with its 95 % interval. */
function refusedShare(values: readonly number[], threshold: number) {
  const share = (some: readonly number[]) => some.filter((value) => value < threshold).length / some.length
  let seed = 1
  const random = () => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0
    return seed / 2 ** 32
  }
  const resampled = Array.from({ length: 2000 }, () =>
    share(values.map(() => values[Math.floor(random() * values.length)]!)),
  ).sort((a, b) => a - b)
  return { share: share(values), from: resampled[50]!, to: resampled[1949]! }
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { data: { type: 'string' }, write: { type: 'boolean', default: false } },
})
const standing = process.env.INIT_CWD ?? process.cwd()
const sets = positionals.map((folder) => readQuestionSet(resolve(standing, folder)))
const main = sets[0]
if (main === undefined) {
  console.error('Usage: npm run -s bench:calibrate -- DIR [DIR...] [--data FOLDER] [--write]')
  process.exit(2)
}
const cases: Labelled[] = []
for (const set of sets) {
  const data =
    values.data === undefined ? {} : { data: join(resolve(standing, values.data), basename(set.name)) }
  await using box = await openBox(set.documents, data)
  cases.push(
    ...(await casesOf(
      box,
      set,
      sets.filter((other) => other !== set),
      set === main,
    )),
  )
}
const predictions = crossValidate(cases)
const threshold = thresholdFor(cases, predictions, main.name)
for (const [kind, indexes] of Map.groupBy(cases.keys(), (i) => cases[i]!.kind)) {
  const { share, from, to } = refusedShare(
    indexes.map((i) => predictions[i]!),
    threshold,
  )
  console.log(
    `${kind}: ${indexes.length} cases, ${share.toFixed(2)} refused (${from.toFixed(2)}-${to.toFixed(2)})`,
  )
}
const model = fit(cases)
const rounded = (value: number) => Number(value.toPrecision(4))
const weights = Object.fromEntries(features.map((name, i) => [name, rounded(model.weights[i]!)]))
console.log({ intercept: rounded(model.intercept), weights, threshold: rounded(threshold) })
if (values.write) {
  const table = `import type { Grounds } from './confidence.ts'

/** Written by bench/retrieval/calibrate.ts; what the figures mean stands in confidence.ts. */
export const coefficients: { intercept: number; weights: Record<keyof Grounds, number> } = {
  intercept: ${rounded(model.intercept)},
  weights: {
${Object.entries(weights)
  .map(([name, weight]) => `    ${name}: ${weight},`)
  .join('\n')}
  },
}

export const threshold = ${rounded(threshold)}
`
  writeFileSync(fileURLToPath(new URL('../../src/search/confidence-table.ts', import.meta.url)), table)
}

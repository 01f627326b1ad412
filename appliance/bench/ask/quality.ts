/**
 * npm run -s bench:ask:quality -- DIR [--data FOLDER] [--json]
 *
 * What a box without any model says: the documents of a set like ../shared/bench/policy-qa-dev are read by the
 * product's own pipeline, its answerable questions are searched and answered by quoting, and counted is the share of
 * their answer keys that stand in the answer. Beside it the share that stands anywhere in the passages: more cannot be
 * quoted. --data keeps the box for another run.
 */
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { extract } from '@tanbox/cloud-gateway/extractive'
import { answerDefaults } from '../../src/answer/answer.ts'
import { placeNames, synonyms, translations } from '../../src/search/expand.ts'
import { type Box, openBox } from '../retrieval/box.ts'
import { readQuestionSet } from '../retrieval/question-set.ts'

interface Row {
  id: string
  type: string
  lang: string
  answerable: boolean
  /** Of each group one form must occur. */
  answer_keys?: string[][]
}

interface Outcome {
  row: Row
  answered: number
  found: number
  characters: number
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false }, data: { type: 'string' } },
})
const here = process.env.INIT_CWD ?? '.'
const [set] = positionals
if (set === undefined) {
  console.error('usage: bench:ask:quality -- DIR [--data FOLDER] [--json]')
  process.exit(2)
}

const folder = resolve(here, set)
const { documents, questions } = readQuestionSet(folder)
const rows = new Map(
  readFileSync(join(folder, 'questions.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as Row)
    .map((row) => [row.id, row]),
)

await using box = await openBox(documents, values.data ? { data: resolve(here, values.data) } : {})
const outcomes: Outcome[] = []
for (const question of questions) {
  const row = rows.get(question.id)
  if (row?.answerable && row.answer_keys) outcomes.push(await answer(box, row, question))
}
const report = {
  set: folder.split('/').at(-1),
  questions: outcomes.length,
  all: summary(outcomes),
  byLang: by(({ lang }) => lang),
  byType: by(({ type }) => type),
}
console.log(JSON.stringify(report, null, values.json ? 0 : 2))

async function answer(
  { knowledge, scope }: Box,
  row: Row,
  { text, history }: (typeof questions)[number],
): Promise<Outcome> {
  const { hits } = await knowledge.retrieve(scope, { text, history, limit: answerDefaults.passages })
  const passages = hits.map(({ passage, source }, at) => ({
    n: at + 1,
    title: source.title || source.name,
    where: '',
    text: passage.text,
  }))
  const terms = [translations, placeNames, synonyms].flatMap((of) => of(text).flat())
  const written = extract({ question: text, history, passages, terms })
  const keys = row.answer_keys!
  return {
    row,
    answered: shareOf(keys, written.replace(/\[\d+\]/g, '')),
    found: shareOf(keys, passages.map((passage) => passage.text).join('\n')),
    characters: written.length,
  }
}

function shareOf(keys: readonly string[][], text: string): number {
  const folded = fold(text)
  return keys.filter((forms) => forms.some((form) => folded.includes(fold(form)))).length / keys.length
}

function fold(text: string): string {
  return text.normalize('NFKC').toLowerCase().replace(/[\s,]/g, '')
}

function by(key: (row: Row) => string) {
  return Object.fromEntries(
    [...Map.groupBy(outcomes, ({ row }) => key(row))].map(([name, some]) => [name, summary(some)]),
  )
}

function summary(some: readonly Outcome[]) {
  const mean = (figure: (outcome: Outcome) => number) =>
    Math.round((1000 * some.reduce((sum, outcome) => sum + figure(outcome), 0)) / some.length) / 1000
  return {
    questions: some.length,
    answered: mean(({ answered }) => answered),
    whole: mean(({ answered }) => (answered === 1 ? 1 : 0)),
    inPassages: mean(({ found }) => found),
    characters: Math.round(mean(({ characters }) => characters)),
  }
}

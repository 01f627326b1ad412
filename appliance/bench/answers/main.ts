import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { answerDefaults, createAnswering } from '../../src/answer/answer.ts'
import { historyOf } from '../../src/answer/conversation.ts'
import { createEgress } from '../../src/answer/egress.ts'
import { createOfflineLlm } from '../../src/llm/offline.ts'
import type { Answer, AnswerEvent } from '../../src/model.ts'
import { originalSpans } from '../../src/passages/mapped-text.ts'
import { sentences } from '../../src/passages/sentences.ts'
import { analyse } from '../../src/search/analyse.ts'
import { refusalThreshold } from '../../src/search/confidence.ts'
import { placeNames, synonyms, translations } from '../../src/search/expand.ts'
import { newId } from '../../src/store/ids.ts'
import { type Box, openBox } from '../retrieval/box.ts'
import { type BenchQuestion, readQuestionSet } from '../retrieval/question-set.ts'
import { type AnswerKeys, judge, type Verdict } from './judge.ts'

/**
 * bench:answers DIR [--json] [--data FOLDER] [--details]
 *
 * Reads the documents of a set with the product's own pipeline, asks its questions of the box itself (no gateway),
 * and says what the answers are worth: whether they hold the keys of the reference answers, whether their citations
 * open at the evidence, what was refused. --data keeps the box for another run, --details lists each question.
 */
interface Measures {
  questions: number
  /** Answers that hold every key; mean share of keys; the same among the passages they were written from. */
  allKeys: number
  keys: number
  allKeysSent: number
  /** Answers with a citation at the evidence, and the share of such citations among all. */
  evidenceCited: number
  citationsOnEvidence: number
  citationsPerAnswer: number
  refused: number
}

const hints = (text: string) => [translations, placeNames, synonyms].flatMap((of) => of(text).flat())

function answeringOf({ knowledge }: Box) {
  return createAnswering(
    {
      retrieve: knowledge.retrieve,
      refusalThreshold,
      llm: null,
      offline: createOfflineLlm(),
      egress: createEgress({ redact: true, now: () => new Date() }),
      cite: { sentences, analyse, originalSpans, hints },
      conversations: knowledge.store.conversations,
      newId,
      clock: () => new Date(),
      report: (cause) => console.error(cause),
    },
    answerDefaults,
  )
}

async function ask(box: Box, question: BenchQuestion): Promise<Answer> {
  const conversation = question.history.length > 0 ? remember(box, question.history) : undefined
  let done: AnswerEvent | undefined
  const asked = { question: question.text, ...(conversation && { conversation }) }
  for await (const event of answeringOf(box).ask(box.scope, asked)) done = event
  if (done?.type !== 'done') throw new Error(`${question.id}: ${JSON.stringify(done)}`)
  return done.answer
}

/** A conversation in which the earlier turns of a follow-up were said. */
function remember({ knowledge, scope }: Box, history: BenchQuestion['history']): string {
  const conversation = newId(new Date())
  for (let turn = 0; turn + 1 < history.length; turn += 2) {
    const [question, text] = [history[turn]!.content, history[turn + 1]!.content]
    knowledge.store.conversations.save(scope, {
      ...{ id: newId(new Date()), conversation, question, searched: question, text },
      ...{ citations: [], unsupported: [], dropped: 0, outcome: 'answered', via: 'box', model: 'bench' },
      ...{ notice: null, passages: [], usage: null, createdAt: new Date().toISOString() },
      receipt: createEgress({ redact: true, now: () => new Date() }).nothing(),
      timings: { searchMs: 0, promptMs: 0, firstTokenMs: null, totalMs: 0 },
    })
  }
  if (historyOf(knowledge.store.conversations.answers(scope, conversation)).length === 0)
    throw new Error('the earlier turns of a follow-up were not kept')
  return conversation
}

function measure(verdicts: readonly Verdict[]): Measures {
  const share = (test: (verdict: Verdict) => boolean) => round(verdicts.filter(test).length / verdicts.length)
  const sum = (of: (verdict: Verdict) => number) => verdicts.reduce((total, one) => total + of(one), 0)
  const answered = verdicts.filter(({ refused }) => !refused)
  return {
    questions: verdicts.length,
    allKeys: share(({ keys }) => keys === 1),
    keys: round(sum(({ keys }) => keys) / verdicts.length),
    allKeysSent: share(({ keysSent }) => keysSent === 1),
    evidenceCited: share(({ onEvidence }) => onEvidence > 0),
    citationsOnEvidence: round(
      sum(({ onEvidence }) => onEvidence) /
        Math.max(
          1,
          sum(({ citations }) => citations),
        ),
    ),
    citationsPerAnswer: round(sum(({ citations }) => citations) / Math.max(1, answered.length)),
    refused: share(({ refused }) => refused),
  }
}

const round = (value: number) => Math.round(value * 1000) / 1000

function keysOf(folder: string): Map<string, AnswerKeys> {
  const rows = readFileSync(join(folder, 'questions.jsonl'), 'utf8').trim().split('\n')
  return new Map(rows.map((row) => JSON.parse(row)).map(({ id, answer_keys }) => [id, answer_keys ?? []]))
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    data: { type: 'string' },
    details: { type: 'boolean', default: false },
  },
})
if (positionals[0] === undefined) {
  console.error('Usage: npm run -s bench:answers -- DIR [--json] [--data FOLDER] [--details]')
  process.exit(2)
}
const standing = process.env.INIT_CWD ?? process.cwd()
const folder = resolve(standing, positionals[0])
const set = readQuestionSet(folder)
const keys = keysOf(folder)
await using box = await openBox(set.documents, values.data ? { data: resolve(standing, values.data) } : {})
const verdicts: Verdict[] = []
for (const question of set.questions) {
  const answer = await ask(box, question)
  const verdict = judge(question, keys.get(question.id) ?? [], answer, box.documentAt)
  verdicts.push(verdict)
  if (values.details)
    console.error(JSON.stringify({ ...verdict, question: question.text, answer: answer.text }))
}
const answerable = verdicts.filter(({ question }) => question.answerable)
const unanswerable = verdicts.filter(({ question }) => !question.answerable)
const times = verdicts.map(({ ms }) => ms).toSorted((a, b) => a - b)
const result = {
  set: set.name,
  answerable: measure(answerable),
  byLang: Object.fromEntries(
    [...Map.groupBy(answerable, ({ question }) => question.lang)].map(([lang, some]) => [
      lang,
      measure(some),
    ]),
  ),
  byType: Object.fromEntries(
    [...Map.groupBy(answerable, ({ question }) => question.type)].map(([type, some]) => [
      type,
      measure(some),
    ]),
  ),
  unanswerable: {
    questions: unanswerable.length,
    refused: round(unanswerable.filter(({ refused }) => refused).length / Math.max(1, unanswerable.length)),
  },
  /** Of a writer that only quotes, none may be dropped or unsupported. */
  dropped: verdicts.reduce((sum, { dropped }) => sum + dropped, 0),
  unsupported: verdicts.reduce((sum, { unsupported }) => sum + unsupported, 0),
  ms: { median: times[times.length >> 1] ?? 0, p95: times[Math.floor(times.length * 0.95)] ?? 0 },
}
if (values.json) console.log(JSON.stringify(result))
else {
  console.table({ all: result.answerable, ...result.byLang, ...result.byType })
  console.log({
    unanswerable: result.unanswerable,
    dropped: result.dropped,
    unsupported: result.unsupported,
    ms: result.ms,
  })
}

/** What an OpenAI-compatible server has to do for the gateway. Each check resolves with what it saw, or throws. */
import type { AskError } from '../../src/errors.ts'
import { dialects } from '../../src/providers/openai/dialects.ts'
import type { Course, LiveModel, LiveSettings } from './live-model.ts'
import { createLoadGauge } from './load-gauge.ts'

/** What was seen; `note` where that is worth knowing and no failure. */
export interface Seen {
  verdict: 'ok' | 'note'
  text: string
}

export interface Check {
  name: string
  run(model: LiveModel, settings: LiveSettings): Promise<Seen>
}

/** A server that goes on with what nobody reads holds up the next question; milliseconds. */
const soonMs = 1000
const patienceMs = 5000

const ok = (text: string): Seen => ({ verdict: 'ok', text })
const note = (text: string): Seen => ({ verdict: 'note', text })

const longQuestion = '请用至少八百字详细介绍二氧化碳的来源、影响和减排办法，分条说明。'
const shortQuestions = ['只回答一个字：好', '一加一等于几？只回答数字。', 'Say "ok" and nothing else.']
const noSuchModel = 'tanbox-no-such-model'

export const checks: Check[] = [
  { name: 'reachable', run: reachable },
  { name: 'streaming', run: streaming },
  { name: 'finish stop', run: finishStop },
  { name: 'finish length', run: finishLength },
  { name: 'usage', run: usage },
  { name: 'reasoning', run: reasoning },
  { name: 'cancel', run: cancel },
  { name: 'unknown model', run: unknownModel },
  { name: 'prompt count', run: promptCount },
]

async function reachable(model: LiveModel): Promise<Seen> {
  await model.check()
  return ok('the server can be asked')
}

async function streaming(model: LiveModel): Promise<Seen> {
  let course = await model.ask(longQuestion, 128)
  // A few texts show little: a small model may have stopped early.
  for (let tries = 1; tries < 3 && course.pieces < 8; tries++) course = await model.ask(longQuestion, 128)
  const seen = `${course.pieces} texts in ${course.arrivals} arrivals, the first after ${course.firstMs} ms, the last after ${course.lastMs} ms`
  if (course.pieces < 3) throw new Error(`the answer came in one go: ${seen}`)
  // A quick engine may send a few tokens together, and a slow reader find a few; not all of them.
  if (course.arrivals < Math.max(3, course.pieces / 10))
    throw new Error(`the answer was held back and came at once: ${seen}`)
  return ok(seen)
}

async function finishStop(model: LiveModel): Promise<Seen> {
  const reasons: string[] = []
  for (const question of shortQuestions) {
    const course = await model.ask(question, 2048)
    if (course.finish?.finish === 'stop') return ok(`stop, after ${countOf(course)}`)
    reasons.push(String(course.finish?.finish))
  }
  throw new Error(`short questions end with ${reasons.join(', ')}`)
}

async function finishLength(model: LiveModel): Promise<Seen> {
  const course = await model.ask(longQuestion, 8)
  const finish = course.finish?.finish
  if (finish !== 'length') throw new Error(`eight tokens of a long answer end with ${finish}`)
  const written = course.finish?.usage?.completionTokens ?? 0
  if (written > 10) throw new Error(`eight tokens were asked for, ${written} were written`)
  return ok(`length, after ${countOf(course)}`)
}

async function usage(model: LiveModel, { dialect }: LiveSettings): Promise<Seen> {
  const course = await model.ask(longQuestion, 32)
  const count = course.finish?.usage
  if (!count) {
    if (dialect === 'chatglm2' || dialect === 'chatglm3') return note('none, as is known of it: estimated')
    throw new Error('none was reported; it would be estimated')
  }
  if (count.promptTokens < 1 || count.completionTokens < 1) {
    throw new Error(`prompt ${count.promptTokens}, completion ${count.completionTokens} cannot be`)
  }
  return ok(`prompt ${count.promptTokens}, completion ${count.completionTokens} tokens`)
}

async function reasoning(model: LiveModel): Promise<Seen> {
  const course = await model.ask('9.11 和 9.8 哪个大？', 256)
  return course.reasoning === ''
    ? note('the model does not show any')
    : ok(`${course.reasoning.length} characters before or beside ${course.answer.length} of the answer`)
}

async function cancel(model: LiveModel, { baseUrl, key }: LiveSettings): Promise<Seen> {
  const gauge = createLoadGauge(baseUrl, key)
  const idle = await gauge.running()
  const before = await model.ask(longQuestion, 1)
  const { cancelled } = await model.ask(longQuestion, 2048, { cancelAfter: 3 })
  if (!cancelled) return note('the answer was over before it could be cancelled')
  const { answeredMs, closedMs } = cancelled
  if (closedMs > soonMs) throw new Error(`the connection was closed only after ${Math.round(closedMs)} ms`)
  const seen = [
    `answered after ${answeredMs.toFixed(1)} ms, connection closed after ${closedMs.toFixed(1)} ms`,
  ]
  const freed = idle === 0 ? await freedAfter(() => gauge.running()) : null
  if (idle !== null && idle !== 0) seen.push('the server is busy with others, so its own count says nothing')
  if (freed !== null) seen.push(`the server says that it is idle after ${freed} ms`)
  const after = await model.ask(longQuestion, 1)
  seen.push(`next first text after ${after.firstMs} ms, ${before.firstMs} ms before`)
  if (after.firstMs > 3 * before.firstMs + soonMs) {
    throw new Error(`the next question had to wait: ${seen.join('; ')}`)
  }
  return ok(seen.join('; '))
}

/** Milliseconds until the server has nothing to do. */
async function freedAfter(running: () => Promise<number | null>): Promise<number> {
  const started = performance.now()
  while ((await running()) !== 0) {
    if (performance.now() - started > patienceMs) throw new Error(`the server goes on after ${patienceMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return Math.round(performance.now() - started)
}

async function unknownModel(model: LiveModel): Promise<Seen> {
  try {
    await model.ask('你好', 1, { model: noSuchModel })
  } catch (error) {
    const { code, retryable } = error as AskError
    if (code === 'model-missing') return ok(code)
    if (code && !retryable) return note(`refused as ${code}`)
    throw error
  }
  return note('the server answers whatever model it is asked for')
}

async function promptCount(model: LiveModel, { dialect }: LiveSettings): Promise<Seen> {
  if (dialects[dialect].tokenize === null)
    return note(`estimated: the dialect ${dialect} has no way to count`)
  const count = await model.countPrompt()
  if (count === null) throw new Error('the server was asked and did not count')
  return ok(`${count} tokens`)
}

const countOf = ({ finish, pieces }: Course) =>
  finish?.usage ? `${finish.usage.completionTokens} tokens` : `${pieces} texts`

/** An embedding thread: its tokenizer and its session. It does one thing after the other, embedding before counting. */
import { parentPort, workerData } from 'node:worker_threads'
import { createJsonTokenizer } from './json-tokenizer.ts'
import { poolTokens } from './pool-tokens.ts'
import { openSession } from './session.ts'
import type { FromThread, Result, ThreadSettings, ToThread, Work } from './thread-messages.ts'
import { truncate } from './tokenizer.ts'
import { createUnigramTokenizer } from './unigram.ts'
import { decodeTable } from './unigram-table.ts'

const settings = workerData as ThreadSettings
const port = parentPort!
const tell = (message: FromThread) => port.postMessage(message)

const tokenizer =
  settings.tokenizer.kind === 'unigram'
    ? createUnigramTokenizer(decodeTable(settings.tokenizer.table))
    : createJsonTokenizer(settings.tokenizer.json)
const session = await openSession(settings.file, settings.output)

async function perform(work: Work): Promise<Result> {
  if (work.kind === 'count') return work.texts.map((text) => tokenizer.count(text))
  const ids = truncate(tokenizer.encode(work.text), settings.maxTokens)
  const vector = poolTokens(await session.run(ids), settings.dimension, settings.pooling)
  if (vector.length !== settings.dimension)
    throw new Error(`the model gives vectors of ${vector.length} numbers`)
  return vector
}

const waiting: Exclude<ToThread, 'close'>[] = []
let busy = false
let closing = false

/** A run blocks the thread; between two runs the loop turns, so that a question that arrived meanwhile is seen. */
async function work(): Promise<void> {
  if (busy) return
  busy = true
  while (waiting.length > 0 && !closing) {
    const urgent = waiting.findIndex((next) => next.work.kind === 'embed')
    const [{ task, work }] = waiting.splice(Math.max(urgent, 0), 1) as [Exclude<ToThread, 'close'>]
    try {
      tell({ type: 'result', task, result: await perform(work) })
    } catch (error) {
      tell({ type: 'failed', task, message: String(error) })
    }
    await new Promise(setImmediate)
  }
  busy = false
  if (closing) await close()
}

async function close(): Promise<void> {
  await session.close()
  port.close()
}

port.on('message', (message: ToThread) => {
  if (message === 'close') closing = true
  else waiting.push(message)
  void work()
})
tell({ type: 'ready' })

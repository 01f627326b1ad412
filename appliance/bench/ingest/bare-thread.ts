/** One ONNX session and nothing else: ids go in before the clock starts, vectors are dropped. */
import { parentPort, workerData } from 'node:worker_threads'
import { createJsonTokenizer } from '../../src/embed/json-tokenizer.ts'
import { openSession } from '../../src/embed/session.ts'
import type { ThreadSettings } from '../../src/embed/thread-messages.ts'
import { truncate } from '../../src/embed/tokenizer.ts'
import { createUnigramTokenizer } from '../../src/embed/unigram.ts'
import { decodeTable } from '../../src/embed/unigram-table.ts'

const { texts, file, output, maxTokens, tokenizer } = workerData as ThreadSettings & { texts: string[] }
const { encode } =
  tokenizer.kind === 'unigram'
    ? createUnigramTokenizer(decodeTable(tokenizer.table))
    : createJsonTokenizer(tokenizer.json)
const inputs = texts.map((text) => truncate(encode(text), maxTokens))
const session = await openSession(file, output)
if (inputs[0]) await session.run(inputs[0])

parentPort?.once('message', async () => {
  for (const ids of inputs) await session.run(ids)
  await session.close()
  parentPort?.postMessage('done')
})
parentPort?.postMessage('ready')

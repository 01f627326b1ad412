/** The thread that quotes from long passages: {question} in, {pieces} out, one after the other. */
import { parentPort } from 'node:worker_threads'
import { extractInDeltas } from '../../extractive.ts'
import type { AskBody } from '../../protocol.ts'

parentPort!.on('message', (question: AskBody) => {
  parentPort!.postMessage([...extractInDeltas(question)])
})

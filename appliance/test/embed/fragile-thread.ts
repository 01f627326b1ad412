/** An embedding thread that dies when it is told to. */
import { parentPort } from 'node:worker_threads'
import type { ToThread } from '../../src/embed/thread-messages.ts'

parentPort!.on('message', (message: ToThread) => {
  if (message === 'close') return parentPort!.close()
  const { task, work } = message
  if (work.kind === 'embed' && work.text === 'die') throw new Error('dead')
  if (work.kind === 'embed' && work.text === 'hang') return
  parentPort!.postMessage({ type: 'result', task, result: Float32Array.of(1) })
})
parentPort!.postMessage({ type: 'ready' })

import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { openModelFolder } from '../../src/embed/model-folder.ts'

/**
 * Milliseconds that bare ONNX sessions, one per thread and as many threads as the product runs, take for the texts:
 * no tokenizer, no queue, no disk, nothing beside them.
 */
export async function bareMs(folder: string, texts: readonly string[], threads: number): Promise<number> {
  const { model, file, tokenizer, output, pooling } = await openModelFolder(folder)
  const { dimension, maxTokens } = model
  const settings = { file, tokenizer, output, pooling, dimension, maxTokens }
  const workers = Array.from({ length: threads }, (_, thread) => {
    const share = texts
      .filter((_, index) => index % threads === thread)
      .map((text) => model.passagePrefix + text)
    return new Worker(new URL('./bare-thread.ts', import.meta.url), {
      workerData: { ...settings, texts: share },
    })
  })
  await Promise.all(workers.map((worker) => once(worker, 'message')))
  const began = performance.now()
  await Promise.all(
    workers.map(async (worker) => {
      const done = once(worker, 'message')
      worker.postMessage('go')
      await done
    }),
  )
  return performance.now() - began
}

import { availableParallelism } from 'node:os'
import type { Embedder } from './embedder.ts'
import { openModelFolder } from './model-folder.ts'
import { splitWeights } from './split-weights.ts'
import type { ThreadSettings, Work } from './thread-messages.ts'
import { openThreadPool } from './thread-pool.ts'

export interface OnnxEmbedderSettings {
  /** Folder of the model: `model.json` (or, without it, `reference.json`), the ONNX file, the tokenizer. */
  folder: string
  /** Parallel sessions of one thread each for passages; 0: one per core, four at most. */
  sessions: number
  /** Where the mappable copy of the weights is kept (derived; may be deleted). Without it each session holds them. */
  cacheFolder?: string
  /** Told in a sentence when the copy cannot be made. */
  warn?: (message: string) => void
}

const mostSessions = 4
/** Texts of one call that wait in the queue or run at the same time, per session: enough that none stands still. */
const lanesPerSession = 3
/** Characters counted in one go: a few milliseconds, after which a question may come in between. */
const charactersPerCount = 20_000

/**
 * The embedder over onnxruntime. Questions (and the counting of tokens) have a thread of their own: they never wait
 * for a passage, and with mapped weights that thread costs little memory.
 * @throws TanboxError `model-missing`, `model-unknown`, `model-damaged`, `embedder-broken`
 */
export async function createOnnxEmbedder(settings: OnnxEmbedderSettings): Promise<Embedder> {
  const { model, file, ...rest } = await openModelFolder(settings.folder)
  const { dimension, maxTokens, queryPrefix, passagePrefix } = model
  const thread: ThreadSettings = {
    file: settings.cacheFolder
      ? await mappable(file, model.sha256, settings.cacheFolder, settings.warn)
      : file,
    ...rest,
    dimension,
    maxTokens,
  }
  const sessions = settings.sessions || Math.min(availableParallelism(), mostSessions)
  await using opened = new AsyncDisposableStack()
  const front = opened.adopt(
    await openThreadPool(thread, { threads: 1, perThread: 64, waiting: 1000 }),
    (pool) => pool.close(),
  )
  const back = opened.adopt(
    await openThreadPool(thread, { threads: sessions, perThread: 2, waiting: 100_000 }),
    (pool) => pool.close(),
  )
  const open = opened.move()

  return {
    model,
    async countTokens(texts) {
      const counts: number[] = []
      for (const slice of slices(texts))
        counts.push(...((await front.run({ kind: 'count', texts: slice })) as number[]))
      return counts
    },
    async embedPassages(texts, { signal } = {}) {
      const vectors: Float32Array[] = []
      const rest = texts.entries()
      // All lanes draw from one iterator; the first failure ends them all.
      const lane = async () => {
        for (const [at, text] of rest) {
          const work: Work = { kind: 'embed', text: passagePrefix + text }
          vectors[at] = (await back.run(work, signal)) as Float32Array
        }
      }
      await Promise.all(Array.from({ length: Math.min(texts.length, lanesPerSession * sessions) }, lane))
      return vectors
    },
    async embedQuery(text, { signal } = {}) {
      return (await front.run({ kind: 'embed', text: queryPrefix + text }, signal)) as Float32Array
    },
    close: () => open.disposeAsync(),
  }
}

async function mappable(file: string, sha256: string, cacheFolder: string, warn?: (message: string) => void) {
  try {
    return await splitWeights(file, sha256, cacheFolder)
  } catch (error) {
    warn?.(`Every embedding session holds its own weights, as no copy could be written: ${String(error)}`)
    return file
  }
}

function* slices(texts: readonly string[]): Generator<string[]> {
  let slice: string[] = []
  let characters = 0
  for (const text of texts) {
    slice.push(text)
    characters += text.length
    if (characters < charactersPerCount) continue
    yield slice
    slice = []
    characters = 0
  }
  if (slice.length > 0) yield slice
}

import { mkdir, mkdtemp, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { sha256OfFile } from './model-folder.ts'

/**
 * Makes a copy of a model whose weights lie in a file of their own: onnxruntime maps such a file, so that all
 * sessions share one copy in the page cache and touch only the rows of the token table that they need, while of a
 * single-file model each session holds everything. The graph is the same, so are the vectors.
 *
 * The copy is derived: made once in a temporary folder, synced, renamed, checked by its sums at every start, made
 * again when they do not fit.
 * @param sha256 of `file`; part of the copy's name, as is onnxruntime's version
 * @returns path of the ONNX file to open
 */
export async function splitWeights(file: string, sha256: string, cacheFolder: string): Promise<string> {
  const folder = join(cacheFolder, `${sha256.slice(0, 16)}-${runtimeVersion}`)
  if (await intact(folder)) return join(folder, graphName)
  await mkdir(cacheFolder, { recursive: true })
  // Copies of other models and versions, and what a crash left behind: each is as large as the model.
  const copies = (await readdir(cacheFolder)).filter((name) => /^[0-9a-f]{16}-/.test(name))
  for (const name of copies) await rm(join(cacheFolder, name), { recursive: true, force: true })
  const draft = await mkdtemp(`${folder}-`)
  try {
    await writeSplit(file, join(draft, graphName))
    const sums = await sumsOf(draft)
    await writeFile(join(draft, sumsName), JSON.stringify(sums))
    for (const name of await readdir(draft)) await sync(join(draft, name))
    await rename(draft, folder)
    await sync(dirname(folder))
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    throw error
  }
  return join(folder, graphName)
}

const graphName = 'model.onnx'
const require = createRequire(import.meta.url)
const runtimeVersion = (require('onnxruntime-node/package.json') as { version: string }).version
const sumsName = 'sums.json'

async function intact(folder: string): Promise<boolean> {
  try {
    const expected = await readFile(join(folder, sumsName), 'utf8')
    return expected === JSON.stringify(await sumsOf(folder))
  } catch {
    return false
  }
}

async function sumsOf(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder)).filter((name) => name !== sumsName).sort()
  const sums: Record<string, string> = {}
  for (const name of names) sums[name] = await sha256OfFile(join(folder, name))
  return sums
}

/** In a thread of its own: writing takes half a second and twice the model in memory. */
function writeSplit(from: string, to: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./split-weights-thread.ts', import.meta.url), {
      workerData: { from, to },
    })
    worker.once('error', reject)
    worker.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`exit code ${code}`))))
  })
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** The index thread: a read-only connection of its own, the index in its memory, one search after the other. */
import { parentPort, workerData } from 'node:worker_threads'
import Sqlite from 'better-sqlite3'
import { TanboxError } from '../errors.ts'
import type { FromIndex, IndexSettings, ToIndex } from './index-messages.ts'
import { LiveIndex } from './live-index.ts'

/** How often it looks for changes by itself, so that a search after a large import does not have to read it all. */
const lookEveryMs = 300
/** Building of the graph, at one go: what a search may have to wait. */
const sliceMs = 10

const settings = workerData as IndexSettings
const port = parentPort!
const tell = (message: FromIndex) => port.postMessage(message)

const database = new Sqlite(settings.database, { readonly: true, fileMustExist: true, timeout: 5000 })
database.pragma('cache_size = -4096')
const index = new LiveIndex(database, settings)

let told = ''
function tellStatus(): void {
  const status = index.status()
  status.note ??= saveProblem
  const text = JSON.stringify(status)
  if (text === told) return
  told = text
  tell({ type: 'status', status })
}

function answer(message: Exclude<ToIndex, 'close'>): void {
  const { call, request } = message
  try {
    tell({ type: 'answer', call, answer: index.search(request) })
  } catch (error) {
    const code = error instanceof TanboxError && error.code === 'bad-request' ? 'bad-request' : 'index-broken'
    tell({ type: 'failed', call, code, detail: error instanceof TanboxError ? error.detail : String(error) })
  }
  tellStatus()
}

/** In slices, between which searches are answered. */
let working = false
let saveProblem: string | null = null
async function work(): Promise<void> {
  if (working || closing) return
  working = true
  while (!closing && index.work(sliceMs)) {
    tellStatus()
    await new Promise(setImmediate)
  }
  working = false
  try {
    await index.save()
  } catch (error) {
    saveProblem = `the index file could not be written: ${String(error)}`
  }
}

let closing = false
index.catchUp()
tellStatus()
const timer = setInterval(() => {
  index.catchUp()
  void work()
  tellStatus()
}, lookEveryMs)

port.on('message', (message: ToIndex) => {
  if (message !== 'close') return answer(message)
  closing = true
  clearInterval(timer)
  database.close()
  port.close()
})

/** The index thread: a read-only connection of its own, the index in its memory, one search after the other. */
import { parentPort, workerData } from 'node:worker_threads'
import Sqlite from 'better-sqlite3'
import { TanboxError } from '../errors.ts'
import type { FromIndex, IndexSettings, ToIndex } from './index-messages.ts'
import { LiveIndex } from './live-index.ts'

/** How often it looks for changes by itself, so that a search after a large import does not have to read it all. */
const lookEveryMs = 300

const { database: path, pipeline, dimension } = workerData as IndexSettings
const port = parentPort!
const tell = (message: FromIndex) => port.postMessage(message)

const database = new Sqlite(path, { readonly: true, fileMustExist: true, timeout: 5000 })
database.pragma('cache_size = -4096')
const index = new LiveIndex(database, pipeline, dimension)

let told = ''
function tellStatus(): void {
  const status = index.status()
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

index.catchUp()
tellStatus()
const timer = setInterval(() => {
  index.catchUp()
  tellStatus()
}, lookEveryMs)

port.on('message', (message: ToIndex) => {
  if (message !== 'close') return answer(message)
  clearInterval(timer)
  database.close()
  port.close()
})

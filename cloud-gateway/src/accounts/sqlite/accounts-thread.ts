/**
 * The thread that has the database. A batch is one transaction, synced once (WAL, synchronous = FULL): what is
 * acknowledged survives the plug being pulled, and the event loop of the gateway never waits for the disk.
 */
import { existsSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import Sqlite, { type Database } from 'better-sqlite3'
import { EnrolmentError } from '../accounts.ts'
import { createBoxes } from './boxes.ts'
import type { Batch, FromThread, Outcome, StoreCalls, SyncCalls, ThreadSettings } from './calls.ts'
import { createQuestions } from './questions.ts'
import { migrate } from './schema.ts'
import { createStoreAge } from './store-age.ts'

const settings = workerData as ThreadSettings
const port = parentPort!
const tell = (message: FromThread) => port.postMessage(message)

function open({ path, lock }: ThreadSettings): { database: Database; lock: Database | null } {
  const held = lock ? takeLock(`${path}.lock`) : null
  // Closing removes the log. Where it is left the process was killed or the power failed.
  const unclean = lock && existsSync(`${path}-wal`)
  const database = new Sqlite(path, { timeout: 5000 })
  database.pragma('journal_mode = WAL')
  database.pragma('synchronous = FULL')
  database.pragma('trusted_schema = OFF')
  database.pragma('cache_size = -4096')
  database.pragma('journal_size_limit = 67108864')
  if (unclean && database.pragma('quick_check(1)', { simple: true }) !== 'ok')
    throw new Error(`${path} is damaged`)
  migrate(database)
  // Whoever had the file before is gone: the lock says so.
  if (lock) database.exec('DELETE FROM process')
  return { database, lock: held }
}

/** A lock of the operating system's (docs/decisions/601): it ends with the process, however that ends. */
function takeLock(path: string): Database {
  const held = new Sqlite(path, { timeout: 0 })
  try {
    held.pragma('journal_mode = MEMORY')
    held.exec('BEGIN EXCLUSIVE')
    return held
  } catch (cause) {
    held.close()
    if (cause instanceof Sqlite.SqliteError && cause.code.startsWith('SQLITE_BUSY'))
      throw new Error(`another gateway works on this database (${path})`)
    throw cause
  }
}

function serve(database: Database): (batch: Batch) => Outcome[] {
  let now = 0
  const clock = { now: () => now }
  const age = createStoreAge(database, clock, settings)
  const calls: SyncCalls<StoreCalls> = {
    ...createBoxes(database, clock),
    ...createQuestions(database, age, settings),
  }
  // Inside another transaction this is a savepoint: a call that fails takes only its own effects back.
  const one = database.transaction((call: Batch['calls'][number]): unknown =>
    (calls[call.name] as (...given: unknown[]) => unknown)(...call.given),
  )
  const every = database.transaction((batch: Batch) => batch.calls.map((call) => attempt(() => one(call))))
  function attempt(call: () => unknown): Outcome {
    try {
      return { value: call() }
    } catch (error) {
      if (error instanceof EnrolmentError) return { refused: { code: error.code, message: error.message } }
      // A full disk takes the whole transaction back by itself: then nothing of the batch has happened.
      if (!database.inTransaction) throw error
      return { failed: messageOf(error) }
    }
  }
  return (batch) => {
    now = batch.now
    try {
      return every.immediate(batch)
    } catch (error) {
      return batch.calls.map(() => ({ failed: messageOf(error) }))
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

try {
  const { database, lock } = open(settings)
  const run = serve(database)
  port.on('message', (batch: Batch | 'close') => {
    if (batch !== 'close') return tell({ outcomes: run(batch) })
    database.close()
    lock?.close()
    port.close()
  })
  tell({ ready: true })
} catch (error) {
  tell({ broken: messageOf(error) })
  port.close()
}

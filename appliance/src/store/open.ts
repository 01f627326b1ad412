import { existsSync } from 'node:fs'
import Sqlite, { type Database } from 'better-sqlite3'
import { TanboxError } from '../errors.ts'
import { migrate } from './migrations.ts'

/**
 * Opens the database for its one writer and brings its schema up to date. After an unclean end it is checked
 * first, which reads all of it: seconds where there are hundreds of megabytes.
 *
 * WAL lets the index worker read while we write; `synchronous = FULL` syncs the log at every commit: what a
 * transaction acknowledged survives the plug being pulled (in WAL mode NORMAL would lose the last commits).
 * @throws TanboxError `store-broken` for a file that is damaged or no database, `store-newer`
 */
export function openDatabase(path: string): Database {
  let database: Database | undefined
  // Closing removes the log. Where it is left the process was killed or the power failed.
  const unclean = existsSync(`${path}-wal`)
  try {
    database = new Sqlite(path, { timeout: 5000 })
    database.pragma('journal_mode = WAL')
    database.pragma('synchronous = FULL')
    database.pragma('foreign_keys = ON')
    database.pragma('trusted_schema = OFF')
    // Keeps what follows a large import from leaving a log of the same size behind.
    database.pragma(`journal_size_limit = ${64 * 1024 * 1024}`)
    if (unclean) check(database)
    migrate(database)
    return database
  } catch (cause) {
    database?.close()
    if (cause instanceof Sqlite.SqliteError && /^SQLITE_(CORRUPT|NOTADB)/.test(cause.code))
      throw new TanboxError('store-broken', cause.message, { cause })
    throw cause
  }
}

function check(database: Database): void {
  const problem = database.pragma('quick_check(1)', { simple: true })
  if (problem !== 'ok') throw new TanboxError('store-broken', String(problem))
}

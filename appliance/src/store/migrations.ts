import type { Database } from 'better-sqlite3'
import { TanboxError } from '../errors.ts'
import { logOfEntry, schema } from './schema.ts'

/** Numbered by their place from 1; `user_version` says how many have run. Never edited once released. */
const migrations: readonly string[] = [schema, logOfEntry]

/**
 * Brings the database to the newest schema, each step in a transaction of its own.
 * @throws TanboxError `store-newer` when a newer Tanbox wrote it
 */
export function migrate(database: Database): void {
  const version = database.pragma('user_version', { simple: true }) as number
  if (version > migrations.length) throw new TanboxError('store-newer', String(version))
  for (const [step, sql] of migrations.entries()) {
    if (step < version) continue
    database
      .transaction(() => {
        database.exec(sql)
        database.pragma(`user_version = ${step + 1}`)
      })
      .immediate()
  }
}

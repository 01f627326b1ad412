import pg from 'pg'
import type { Database } from './database.ts'
import { migrations } from './schema.ts'

/** Any number, the same for every gateway: who holds it migrates. */
const lockNumber = 7_462_961

/** Makes the schema and brings it to the newest version; any number of replicas may start at once. */
export async function migrate(database: Database, schema: string): Promise<void> {
  await database.transaction(async (query) => {
    await query('SELECT pg_advisory_xact_lock($1)', [lockNumber])
    // To make a schema one needs a right that one may lack where it is there already.
    const { rows: there } = await query('SELECT FROM pg_namespace WHERE nspname = $1', [schema])
    if (there.length === 0) await query(`CREATE SCHEMA ${pg.escapeIdentifier(schema)}`)
    const { rows } = await query("SELECT to_regclass('migration') IS NOT NULL AS known")
    if (!rows[0].known) await query('CREATE TABLE migration (version integer PRIMARY KEY)')
    const { rows: done } = await query('SELECT coalesce(max(version), 0) AS version FROM migration')
    const version: number = done[0].version
    if (version > migrations.length)
      throw new Error(`the database was written by a newer version (${version})`)
    for (const [at, sql] of migrations.entries()) {
      if (at < version) continue
      await query(sql)
      await query('INSERT INTO migration VALUES ($1)', [at + 1])
    }
  })
}

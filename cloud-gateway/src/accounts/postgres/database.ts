import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { AccountsAway } from '../accounts.ts'

/** Connections to one PostgreSQL database. Nothing here waits for ever, and errors never carry what was sent. */
export interface Database {
  /**
   * One statement in a transaction of its own. Where another transaction stood in the way it is tried again.
   * @throws AccountsAway when the server cannot be reached or does not answer in time, and for what it refuses
   */
  query<Row extends pg.QueryResultRow>(sql: string, values: readonly unknown[]): Promise<Row[]>
  /** Steps that share one transaction. */
  transaction(
    step: (query: (sql: string, values?: readonly unknown[]) => Promise<pg.QueryResult>) => Promise<void>,
  ): Promise<void>
  close(): Promise<void>
}

export interface DatabaseSettings {
  url: string
  /** Where the tables are; made where it is missing. */
  schema: string
  connections: number
  connectMs: number
  /** For one statement at the server; what takes a second longer is given up here as well. */
  statementMs: number
}

const int8 = 20
const mostTries = 6
/** serialization_failure, deadlock_detected: nothing has happened, and the same may well succeed. */
const worthAgain = new Set(['40001', '40P01'])

export function openDatabase(settings: DatabaseSettings): Database {
  const { schema, statementMs } = settings
  // What is acknowledged has been synced, and what is read is committed, whatever the server's defaults are.
  const session = [
    `SET search_path TO ${pg.escapeIdentifier(schema)}`,
    'SET synchronous_commit TO on',
    "SET default_transaction_isolation TO 'read committed'",
    `SET statement_timeout TO ${statementMs}`,
    `SET lock_timeout TO ${statementMs}`,
    `SET idle_in_transaction_session_timeout TO ${4 * statementMs}`,
  ].join('; ')
  const pool = new pg.Pool({
    connectionString: settings.url,
    application_name: 'tanbox-gateway',
    max: settings.connections,
    connectionTimeoutMillis: settings.connectMs,
    query_timeout: statementMs + 1000,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types: {
      getTypeParser: ((oid: number, format?: 'text') =>
        oid === int8 ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
    },
    onConnect: async (client) => {
      await client.query(session)
    },
  })
  // An idle connection broke: the pool makes another when one is needed.
  pool.on('error', () => {})

  async function again<T>(attempt: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await attempt()
      } catch (cause) {
        if (tries >= mostTries || !worthAgain.has(codeOf(cause))) throw away(cause)
        await pause(Math.random() * 10 * 2 ** tries)
      }
    }
  }

  return {
    query: (sql, values) => again(async () => (await pool.query(sql, [...values])).rows),
    transaction: (step) =>
      again(async () => {
        const client = await pool.connect()
        let broken = true
        try {
          await client.query('BEGIN')
          await step((sql, values) => client.query(sql, values && [...values]))
          await client.query('COMMIT')
          broken = false
        } finally {
          // A connection whose transaction did not end is not used again.
          client.release(broken)
        }
      }),
    close: () => pool.end(),
  }
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
}

/** The server's own sentences may quote values; its codes do not. */
function away(cause: unknown): AccountsAway {
  const code = codeOf(cause)
  if (cause instanceof pg.DatabaseError) return new AccountsAway(`the database refuses (${code})`, { cause })
  return new AccountsAway(`the database cannot be reached${code && ` (${code})`}`, { cause })
}

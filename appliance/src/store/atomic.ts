import type { Database } from 'better-sqlite3'

/** Makes a function run as one transaction that takes the write lock at once; it is durable on return. */
export function atomic<A extends unknown[], R>(
  database: Database,
  run: (...given: A) => R,
): (...given: A) => R {
  const transaction = database.transaction(run)
  return (...given) => transaction.immediate(...given)
}

import type { Database } from 'better-sqlite3'
import { ageAt, longestStepOf } from '../windows.ts'

/** Both times of the store, for the batch in work. */
export interface StoreAge {
  /** Milliseconds since 1970. */
  wall(): number
  /** The store's age, ms (windows.ts). */
  now(): number
  /** Writes the age down, so that it goes on from there. */
  advance(): void
}

export function createStoreAge(
  database: Database,
  clock: { now(): number },
  { leaseMs }: { leaseMs: number },
): StoreAge {
  const read = database.prepare<[], { age: number; seenAt: number }>(
    'SELECT age, seen_at AS seenAt FROM store',
  )
  const write = database.prepare('UPDATE store SET age = ?, seen_at = ?')
  const now = () => ageAt(read.get()!, clock.now(), longestStepOf(leaseMs))
  return { wall: () => clock.now(), now, advance: () => void write.run(now(), clock.now()) }
}

import type { EnrolmentRefusal } from '../accounts.ts'
import { AccountsAway } from '../accounts.ts'
import { refusal } from '../refusals.ts'
import type { Database } from './database.ts'

interface Waiting {
  box: string
  resolve(generation: number): void
  reject(error: unknown): void
}

const mostAtOnce = 500
const mostWaiting = 100_000

/**
 * New connections of boxes. Each takes a number that all share, and that is free again only after the disk has it:
 * those that arrive meanwhile are done together in the next statement, so that a storm of reconnects is not one sync
 * after the other.
 */
export function createConnects(database: Pick<Database, 'query'>): (box: string) => Promise<number> {
  let waiting: Waiting[] = []
  let working = false

  async function work(): Promise<void> {
    working = true
    while (waiting.length > 0) {
      const batch = waiting.slice(0, mostAtOnce)
      waiting = waiting.slice(mostAtOnce)
      try {
        const rows = await database.query<{
          place: number
          generation: number | null
          refused: EnrolmentRefusal
        }>('SELECT place, generation, refused FROM connect_boxes($1)', [batch.map(({ box }) => box)])
        for (const { place, generation, refused } of rows) {
          const { box, resolve, reject } = batch[place - 1]!
          if (generation === null) reject(refusal(refused, box))
          else resolve(generation)
        }
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
    working = false
  }

  return (box) =>
    new Promise((resolve, reject) => {
      if (waiting.length >= mostWaiting)
        return reject(new AccountsAway('too many calls wait for the database'))
      waiting.push({ box, resolve, reject })
      if (!working) queueMicrotask(() => working || void work())
    })
}

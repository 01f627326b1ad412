/**
 * A gateway's worth of reservations and settlements, said line by line once they are acknowledged, until it is killed:
 * `worker.ts DRIVER PLACE BOX GENERATION PROCESS`. Every answer is counted under a target of its own.
 */
import { writeSync } from 'node:fs'
import { type Accounts, AccountsAway } from '../../src/accounts/accounts.ts'
import { openSqliteAccounts } from '../../src/accounts/sqlite.ts'
import { newRid } from '../support/questions.ts'

const [driver, place, box, generation, process_] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
  string,
]

const accounts: Accounts =
  driver === 'sqlite' ? await openSqliteAccounts({ path: place }) : await openPostgres()

async function openPostgres(): Promise<Accounts> {
  const { openPostgresAccounts } = await import('../../src/accounts/postgres.ts')
  return openPostgresAccounts({ ...JSON.parse(place), leaseMs: 600_000 })
}

/** Straight into the pipe, and waits while that is full: what stands there was acknowledged, whenever the kill comes. */
function say(...words: (string | number)[]): void {
  const line = `${words.join(' ')}\n`
  for (;;) {
    try {
      writeSync(1, line)
      return
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
    }
  }
}

async function answer(): Promise<void> {
  const rid = newRid()
  const completionTokens = 1 + Math.floor(Math.random() * 50)
  const asked = { box, rid, epoch: 1, process: process_ }
  const reserved = await accounts.reserve({
    ...{ ...asked, generation: Number(generation), digest: 'a'.repeat(64) },
    ...{ alias: rid, promptTokens: 100, maxTokens: 50 },
  })
  if (reserved.state !== 'reserved') throw new Error(reserved.state)
  say('reserved', rid)
  const usage = { promptTokens: 90, completionTokens, exact: true }
  await accounts.settle({ ...asked, target: rid, outcome: 'stop', usage, cost: 1 })
  say('settled', rid, completionTokens)
}

await accounts.beat(process_, [])
say('ready')
const working = Array.from({ length: 8 }, async () => {
  for (;;) await answer()
})
// The server was crashed: that is the end of this one as well.
await Promise.all(working).catch((error) => {
  if (error instanceof AccountsAway) process.exit(1)
  throw error
})

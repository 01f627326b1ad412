import { dirname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { makeFolder } from '../make-folder.ts'
import { type Accounts, AccountsAway, EnrolmentError, type EnrolmentRefusal } from './accounts.ts'
import type { Batch, FromThread, Outcome, StoreCall, StoreCalls, ThreadSettings } from './sqlite/calls.ts'
import { type AccountsStore, createAccounts } from './store.ts'
import { defaultLeaseMs } from './windows.ts'

export interface SqliteAccountsSettings {
  /** The database file; its folder is made where it is missing. */
  path: string
  /** False for whoever is not the gateway itself: it may run meanwhile. */
  lock?: boolean
  leaseMs?: number
  /** Milliseconds since 1970; it may jump. */
  now?: () => number
  /** The thread has ended by itself: every call fails from now on. */
  lost?: (cause: Error) => void
}

/** Calls in one transaction, so that none grows without end; and in all that wait. */
const mostInBatch = 512
const mostWaiting = 100_000
const program = new URL('./sqlite/accounts-thread.ts', import.meta.url)
const heap = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 256 }

interface Waiting {
  call: StoreCall
  resolve(value: unknown): void
  reject(error: unknown): void
}

/**
 * Accounts in an SQLite file, for one gateway process. Calls that arrive while a transaction is being written are
 * done together in the next one.
 * @throws AccountsAway when another gateway has the file, or when it is damaged
 */
export async function openSqliteAccounts({
  path,
  lock = true,
  leaseMs = defaultLeaseMs,
  now = Date.now,
  lost = () => {},
}: SqliteAccountsSettings): Promise<Accounts> {
  makeFolder(dirname(path))
  const thread = await startThread({ path, lock, leaseMs })
  let waiting: Waiting[] = []
  let inWork: Waiting[] = []
  let scheduled = false
  let ended: Error | null = null
  let closing = false
  const gone = Promise.withResolvers<void>()

  function call(next: StoreCall): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (ended) return reject(ended)
      if (waiting.length >= mostWaiting)
        return reject(new AccountsAway('too many calls wait for the database'))
      waiting.push({ call: next, resolve, reject })
      if (inWork.length > 0 || scheduled) return
      scheduled = true
      queueMicrotask(send)
    })
  }

  function send(): void {
    scheduled = false
    if (waiting.length === 0) return
    inWork = waiting.splice(0, mostInBatch)
    const batch: Batch = { now: now(), calls: inWork.map(({ call }) => call) }
    thread.postMessage(batch)
  }

  function settle(outcomes: Outcome[]): void {
    const done = inWork
    inWork = []
    send()
    for (const [at, one] of done.entries()) {
      const outcome = outcomes[at]!
      if ('value' in outcome) one.resolve(outcome.value)
      else one.reject(errorOf(outcome))
    }
  }

  thread.on('message', (message: FromThread) => {
    if ('outcomes' in message) settle(message.outcomes)
  })
  thread.on('error', (cause) => {
    ended ??= new AccountsAway('the thread of the database has failed', { cause })
  })
  thread.on('exit', () => {
    ended ??= new AccountsAway('the thread of the database has ended')
    for (const { reject } of [...inWork, ...waiting]) reject(ended)
    inWork = []
    waiting = []
    gone.resolve()
    if (!closing) lost(ended)
  })

  const bound = <K extends keyof StoreCalls>(name: K) =>
    ((...given: unknown[]) => call({ name, given } as StoreCall)) as StoreCalls[K]
  const store: AccountsStore = {
    find: bound('find'),
    list: bound('list'),
    enrol: bound('enrol'),
    createCode: bound('createCode'),
    register: bound('register'),
    rotate: bound('rotate'),
    revoke: bound('revoke'),
    setQuota: bound('setQuota'),
    connect: bound('connect'),
    changes: bound('changes'),
    reserve: bound('reserve'),
    settle: bound('settle'),
    beat: bound('beat'),
    settleDead: bound('settleDead'),
    giveBack: bound('giveBack'),
    leave: bound('leave'),
    usage: bound('usage'),
    prune: bound('prune'),
    /** What was called before is done first. */
    async close() {
      closing = true
      if (!ended) {
        while (waiting.length > 0 || inWork.length > 0) await call({ name: 'find', given: [''] })
        ended ??= new AccountsAway('the accounts are closed')
        thread.postMessage('close')
      }
      await gone.promise
    },
  }
  return createAccounts(store)
}

async function startThread(settings: ThreadSettings): Promise<Worker> {
  const thread = new Worker(program, { workerData: settings, resourceLimits: heap, execArgv: [] })
  const first = await new Promise<FromThread>((resolve, reject) => {
    thread.once('message', resolve)
    thread.once('error', reject)
  })
  if ('broken' in first) throw new AccountsAway(first.broken)
  return thread
}

function errorOf(outcome: Exclude<Outcome, { value: unknown }>): Error {
  if ('failed' in outcome) return new AccountsAway(outcome.failed)
  return new EnrolmentError(outcome.refused.code as EnrolmentRefusal, outcome.refused.message)
}

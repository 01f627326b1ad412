import type { Blobs } from './blobs.ts'
import { type Conversations, createConversations } from './conversations.ts'
import { createDrafts, type Drafts } from './drafts.ts'
import { createJobs, type Jobs } from './jobs.ts'
import { openDatabase } from './open.ts'
import { createOriginals, type Originals } from './originals.ts'
import { type CommitTo, createOutbox, type Outbox } from './outbox.ts'
import { createPassages, type Passages } from './passages.ts'
import { type CheckScope, createReader } from './reader.ts'
import { createRegister, type Register } from './register.ts'
import { createResults, type Results } from './results.ts'
import { createSessions, type Sessions } from './sessions.ts'
import { createSettings, type Settings } from './settings.ts'
import { createSources, type Sources } from './sources.ts'
import { createStanding } from './standing.ts'
import { createUnits, type Units } from './units.ts'
import { createWaste, type Waste } from './waste.ts'

/** One repository per noun. What reads documents or conversations takes a Scope; the write side reads none. */
export interface Store {
  sources: Sources
  units: Units
  passages: Passages
  originals: Originals
  conversations: Conversations
  outbox: Outbox
  settings: Settings
  sessions: Sessions
  /** The write side. */
  register: Register
  jobs: Jobs
  drafts: Drafts
  results: Results
  waste: Waste
  close(): void
}

export interface StoreOptions {
  /** File of the database; made when there is none. */
  path: string
  blobs: Blobs
  /** How entries for the ledger are checked and committed to. */
  commitTo: CommitTo
  /** Every read checks its scope with it (`access/scope.ts`). */
  checkScope: CheckScope
  now?: () => Date
}

/** @throws TanboxError `store-broken`, `store-newer` */
export function createStore({
  path,
  blobs,
  commitTo,
  checkScope,
  now = () => new Date(),
}: StoreOptions): Store {
  const database = openDatabase(path)
  const reader = createReader(checkScope)
  const outbox = createOutbox(database, commitTo, now)
  const jobs = createJobs(database, now)
  const standing = createStanding(database, outbox, now)
  return {
    sources: createSources(database, reader),
    units: createUnits(database, reader),
    passages: createPassages(database, reader),
    originals: createOriginals(database, reader, blobs),
    conversations: createConversations(database, reader, outbox),
    outbox,
    settings: createSettings(database),
    sessions: createSessions(database, now),
    register: createRegister(database, jobs, standing, now),
    jobs,
    drafts: createDrafts(database, now),
    results: createResults(database, jobs, standing),
    waste: createWaste(database),
    close: () => database.close(),
  }
}

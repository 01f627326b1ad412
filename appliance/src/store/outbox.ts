import type { Commitment } from '@tanbox/ledger-node/entry'
import type { ContentOf, Kind } from '@tanbox/ledger-node/kinds'
import type { Database } from 'better-sqlite3'

/** Checks a content against its kind and commits to it under a fresh salt (`@tanbox/ledger-node/kinds`). */
export type CommitTo = <K extends Kind>(kind: K, content: ContentOf<K>) => Commitment

export interface OutboxRow {
  id: number
  type: string
  /** Id of the source or answer it tells about. */
  subject: string
  /** Canonical JSON and its salt (hex); null once erased. */
  content: string | null
  salt: string | null
  commitment: string
  createdAt: string
  /** Number of the entry on the ledger; null while it waits. */
  index: number | null
  /** The log that it has this number in. */
  origin: string | null
}

/** Entries on their way to the ledger, oldest first. */
export interface Outbox {
  /** Called inside the transaction that changes what the entry tells about. */
  add<K extends Kind>(kind: K, subject: string, content: ContentOf<K>): void
  /** Whether anything of this kind was ever told about `subject`. */
  has(kind: Kind, subject: string): boolean
  pending(limit: number): OutboxRow[]
  settle(id: number, index: number, origin: string): void
  /** Numbers of which it is not known what log they are in are of this one: the first that the box wrote to. */
  claim(origin: string): void
  /**
   * Rows that have a number in another log than this one wait again, `limit` of them: their numbers say nothing there.
   * @returns how many there were
   */
  requeue(origin: string, limit: number): number
  counts(): { pending: number; settled: number }
  find(commitment: string): OutboxRow | undefined
  /** Rows settled in this log from number `from` on, in its order. */
  settled(origin: string, from: number, limit: number): OutboxRow[]
  /** Forgets content and salt of what is told about `subject`: the commitment then says nothing. */
  erase(subject: string): void
}

const columns =
  'id, type, subject, content, salt, commitment, created_at AS createdAt, ledger_index AS "index", ledger_origin AS origin'

export function createOutbox(database: Database, commitTo: CommitTo, now: () => Date): Outbox {
  const insert = database.prepare(
    'INSERT INTO outbox (type, subject, content, salt, commitment, created_at) VALUES (?, ?, ?, ?, ?, ?)',
  )
  const pending = database.prepare<[number], OutboxRow>(
    `SELECT ${columns} FROM outbox WHERE ledger_index IS NULL ORDER BY id LIMIT ?`,
  )
  const settle = database.prepare('UPDATE outbox SET ledger_index = ?, ledger_origin = ? WHERE id = ?')
  const claim = database.prepare(
    'UPDATE outbox SET ledger_origin = ? WHERE ledger_index IS NOT NULL AND ledger_origin IS NULL',
  )
  // Three ranges of the index, as for `<>` all of it would be scanned.
  const elsewhere = ['< ?', '> ?', 'IS NULL']
    .map((range) => `SELECT id FROM outbox WHERE ledger_index IS NOT NULL AND ledger_origin ${range}`)
    .join(' UNION ALL ')
  const requeue = database.prepare(
    `UPDATE outbox SET ledger_index = NULL, ledger_origin = NULL WHERE id IN (${elsewhere} LIMIT ?)`,
  )
  const counts = database.prepare<[], { pending: number; settled: number }>(
    `SELECT count(*) FILTER (WHERE ledger_index IS NULL) AS pending,
            count(ledger_index) AS settled FROM outbox`,
  )
  const find = database.prepare<[string], OutboxRow>(`SELECT ${columns} FROM outbox WHERE commitment = ?`)
  const has = database.prepare<[string, string], { found: number }>(
    'SELECT EXISTS (SELECT 1 FROM outbox WHERE subject = ? AND type = ?) AS found',
  )
  const settled = database.prepare<[string, number, number], OutboxRow>(
    `SELECT ${columns} FROM outbox WHERE ledger_origin = ? AND ledger_index >= ? ORDER BY ledger_index LIMIT ?`,
  )
  const erase = database.prepare('UPDATE outbox SET content = NULL, salt = NULL WHERE subject = ?')
  return {
    add(kind, subject, content) {
      const { canonical, salt, commitment } = commitTo(kind, content)
      insert.run(kind, subject, canonical, salt, commitment, now().toISOString())
    },
    has: (kind, subject) => has.get(subject, kind)?.found === 1,
    pending: (limit) => pending.all(limit),
    settle: (id, index, origin) => void settle.run(index, origin, id),
    claim: (origin) => void claim.run(origin),
    requeue: (origin, limit) => requeue.run(origin, origin, limit).changes,
    counts: () => counts.get() ?? { pending: 0, settled: 0 },
    find: (commitment) => find.get(commitment),
    settled: (origin, from, limit) => settled.all(origin, from, limit),
    erase: (subject) => void erase.run(subject),
  }
}

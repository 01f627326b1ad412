import type { Database } from 'better-sqlite3'

export interface Account {
  id: string
  passwordHash: string
}

/** Accounts and their sessions. Times are milliseconds since 1970; tokens come hashed (SHA-256, hex). */
export interface Sessions {
  account(id: string): Account | undefined
  /** Makes the account unless there is any already: of two claims at once one wins. */
  claim(account: Account): boolean
  claimed(): boolean
  setPassword(id: string, passwordHash: string): void
  open(session: { tokenHash: string; account: string; expiresAt: number }): void
  /** The account of a session that has not expired at `now`. */
  find(tokenHash: string, now: number): { account: string; expiresAt: number } | undefined
  close(tokenHash: string): void
  closeAll(account: string): void
  /** Forgets sessions that have expired. */
  sweep(now: number): void
}

export function createSessions(database: Database, now: () => Date): Sessions {
  const account = database.prepare<[string], Account>(
    'SELECT id, password_hash AS passwordHash FROM account WHERE id = ?',
  )
  const claimed = database.prepare<[], { n: number }>('SELECT count(*) AS n FROM account')
  const insert = database.prepare(
    `INSERT INTO account (id, password_hash, created_at)
     SELECT ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM account)`,
  )
  const password = database.prepare('UPDATE account SET password_hash = ? WHERE id = ?')
  const open = database.prepare(
    'INSERT INTO session (token_hash, account, created_at, expires_at) VALUES (?, ?, ?, ?)',
  )
  const find = database.prepare<[string, number], { account: string; expiresAt: number }>(
    'SELECT account, expires_at AS expiresAt FROM session WHERE token_hash = ? AND expires_at > ?',
  )
  const close = database.prepare('DELETE FROM session WHERE token_hash = ?')
  const closeAll = database.prepare('DELETE FROM session WHERE account = ?')
  const sweep = database.prepare('DELETE FROM session WHERE expires_at <= ?')
  return {
    account: (id) => account.get(id),
    claim: ({ id, passwordHash }) => insert.run(id, passwordHash, now().toISOString()).changes === 1,
    claimed: () => (claimed.get()?.n ?? 0) > 0,
    setPassword: (id, passwordHash) => void password.run(passwordHash, id),
    open: ({ tokenHash, account, expiresAt }) =>
      void open.run(tokenHash, account, now().getTime(), expiresAt),
    find: (tokenHash, at) => find.get(tokenHash, at),
    close: (tokenHash) => void close.run(tokenHash),
    closeAll: (id) => void closeAll.run(id),
    sweep: (at) => void sweep.run(at),
  }
}

import type { Database } from 'better-sqlite3'

/**
 * Tables of the accounts. Times are milliseconds since 1970 by the wall clock, except columns named `_age`, which are
 * the store's age (windows.ts). Tokens, micro-units of money and microwatt-hours are integers.
 */
const tables = `
CREATE TABLE store (
  one     INTEGER PRIMARY KEY CHECK (one = 1),
  age     INTEGER NOT NULL,
  seen_at INTEGER NOT NULL,
  changes INTEGER NOT NULL                     -- number of the last change of a box
) STRICT;
INSERT INTO store VALUES (1, 0, 0, 0);

CREATE TABLE box (
  box               TEXT PRIMARY KEY,
  key               TEXT NOT NULL,
  public_key        BLOB NOT NULL CHECK (length(public_key) = 32),
  rotated_from      TEXT,                      -- the key before, so that a rotation may be said twice
  label             TEXT NOT NULL,
  enrolled_at       INTEGER NOT NULL,
  revoked_at        INTEGER,
  tokens_per_minute INTEGER,
  tokens_per_day    INTEGER,
  streams           INTEGER NOT NULL,
  generation        INTEGER NOT NULL DEFAULT 0,
  changed           INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX box_changed ON box (changed);

CREATE TABLE code (
  hash              BLOB PRIMARY KEY,
  label             TEXT NOT NULL,
  tokens_per_minute INTEGER,
  tokens_per_day    INTEGER,
  streams           INTEGER NOT NULL,
  expires_at        INTEGER NOT NULL,
  used_box          TEXT,
  used_key          TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE process (
  process  TEXT PRIMARY KEY,
  beat_age INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The last epoch of each question; the ones before it are settled.
CREATE TABLE question (
  box               TEXT NOT NULL,
  rid               TEXT NOT NULL,
  epoch             INTEGER NOT NULL,
  digest            TEXT NOT NULL,
  process           TEXT NOT NULL,
  alias             TEXT NOT NULL,
  reserved_at       INTEGER NOT NULL,
  reserved_age      INTEGER NOT NULL,
  reserved          INTEGER NOT NULL,          -- tokens taken from the quota
  target            TEXT,                      -- this and what follows: as the last beat noted it
  prompt_tokens     INTEGER NOT NULL,
  completion_tokens INTEGER NOT NULL DEFAULT 0,
  energy            INTEGER NOT NULL DEFAULT 0,
  cost              INTEGER NOT NULL DEFAULT 0,
  outcome           TEXT,                      -- null: not settled
  PRIMARY KEY (box, rid)
) STRICT, WITHOUT ROWID;
CREATE INDEX question_open ON question (box, process) WHERE outcome IS NULL;
CREATE INDEX question_age ON question (reserved_age);

CREATE TABLE spent (
  box    TEXT NOT NULL,
  length INTEGER NOT NULL,                     -- of the span, ms
  start  INTEGER NOT NULL,
  tokens INTEGER NOT NULL,                     -- used, and reserved for what is in work
  PRIMARY KEY (box, length, start)
) STRICT, WITHOUT ROWID;
CREATE INDEX spent_start ON spent (length, start);

CREATE TABLE usage (
  box               TEXT NOT NULL,
  day               TEXT NOT NULL,
  target            TEXT NOT NULL,
  answers           INTEGER NOT NULL,
  prompt_tokens     INTEGER NOT NULL,
  completion_tokens INTEGER NOT NULL,
  estimated_tokens  INTEGER NOT NULL,
  cost              INTEGER NOT NULL,
  energy            INTEGER NOT NULL,
  PRIMARY KEY (day, box, target)
) STRICT, WITHOUT ROWID;
`

/** What is old is so by the store's age: a clock that was decades ahead for a minute has made nothing old. */
const forgetByAge = `
ALTER TABLE spent ADD COLUMN age INTEGER NOT NULL DEFAULT 0;         -- when something was first counted
UPDATE spent SET age = (SELECT age FROM store);
DROP INDEX spent_start;
CREATE INDEX spent_age ON spent (length, age);
ALTER TABLE code ADD COLUMN expired_age INTEGER;                      -- when it was found to have expired
`

/** Numbered by their place from 1; `user_version` says how many have run. Never edited once released. */
const migrations: readonly string[] = [tables, forgetByAge]

/** Brings the database to the newest schema; two processes may do it at once. */
export function migrate(database: Database): void {
  const step = database.transaction(() => {
    const version = database.pragma('user_version', { simple: true }) as number
    if (version > migrations.length)
      throw new Error(`the database was written by a newer version (${version})`)
    const sql = migrations[version]
    if (sql === undefined) return false
    database.exec(sql)
    database.pragma(`user_version = ${version + 1}`)
    return true
  })
  while (step.immediate());
}

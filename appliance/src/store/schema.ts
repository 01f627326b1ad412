/**
 * The tables of the box, as migration 1 creates them. SQLite is the truth; index files are derived from it.
 *
 * - A *source* (a path in the drop folder, an upload) points to the *content* whose bytes it has (sha256; the
 *   original lies in `blobs/<first two>/<sha256>`) and to the *document* made of them.
 * - A *document* belongs to (content, type, title used as context, pipeline version) and owns units, passages,
 *   vectors and word rows. It is written `staged`, in slices, so that no transaction holds up the event loop,
 *   and turns `live` in the one transaction that points the source at it and writes the `change` row. Nothing
 *   but a `live` document may be searched; a `dropped` one (or a staged one that a crash left) is only waiting
 *   to be swept away.
 * - Whoever may search a document is decided by its sources: `source.document = document.id` and `source.space`.
 *
 * Times are RFC 3339 UTC with milliseconds (their order is the order of the text), except `due_at` and the
 * times of sessions: milliseconds since 1970. JSON columns hold the member of the noun in `model.ts`.
 */
export const schema = `
CREATE TABLE content (
  sha256     TEXT PRIMARY KEY,
  bytes      INTEGER NOT NULL,
  created_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE document (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  content       TEXT NOT NULL REFERENCES content (sha256),
  type          TEXT NOT NULL,
  context_title TEXT NOT NULL,                 -- the title embedded with each passage
  title_found   INTEGER NOT NULL,              -- 1: it stands in the content; 0: it is the file name
  pipeline      TEXT NOT NULL,
  state         TEXT NOT NULL CHECK (state IN ('staged', 'live', 'dropped')),
  pages         INTEGER NOT NULL,
  passages      INTEGER NOT NULL DEFAULT 0,
  warnings      TEXT NOT NULL,                 -- JSON string[]
  created_at    TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX document_key ON document (content, type, context_title, pipeline) WHERE state = 'live';
CREATE INDEX document_content ON document (content);
CREATE INDEX document_waste ON document (id) WHERE state = 'dropped';

CREATE TABLE source (
  id            TEXT PRIMARY KEY,              -- UUID v7
  space         TEXT NOT NULL,
  kind          TEXT NOT NULL CHECK (kind IN ('folder', 'upload')),
  key           BLOB NOT NULL,                 -- the path as the bytes the file system gave: names need not be UTF-8
  path          TEXT NOT NULL,                 -- the same for people, '/' between its parts
  name          TEXT NOT NULL,
  type          TEXT NOT NULL,
  size          INTEGER NOT NULL,
  modified_at   TEXT NOT NULL,
  added_at      TEXT NOT NULL,
  fingerprint   TEXT NOT NULL DEFAULT '',      -- size and times of the file when it was last queued
  content       TEXT REFERENCES content (sha256),
  document      INTEGER REFERENCES document (id),
  state         TEXT NOT NULL CHECK (state IN ('queued', 'reading', 'ready', 'failed')),
  offline       INTEGER NOT NULL DEFAULT 0,    -- 1: its folder is gone as a whole; shown as state 'offline'
  reason_code   TEXT,
  reason_detail TEXT NOT NULL DEFAULT '',
  UNIQUE (kind, space, key)
) STRICT;
CREATE INDEX source_document ON source (document);
CREATE INDEX source_content ON source (content);
CREATE INDEX source_state ON source (state);

CREATE TABLE unit (
  document INTEGER NOT NULL REFERENCES document (id),
  ordinal  INTEGER NOT NULL,
  kind     TEXT NOT NULL,
  label    TEXT NOT NULL,
  text     TEXT NOT NULL,
  length   INTEGER NOT NULL,                   -- of text, in UTF-16 code units
  layout   BLOB,                               -- TextItem[] packed by layout.ts; NULL where there is none
  blocks   TEXT NOT NULL,                      -- JSON Block[] that start in this unit
  PRIMARY KEY (document, ordinal)
) STRICT;

CREATE TABLE passage (
  rowid    INTEGER PRIMARY KEY AUTOINCREMENT,  -- never reused: an index may still remember a deleted one
  id       TEXT NOT NULL,
  document INTEGER NOT NULL REFERENCES document (id),
  ordinal  INTEGER NOT NULL,
  text     TEXT NOT NULL,
  kind     TEXT NOT NULL,
  title    TEXT NOT NULL,
  headings TEXT NOT NULL,                      -- JSON string[]
  locator  TEXT NOT NULL,                      -- JSON Locator
  runs     BLOB NOT NULL,                      -- OffsetRun[] packed by layout.ts
  tokens   INTEGER NOT NULL,
  UNIQUE (document, ordinal)
) STRICT;
CREATE INDEX passage_id ON passage (id);

CREATE TABLE vector (
  passage INTEGER NOT NULL REFERENCES passage (rowid) ON DELETE CASCADE,
  view    INTEGER NOT NULL,                    -- which text of the passage was embedded; 0: with its context
  data    BLOB NOT NULL,                       -- float32, little endian
  PRIMARY KEY (passage, view)
) STRICT, WITHOUT ROWID;

CREATE TABLE words (
  passage INTEGER PRIMARY KEY REFERENCES passage (rowid) ON DELETE CASCADE,
  data    BLOB NOT NULL                        -- terms of the passage, packed as the lexical index wants them
) STRICT;

-- What the index worker catches up from. A document is added once, when it turns live, and removed once.
CREATE TABLE change (
  seq      INTEGER PRIMARY KEY AUTOINCREMENT,
  op       TEXT NOT NULL CHECK (op IN ('add', 'remove')),
  document INTEGER NOT NULL
) STRICT;

-- What is still to be read: at most one job per source.
CREATE TABLE job (
  source    TEXT PRIMARY KEY REFERENCES source (id) ON DELETE CASCADE,
  revision  INTEGER NOT NULL,                  -- raised when the source changes while it is being read
  content   TEXT REFERENCES content (sha256),  -- bytes already taken in; NULL: read the file first
  modified_at TEXT,                            -- of those bytes
  rank      INTEGER NOT NULL,                  -- 0: uploads, 1: files of the folder, 2: re-made for a new pipeline
  attempts  INTEGER NOT NULL DEFAULT 0,
  queued_at TEXT NOT NULL,
  due_at    INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX job_content ON job (content);
CREATE INDEX job_order ON job (rank, queued_at);

CREATE TABLE conversation (
  id         TEXT PRIMARY KEY,
  principal  TEXT NOT NULL,
  title      TEXT NOT NULL,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
) STRICT;
CREATE INDEX conversation_principal ON conversation (principal, updated_at);

CREATE TABLE answer (
  id           TEXT PRIMARY KEY,
  conversation TEXT NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
  ordinal      INTEGER NOT NULL,
  body         TEXT NOT NULL,                  -- JSON Answer without its receipt
  created_at   TEXT NOT NULL,
  UNIQUE (conversation, ordinal)
) STRICT;

CREATE TABLE receipt (
  answer     TEXT PRIMARY KEY REFERENCES answer (id) ON DELETE CASCADE,
  sha256     TEXT,
  bytes      INTEGER NOT NULL,
  payload    TEXT NOT NULL,
  redactions TEXT NOT NULL,
  sent_at    TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Entries for the ledger. Only the commitment goes there; content and salt stay here and may be erased.
CREATE TABLE outbox (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  type         TEXT NOT NULL,
  subject      TEXT NOT NULL,                  -- id of the source or answer it tells about
  content      TEXT,                           -- canonical JSON (RFC 8785); NULL: erased
  salt         TEXT,                           -- 32 bytes in hex; NULL: erased
  commitment   TEXT NOT NULL UNIQUE,
  created_at   TEXT NOT NULL,
  ledger_index INTEGER                         -- NULL: not yet on the ledger
) STRICT;
CREATE INDEX outbox_pending ON outbox (id) WHERE ledger_index IS NULL;
CREATE INDEX outbox_subject ON outbox (subject);

CREATE TABLE setting (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL                          -- JSON
) STRICT, WITHOUT ROWID;

CREATE TABLE account (
  id            TEXT PRIMARY KEY,
  password_hash TEXT NOT NULL,
  created_at    TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE session (
  token_hash TEXT PRIMARY KEY,                 -- SHA-256 of the cookie's value: the value itself is not kept
  account    TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`

/** In which log an entry has its number: a box may go on with another log. */
export const logOfEntry = `
ALTER TABLE outbox ADD COLUMN ledger_origin TEXT; -- NULL: not yet on the ledger, or not known which log it was
CREATE INDEX outbox_settled ON outbox (ledger_origin, ledger_index) WHERE ledger_index IS NOT NULL;
`

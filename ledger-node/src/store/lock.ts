import { DatabaseSync } from 'node:sqlite'

/** Somebody else holds the lock. */
export class LockHeld extends Error {
  constructor(path: string) {
    super(`${path} is held by another process`)
    this.name = 'LockHeld'
  }
}

export interface Lock extends Disposable {
  release(): void
}

/**
 * Takes the lock that the file at `path` stands for. It is a lock of the operating system (the one SQLite takes
 * on its file), so it ends with the process however that ends: kill -9 leaves nothing to clean up, and a
 * process id that was given to somebody else is no reason to refuse.
 * @throws LockHeld at once
 */
export function lockFile(path: string): Lock {
  const database = new DatabaseSync(path, { timeout: 0 })
  try {
    // In memory: the journal would be a second file, and nothing is ever written.
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
  } catch (cause) {
    database.close()
    if (isBusy(cause)) throw new LockHeld(path)
    throw cause
  }
  const release = () => {
    if (database.isOpen) database.close()
  }
  return { release, [Symbol.dispose]: release }
}

/** SQLITE_BUSY, the low byte of SQLite's result code. */
function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === 5
}

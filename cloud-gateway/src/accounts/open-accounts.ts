import { join } from 'node:path'
import type { Accounts } from './accounts.ts'
import { type TakenOver, takeOverBoxFolder } from './box-folder.ts'

export interface AccountsPlace {
  /** Empty: SQLite in the data folder; else postgres://... */
  database: string
  data: string
}

export interface OpenedAccounts {
  accounts: Accounts
  /** Boxes of an earlier version, where there were any. */
  takenOver: TakenOver | null
}

/**
 * The accounts of one gateway's settings. `as`: the gateway itself, of which there is one per SQLite file, or somebody
 * beside it (command line, supervisor), whether it runs or not. `lost`: they are gone for as long as this process lives.
 * @throws AccountsAway
 */
export async function openAccounts(
  { database, data }: AccountsPlace,
  as: 'gateway' | 'beside',
  lost: (cause: Error) => void = () => {},
): Promise<OpenedAccounts> {
  const accounts = await openDriver({ database, data }, as === 'gateway', lost)
  try {
    return { accounts, takenOver: await takeOverBoxFolder(accounts, data) }
  } catch (error) {
    await accounts.close()
    throw error
  }
}

/** Each driver is loaded where it is used. */
async function openDriver(
  { database, data }: AccountsPlace,
  lock: boolean,
  lost: (cause: Error) => void,
): Promise<Accounts> {
  if (database !== '') {
    const { openPostgresAccounts } = await import('./postgres.ts')
    return openPostgresAccounts({ url: database })
  }
  const { openSqliteAccounts } = await import('./sqlite.ts')
  return openSqliteAccounts({ path: join(data, 'gateway.db'), lock, lost })
}

import type { Quota } from '../protocol.ts'
import type { Accounts, BoxAccount, BoxChange, EnrolmentRefusal, Reserved, UsageRow } from './accounts.ts'
import { createConnects } from './postgres/connects.ts'
import { openDatabase } from './postgres/database.ts'
import { migrate } from './postgres/migrate.ts'
import { refusal } from './refusals.ts'
import { type AccountsStore, createAccounts } from './store.ts'
import { defaultLeaseMs, kept } from './windows.ts'

export interface PostgresAccountsSettings {
  /** postgres://user:password@host:port/database, or with ?host=/folder for a socket. */
  url: string
  schema?: string
  leaseMs?: number
  connections?: number
  connectMs?: number
  statementMs?: number
  /** This machine's clock, milliseconds since 1970. */
  now?: () => number
}

type BoxRow = Quota & Omit<BoxAccount, 'quota'>
type ChangeRow = Quota & Omit<BoxChange, 'quota'> & { changed: number }

const quotaColumns = 'tokens_per_minute AS "tokensPerMinute", tokens_per_day AS "tokensPerDay", streams'
const boxColumns = `box, key, public_key AS "publicKey", label, enrolled_at AS "enrolledAt",
  revoked_at AS "revokedAt", ${quotaColumns}`

/**
 * Accounts in PostgreSQL, for any number of gateways. Each operation is one statement; the times are the database's.
 * @throws AccountsAway when the database cannot be reached, or is of a newer version
 */
export async function openPostgresAccounts({
  url,
  schema = 'tanbox_gateway',
  leaseMs = defaultLeaseMs,
  connections = 10,
  connectMs = 3000,
  statementMs = 5000,
  now = Date.now,
}: PostgresAccountsSettings): Promise<Accounts> {
  const database = openDatabase({ url, schema, connections, connectMs, statementMs })
  try {
    await migrate(database, schema)
  } catch (error) {
    await database.close()
    throw error
  }
  const connect = createConnects(database)

  /** The one value of the one row. */
  async function call<T>(sql: string, ...values: unknown[]): Promise<T> {
    const [row] = await database.query<{ value: T }>(`SELECT ${sql} AS value`, values)
    return row!.value
  }

  async function find(box: string): Promise<BoxAccount | null> {
    const [row] = await database.query<BoxRow>(`SELECT ${boxColumns} FROM enrolled_box WHERE box = $1`, [box])
    return row ? toAccount(row) : null
  }

  async function accountUnless(refused: EnrolmentRefusal | null, box: string): Promise<BoxAccount> {
    const account = refused === null ? await find(box) : null
    if (!account) throw refusal(refused ?? 'box-unknown', box)
    return account
  }

  const store: AccountsStore = {
    find,
    async list() {
      const rows = await database.query<BoxRow>(
        `SELECT ${boxColumns} FROM enrolled_box ORDER BY enrolled_at, box`,
        [],
      )
      return rows.map(toAccount)
    },
    async enrol({ box, key, publicKey, label, quota }) {
      const given = [box, key, publicKey, label, ...valuesOf(quota)]
      return accountUnless(await call('enrol($1, $2, $3, $4, $5, $6, $7)', ...given), box)
    },
    async createCode({ hash, label, quota, expiresAt }) {
      // It lives as long as was meant here, whatever the two clocks say.
      await database.query(
        `INSERT INTO code (hash, label, tokens_per_minute, tokens_per_day, streams, expires_at)
         VALUES ($1, $2, $3, $4, $5, now_ms() + $6)`,
        [hash, label, ...valuesOf(quota), expiresAt - now()],
      )
    },
    async register(hash, { box, key, publicKey, label }) {
      const refused = await call<EnrolmentRefusal | null>(
        'register($1, $2, $3, $4, $5)',
        hash,
        box,
        key,
        publicKey,
        label,
      )
      return accountUnless(refused, box)
    },
    rotate: (box, from, { key, publicKey }) => call('rotate($1, $2, $3, $4)', box, from, key, publicKey),
    revoke: (box) => call('revoke_box($1)', box),
    setQuota: (box, quota) => call('set_quota($1, $2, $3, $4)', box, ...valuesOf(quota)),

    connect,
    async changes(after) {
      const rows = await database.query<ChangeRow>(
        `SELECT box, key, revoked_at IS NOT NULL AS revoked, generation, ${quotaColumns}, changed
         FROM enrolled_box WHERE changed > $1 ORDER BY changed`,
        [after],
      )
      return { cursor: rows.at(-1)?.changed ?? after, boxes: rows.map(toChange) }
    },

    reserve: ({ box, generation, rid, digest, epoch, process, alias, promptTokens, maxTokens }) =>
      call<Reserved>(
        'reserve($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)',
        ...[box, generation, rid, digest, epoch, process, alias, promptTokens, maxTokens, leaseMs],
      ),
    settle({ box, rid, epoch, process, target, outcome, usage, cost }) {
      const { promptTokens, completionTokens, exact, energyMicroWattHours: energy = 0 } = usage
      return call(
        'settle($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)',
        ...[box, rid, epoch, process, target, outcome, promptTokens, completionTokens, exact, energy, cost],
      )
    },

    async beat(process, running) {
      const notes = running.map(({ box, rid, epoch, target, usage, cost }) => ({
        ...{ box, rid, epoch, target, cost },
        ...{ prompt: usage.promptTokens, completion: usage.completionTokens },
        energy: usage.energyMicroWattHours ?? 0,
      }))
      await call('beat($1, $2, $3)', process, JSON.stringify(notes), leaseMs)
    },
    settleDead: () => call('settle_dead($1)', leaseMs),
    giveBack: (process, known) => call('give_back($1, $2, $3)', process, JSON.stringify(known), leaseMs),
    async leave(process) {
      await database.query('DELETE FROM process WHERE process = $1', [process])
    },

    usage: ({ box = null, fromDay = '', toDay = '9999-12-31' }) =>
      database.query<UsageRow>(
        `SELECT box, day, target, answers, prompt_tokens AS "promptTokens", completion_tokens AS "completionTokens",
           estimated_tokens AS "estimatedTokens", cost, energy AS "energyMicroWattHours" FROM usage
         WHERE ($1::text IS NULL OR box = $1) AND day >= $2 AND day <= $3 ORDER BY day, box, target`,
        [box, fromDay, toDay],
      ),
    async prune() {
      const { expiredCodesMs, minutesMs, daysMs, questionsMs } = kept
      await call('prune($1, $2, $3, $4, $5)', leaseMs, expiredCodesMs, minutesMs, daysMs, questionsMs)
    },
    close: () => database.close(),
  }
  return createAccounts(store)
}

function valuesOf({ tokensPerMinute, tokensPerDay, streams }: Quota): unknown[] {
  return [tokensPerMinute, tokensPerDay, streams]
}

function quotaOf({ tokensPerMinute, tokensPerDay, streams }: Quota): Quota {
  return { tokensPerMinute, tokensPerDay, streams }
}

function toAccount(row: BoxRow): BoxAccount {
  const { box, key, publicKey, label, enrolledAt, revokedAt } = row
  return { box, key, publicKey, label, enrolledAt, revokedAt, quota: quotaOf(row) }
}

function toChange(row: ChangeRow): BoxChange {
  const { box, key, revoked, generation } = row
  return { box, key, revoked, generation, quota: quotaOf(row) }
}

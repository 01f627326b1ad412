import type { Database } from 'better-sqlite3'
import type { Quota } from '../../protocol.ts'
import type { BoxAccount, BoxChange } from '../accounts.ts'
import { refusal } from '../refusals.ts'
import type { AccountsStore, CheckedKey } from '../store.ts'
import type { SyncCalls } from './calls.ts'

interface BoxRow {
  box: string
  key: string
  publicKey: Uint8Array
  rotatedFrom: string | null
  label: string
  enrolledAt: number
  revokedAt: number | null
  tokensPerMinute: number | null
  tokensPerDay: number | null
  streams: number
  generation: number
}

const quotaColumns = 'tokens_per_minute AS tokensPerMinute, tokens_per_day AS tokensPerDay, streams'
const columns = `box, key, public_key AS publicKey, rotated_from AS rotatedFrom, label, enrolled_at AS enrolledAt,
  revoked_at AS revokedAt, ${quotaColumns}, generation`

type BoxCalls = Pick<
  AccountsStore,
  | 'find'
  | 'list'
  | 'enrol'
  | 'createCode'
  | 'register'
  | 'rotate'
  | 'revoke'
  | 'setQuota'
  | 'connect'
  | 'changes'
>

/** Boxes and codes. Everything runs inside a transaction of the caller's. */
export function createBoxes(database: Database, clock: { now(): number }): SyncCalls<BoxCalls> {
  const one = database.prepare<[string], BoxRow>(`SELECT ${columns} FROM box WHERE box = ?`)
  const all = database.prepare<[], BoxRow>(`SELECT ${columns} FROM box ORDER BY enrolled_at, box`)
  const insert = database.prepare(
    `INSERT INTO box (box, key, public_key, label, enrolled_at, tokens_per_minute, tokens_per_day, streams, changed)
     VALUES (@box, @key, @publicKey, @label, @at, @tokensPerMinute, @tokensPerDay, @streams, @changed)`,
  )
  // One writer at a time: numbers are given in the order in which they become visible.
  const nextChange = database
    .prepare<[], number>('UPDATE store SET changes = changes + 1 RETURNING changes')
    .pluck()
  const setKey = database.prepare(
    'UPDATE box SET key = @key, public_key = @publicKey, rotated_from = @from, changed = @changed WHERE box = @box',
  )
  const setRevoked = database.prepare(
    'UPDATE box SET revoked_at = @at, changed = @changed WHERE box = @box AND revoked_at IS NULL',
  )
  const setQuota = database.prepare(
    `UPDATE box SET tokens_per_minute = @tokensPerMinute, tokens_per_day = @tokensPerDay, streams = @streams,
       changed = @changed WHERE box = @box`,
  )
  const setLabel = database.prepare('UPDATE box SET label = @label WHERE box = @box')
  const connect = database
    .prepare<[object], number>(
      'UPDATE box SET generation = generation + 1, changed = @changed WHERE box = @box RETURNING generation',
    )
    .pluck()
  const changed = database.prepare<[number], BoxRow & { changed: number }>(
    `SELECT ${columns}, changed FROM box WHERE changed > ? ORDER BY changed`,
  )
  const insertCode = database.prepare(
    `INSERT INTO code (hash, label, tokens_per_minute, tokens_per_day, streams, expires_at)
     VALUES (@hash, @label, @tokensPerMinute, @tokensPerDay, @streams, @expiresAt)`,
  )
  const code = database.prepare<
    [Uint8Array],
    Quota & { label: string; expiresAt: number; usedBox: string | null; usedKey: string | null }
  >(
    `SELECT label, ${quotaColumns}, expires_at AS expiresAt, used_box AS usedBox, used_key AS usedKey
     FROM code WHERE hash = ?`,
  )
  const useCode = database.prepare('UPDATE code SET used_box = @box, used_key = @key WHERE hash = @hash')

  function account(box: string): BoxRow {
    const row = one.get(box)
    if (!row) throw refusal('box-unknown', box)
    return row
  }

  function admit(box: CheckedKey & { box: string; label: string; quota: Quota }): BoxRow {
    const present = one.get(box.box)
    if (present) return sameBox(present, box.key)
    insert.run({ ...box, ...box.quota, at: clock.now(), changed: nextChange.get() })
    return account(box.box)
  }

  return {
    find: (box) => toAccount(one.get(box)),
    list: () => all.all().map((row) => toAccount(row)!),
    enrol: (box) => toAccount(admit(box))!,

    createCode: ({ hash, label, quota, expiresAt }) =>
      void insertCode.run({ hash, label, ...quota, expiresAt }),

    register(hash, box) {
      const given = code.get(hash)
      if (!given) throw refusal('code-unknown')
      const again = given.usedBox === box.box && given.usedKey === box.key
      if (given.usedBox !== null && !again) throw refusal('code-used')
      if (given.expiresAt <= clock.now()) throw refusal('code-expired')
      if (again) return toAccount(sameBox(account(box.box), box.key))!
      const present = one.get(box.box)
      const quota = quotaOf(given)
      const label = given.label || box.label
      if (present) {
        sameBox(present, box.key)
        setQuota.run({ box: box.box, ...quota, changed: nextChange.get() })
        setLabel.run({ box: box.box, label: label || present.label })
      } else admit({ ...box, label, quota })
      useCode.run({ hash, box: box.box, key: box.key })
      return toAccount(account(box.box))!
    },

    rotate(box, from, to) {
      const present = one.get(box)
      if (!present || present.revokedAt !== null) return false
      if (present.key === to.key) return present.rotatedFrom === from || from === to.key
      if (present.key !== from) return false
      setKey.run({ box, from, key: to.key, publicKey: to.publicKey, changed: nextChange.get() })
      return true
    },

    revoke(box) {
      if (!one.get(box)) return false
      setRevoked.run({ box, at: clock.now(), changed: nextChange.get() })
      return true
    },

    setQuota: (box, quota) => setQuota.run({ box, ...quota, changed: nextChange.get() }).changes > 0,

    connect(box) {
      if (account(box).revokedAt !== null) throw refusal('box-revoked', box)
      return connect.get({ box, changed: nextChange.get() })!
    },

    changes(after) {
      const rows = changed.all(after)
      return { cursor: rows.at(-1)?.changed ?? after, boxes: rows.map(toChange) }
    },
  }
}

/** The row, if that key may have it. */
function sameBox(present: BoxRow, key: string): BoxRow {
  if (present.key !== key) throw refusal('box-taken', present.box)
  if (present.revokedAt !== null) throw refusal('box-revoked', present.box)
  return present
}

function quotaOf({ tokensPerMinute, tokensPerDay, streams }: Quota): Quota {
  return { tokensPerMinute, tokensPerDay, streams }
}

function toAccount(row: BoxRow | undefined): BoxAccount | null {
  if (!row) return null
  const { box, key, publicKey, label, enrolledAt, revokedAt } = row
  return { box, key, publicKey, label, enrolledAt, revokedAt, quota: quotaOf(row) }
}

function toChange(row: BoxRow): BoxChange {
  const { box, key, revokedAt, generation } = row
  return { box, key, revoked: revokedAt !== null, generation, quota: quotaOf(row) }
}

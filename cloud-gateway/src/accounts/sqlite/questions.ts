import type { Database } from 'better-sqlite3'
import type { Reservation, Reserved, UsageRow } from '../accounts.ts'
import type { AccountsStore } from '../store.ts'
import { dayMs, dayName, kept, minuteMs, startOf, untilNext } from '../windows.ts'
import type { SyncCalls } from './calls.ts'
import type { StoreAge } from './store-age.ts'

interface QuestionRow {
  box: string
  rid: string
  epoch: number
  digest: string
  process: string
  alias: string
  reservedAt: number
  reserved: number
  target: string | null
  promptTokens: number
  completionTokens: number
  energy: number
  cost: number
  outcome: string | null
}

/** What a settlement adds to the usage of a day. */
interface Counted {
  target: string
  promptTokens: number
  completionTokens: number
  exact: boolean
  cost: number
  energy: number
  outcome: string
}

interface BoxLimits {
  generation: number
  revoked: number
  tokensPerMinute: number | null
  tokensPerDay: number | null
  streams: number
}

const columns = `box, rid, epoch, digest, process, alias, reserved_at AS reservedAt, reserved, target,
  prompt_tokens AS promptTokens, completion_tokens AS completionTokens, energy, cost, outcome`

type QuestionCalls = Pick<
  AccountsStore,
  'reserve' | 'settle' | 'beat' | 'settleDead' | 'giveBack' | 'leave' | 'usage' | 'prune'
>

/** Quota, reservations, usage and leases. Everything runs inside a transaction of the caller's. */
export function createQuestions(
  database: Database,
  age: StoreAge,
  { leaseMs }: { leaseMs: number },
): SyncCalls<QuestionCalls> {
  const limits = database.prepare<[string], BoxLimits>(
    `SELECT generation, revoked_at IS NOT NULL AS revoked, tokens_per_minute AS tokensPerMinute,
       tokens_per_day AS tokensPerDay, streams FROM box WHERE box = ?`,
  )
  const question = database.prepare<[string, string], QuestionRow>(
    `SELECT ${columns} FROM question WHERE box = ? AND rid = ?`,
  )
  const put = database.prepare(
    `INSERT OR REPLACE INTO question
       (box, rid, epoch, digest, process, alias, reserved_at, reserved_age, reserved, prompt_tokens)
     VALUES (@box, @rid, @epoch, @digest, @process, @alias, @now, @age, @reserved, @promptTokens)`,
  )
  const beatOf = database.prepare<[string], number>('SELECT beat_age FROM process WHERE process = ?').pluck()
  const running = database
    .prepare<[string, number], number>(
      `SELECT count(*) FROM question WHERE box = ? AND outcome IS NULL
         AND process IN (SELECT process FROM process WHERE beat_age > ?)`,
    )
    .pluck()
  const spent = database
    .prepare<[string, number, number], number>(
      'SELECT tokens FROM spent WHERE box = ? AND length = ? AND start = ?',
    )
    .pluck()
  const spend = database.prepare(
    `INSERT INTO spent (box, length, start, tokens, age) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET tokens = tokens + excluded.tokens`,
  )
  const giveBack = database.prepare(
    'UPDATE spent SET tokens = tokens + ? WHERE box = ? AND length = ? AND start = ?',
  )
  const setOutcome = database.prepare('UPDATE question SET outcome = ? WHERE box = ? AND rid = ?')
  const count = database.prepare(
    `INSERT INTO usage VALUES (@box, @day, @target, 1, @promptTokens, @completionTokens, @estimated, @cost, @energy)
     ON CONFLICT DO UPDATE SET answers = answers + 1, prompt_tokens = prompt_tokens + excluded.prompt_tokens,
       completion_tokens = completion_tokens + excluded.completion_tokens,
       estimated_tokens = estimated_tokens + excluded.estimated_tokens,
       cost = cost + excluded.cost, energy = energy + excluded.energy`,
  )
  const renew = database.prepare(
    'INSERT INTO process VALUES (?, ?) ON CONFLICT DO UPDATE SET beat_age = excluded.beat_age',
  )
  const note = database.prepare(
    `UPDATE question SET target = @target, prompt_tokens = @promptTokens, completion_tokens = @completionTokens,
       energy = @energy, cost = @cost
     WHERE box = @box AND rid = @rid AND epoch = @epoch AND process = @process AND outcome IS NULL`,
  )
  const dead = database.prepare<[number], QuestionRow>(
    `SELECT ${columns} FROM question WHERE outcome IS NULL
       AND process NOT IN (SELECT process FROM process WHERE beat_age > ?)`,
  )
  const openOf = database.prepare<[string, number], QuestionRow>(
    `SELECT ${columns} FROM question WHERE process = ? AND outcome IS NULL AND reserved_age <= ?`,
  )
  const leave = database.prepare('DELETE FROM process WHERE process = ?')
  const forgetProcesses = database.prepare('DELETE FROM process WHERE beat_age <= ?')
  const markExpired = database.prepare(
    `UPDATE code SET expired_age = iif(expires_at <= @wall, @age, NULL)
     WHERE (expires_at <= @wall) <> (expired_age IS NOT NULL)`,
  )
  const forgetCodes = database.prepare('DELETE FROM code WHERE expired_age <= ?')
  const forgetSpent = database.prepare('DELETE FROM spent WHERE length = ? AND age <= ?')
  const forgetQuestions = database.prepare(
    'DELETE FROM question WHERE reserved_age <= ? AND outcome IS NOT NULL',
  )
  const usage = database.prepare<[object], UsageRow>(
    `SELECT box, day, target, answers, prompt_tokens AS promptTokens, completion_tokens AS completionTokens,
       estimated_tokens AS estimatedTokens, cost, energy AS energyMicroWattHours FROM usage
     WHERE (@box IS NULL OR box = @box) AND day >= @fromDay AND day <= @toDay ORDER BY day, box, target`,
  )

  /** Processes that beat after this age have their lease. */
  const leaseEdge = () => age.now() - leaseMs
  const isLive = (process: string) => (beatOf.get(process) ?? Number.NEGATIVE_INFINITY) > leaseEdge()

  function overQuota(limit: BoxLimits, box: string, tokens: number, now: number): Reserved | null {
    const refuse = (code: 'quota-minute' | 'quota-day', length: number): Reserved => ({
      state: 'refused',
      code,
      retryAfterMs: untilNext(now, length),
    })
    const { tokensPerDay, tokensPerMinute } = limit
    if (tokens > Math.min(tokensPerDay ?? tokens, tokensPerMinute ?? tokens))
      return { state: 'refused', code: 'quota-too-small', retryAfterMs: null }
    const spentIn = (length: number) => spent.get(box, length, startOf(now, length)) ?? 0
    if (tokensPerDay !== null && spentIn(dayMs) + tokens > tokensPerDay) return refuse('quota-day', dayMs)
    if (tokensPerMinute !== null && spentIn(minuteMs) + tokens > tokensPerMinute)
      return refuse('quota-minute', minuteMs)
    return null
  }

  function known(wanted: Reservation, last: QuestionRow): Reserved | null {
    const settled = last.outcome !== null
    if (settled && wanted.epoch === last.epoch + 1 && wanted.digest === last.digest) return null
    const { digest, epoch, process } = last
    return { state: 'known', digest, epoch, live: !settled, process, settled }
  }

  function close(row: QuestionRow, counted: Counted): void {
    setOutcome.run(counted.outcome, row.box, row.rid)
    const used = counted.promptTokens + counted.completionTokens
    for (const length of [minuteMs, dayMs])
      giveBack.run(used - row.reserved, row.box, length, startOf(row.reservedAt, length))
    const { outcome, exact, ...sums } = counted
    count.run({ ...sums, box: row.box, day: dayName(row.reservedAt), estimated: exact ? 0 : used })
  }

  /** Settles what a dead process left, as far as its last beat knew. */
  function lost(row: QuestionRow): QuestionRow {
    const { target, alias, promptTokens, completionTokens, cost, energy } = row
    const sums = { promptTokens, completionTokens, exact: false, cost, energy, outcome: 'lost' }
    close(row, { ...sums, target: target ?? alias })
    return { ...row, outcome: 'lost' }
  }

  return {
    reserve(wanted) {
      const now = age.wall()
      const limit = limits.get(wanted.box)
      if (!limit || limit.revoked || limit.generation !== wanted.generation) return { state: 'fenced' }
      const last = question.get(wanted.box, wanted.rid)
      const seen = last && known(wanted, last.outcome === null && !isLive(last.process) ? lost(last) : last)
      if (seen) return seen
      if (running.get(wanted.box, leaseEdge())! >= limit.streams)
        return { state: 'refused', code: 'too-many-asks', retryAfterMs: 1000 }
      const tokens = wanted.promptTokens + wanted.maxTokens
      const over = overQuota(limit, wanted.box, tokens, now)
      if (over) return over
      // A question that is written lives; its process may not have beaten yet.
      if (!isLive(wanted.process)) renew.run(wanted.process, age.now())
      const { generation: _, maxTokens: __, ...columnsOf } = wanted
      put.run({ ...columnsOf, now, age: age.now(), reserved: tokens })
      for (const length of [minuteMs, dayMs])
        spend.run(wanted.box, length, startOf(now, length), tokens, age.now())
      return { state: 'reserved' }
    },

    settle({ box, rid, epoch, process, target, outcome, usage, cost }) {
      const row = question.get(box, rid)
      if (!row || row.epoch !== epoch || row.process !== process || row.outcome !== null) return false
      const { promptTokens, completionTokens, exact, energyMicroWattHours: energy = 0 } = usage
      const sums = { promptTokens, completionTokens, exact, cost, energy, outcome }
      if (target === null && promptTokens + completionTokens + cost + energy === 0) release(row, outcome)
      else close(row, { ...sums, target: target ?? row.target ?? row.alias })
      return true
    },

    beat(process, answers) {
      age.advance()
      renew.run(process, age.now())
      for (const { usage, ...answer } of answers) {
        const { promptTokens, completionTokens, energyMicroWattHours: energy = 0 } = usage
        note.run({ ...answer, process, promptTokens, completionTokens, energy })
      }
    },

    settleDead() {
      const rows = dead.all(leaseEdge())
      for (const row of rows) lost(row)
      return rows.length
    },

    giveBack(process, known) {
      const names = new Set(known.map(({ box, rid }) => `${box} ${rid}`))
      const unknown = openOf.all(process, leaseEdge()).filter(({ box, rid }) => !names.has(`${box} ${rid}`))
      for (const row of unknown) release(row, 'given-back')
      return unknown.length
    },

    leave: (process) => void leave.run(process),

    usage: ({ box = null, fromDay = '', toDay = '9999-12-31' }) => usage.all({ box, fromDay, toDay }),

    prune() {
      age.advance()
      const now = age.now()
      forgetProcesses.run(leaseEdge())
      markExpired.run({ wall: age.wall(), age: now })
      forgetCodes.run(now - kept.expiredCodesMs)
      forgetSpent.run(minuteMs, now - kept.minutesMs)
      forgetSpent.run(dayMs, now - kept.daysMs)
      forgetQuestions.run(now - kept.questionsMs)
    },
  }

  /** Nobody was asked and nothing was used: the quota gets everything back, and no answer is counted. */
  function release(row: QuestionRow, outcome: string): void {
    setOutcome.run(outcome, row.box, row.rid)
    for (const length of [minuteMs, dayMs])
      giveBack.run(-row.reserved, row.box, length, startOf(row.reservedAt, length))
  }
}

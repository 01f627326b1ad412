import type { Database } from 'better-sqlite3'
import { TanboxError } from '../errors.ts'
import type { Answer, ConversationRow, EgressReceipt, Scope } from '../model.ts'
import { answerEntry } from './answer-entry.ts'
import { atomic } from './atomic.ts'
import type { Outbox } from './outbox.ts'
import type { Reader } from './reader.ts'

/** Conversations of the asker and the answers in them. Nobody reads or continues those of another. */
export interface Conversations {
  /**
   * Saves an answer, its receipt and its pending ledger entry in one transaction, and begins the conversation
   * with its first answer. Saving the same answer again changes nothing.
   * @throws TanboxError `not-found` for a conversation of someone else
   */
  save(scope: Scope, answer: Answer): void
  list(scope: Scope): ConversationRow[]
  get(scope: Scope, id: string): ConversationRow | null
  /** Oldest first; the last `limit` of them. */
  answers(scope: Scope, conversation: string, limit?: number): Answer[]
  answer(scope: Scope, id: string): Answer | null
  /** Removes it with its answers and receipts, and what their ledger entries stand for. */
  remove(scope: Scope, id: string): boolean
}

interface StoredAnswer {
  body: string
  sha256: string | null
  bytes: number
  payload: string
  redactions: string
  sentAt: string
}

const rowColumns = `c.id, c.title, c.created_at AS createdAt, c.updated_at AS updatedAt,
  (SELECT count(*) FROM answer a WHERE a.conversation = c.id) AS answers`
const answerColumns = 'a.body, r.sha256, r.bytes, r.payload, r.redactions, r.sent_at AS sentAt'
const answerTables = `answer a JOIN receipt r ON r.answer = a.id
  JOIN conversation c ON c.id = a.conversation AND c.principal = @principal`

export function createConversations(database: Database, reader: Reader, outbox: Outbox): Conversations {
  const owner = database.prepare<[string], { principal: string }>(
    'SELECT principal FROM conversation WHERE id = ?',
  )
  const saved = database.prepare<[string], object>('SELECT 1 FROM answer WHERE id = ?')
  const begin = database.prepare(
    'INSERT INTO conversation (id, principal, title, created_at, updated_at) VALUES (?, ?, ?, ?, ?)',
  )
  const touch = database.prepare('UPDATE conversation SET updated_at = ? WHERE id = ?')
  const insert = database.prepare(
    `INSERT INTO answer (id, conversation, ordinal, body, created_at)
     VALUES (@id, @conversation, (SELECT count(*) FROM answer WHERE conversation = @conversation), @body, @createdAt)`,
  )
  const insertReceipt = database.prepare(
    `INSERT INTO receipt (answer, sha256, bytes, payload, redactions, sent_at)
     VALUES (@answer, @sha256, @bytes, @payload, @redactions, @sentAt)`,
  )
  const list = database.prepare<[object], ConversationRow>(
    `SELECT ${rowColumns} FROM conversation c WHERE c.principal = @principal
     ORDER BY c.updated_at DESC, c.id DESC`,
  )
  const one = database.prepare<[object], ConversationRow>(
    `SELECT ${rowColumns} FROM conversation c WHERE c.principal = @principal AND c.id = @id`,
  )
  const answers = database.prepare<[object], StoredAnswer>(
    `SELECT ${answerColumns} FROM ${answerTables} WHERE a.conversation = @conversation
     ORDER BY a.ordinal DESC LIMIT @limit`,
  )
  const answer = database.prepare<[object], StoredAnswer>(
    `SELECT ${answerColumns} FROM ${answerTables} WHERE a.id = @id`,
  )
  const answerIds = database.prepare<[object], { id: string }>(
    `SELECT a.id FROM ${answerTables} WHERE a.conversation = @id`,
  )
  const remove = database.prepare('DELETE FROM conversation WHERE id = @id AND principal = @principal')

  return {
    save: atomic(database, (scope: Scope, { receipt, ...body }: Answer) => {
      const asker = reader.principal(scope)
      if (saved.get(body.id)) return
      const principal = owner.get(body.conversation)?.principal
      if (principal !== undefined && principal !== asker)
        throw new TanboxError('not-found', body.conversation)
      if (principal === undefined)
        begin.run(body.conversation, asker, titleOf(body.question), body.createdAt, body.createdAt)
      insert.run({ ...body, body: JSON.stringify(body) })
      insertReceipt.run({ ...receipt, answer: body.id, redactions: JSON.stringify(receipt.redactions) })
      touch.run(body.createdAt, body.conversation)
      outbox.add('answer', body.id, answerEntry({ ...body, receipt }))
    }),

    list: (scope) => list.all({ principal: reader.principal(scope) }),
    get: (scope, id) => one.get({ principal: reader.principal(scope), id }) ?? null,
    answers: (scope, conversation, limit = 1000) =>
      answers
        .all({ principal: reader.principal(scope), conversation, limit })
        .reverse()
        .map(toAnswer),
    answer(scope, id) {
      const row = answer.get({ principal: reader.principal(scope), id })
      return row ? toAnswer(row) : null
    },

    remove: atomic(database, (scope: Scope, id: string) => {
      const principal = reader.principal(scope)
      for (const row of answerIds.all({ principal, id })) outbox.erase(row.id)
      return remove.run({ principal, id }).changes > 0
    }),
  }
}

function toAnswer({ body, redactions, ...receipt }: StoredAnswer): Answer {
  const whole: EgressReceipt = { ...receipt, redactions: JSON.parse(redactions) }
  return { ...JSON.parse(body), receipt: whole }
}

const longestTitle = 80

/** The first question names the conversation. */
function titleOf(question: string): string {
  const line = question.replace(/\s+/g, ' ').trim()
  const short = Array.from(line).slice(0, longestTitle).join('')
  return short === line ? line : `${short}…`
}

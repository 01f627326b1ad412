import type { Database } from 'better-sqlite3'
import { TanboxError } from '../errors.ts'
import type { Answer, ConversationRow, EgressReceipt, Scope } from '../model.ts'
import { answerEntry } from './answer-entry.ts'
import type { Outbox } from './outbox.ts'

/** Conversations of the asker and the answers in them. Nobody reads or continues those of another. */
export interface Conversations {
  /**
   * Saves an answer, its receipt and its pending ledger entry in one transaction, and begins the conversation
   * with its first answer. Saving the same answer again changes nothing.
   * @throws TanboxError `not-found` for a conversation of someone else
   */
  save(scope: Scope, answer: Answer): void
  list(scope: Scope): ConversationRow[]
  get(scope: Scope, id: string): ConversationRow | undefined
  /** Oldest first; the last `limit` of them. */
  answers(scope: Scope, conversation: string, limit?: number): Answer[]
  answer(scope: Scope, id: string): Answer | undefined
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

export function createConversations(database: Database, outbox: Outbox): Conversations {
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

  const save = database.transaction((scope: Scope, { receipt, ...body }: Answer) => {
    if (saved.get(body.id)) return
    const principal = owner.get(body.conversation)?.principal
    if (principal !== undefined && principal !== scope.principal)
      throw new TanboxError('not-found', body.conversation)
    if (principal === undefined)
      begin.run(body.conversation, scope.principal, titleOf(body.question), body.createdAt, body.createdAt)
    insert.run({ ...body, body: JSON.stringify(body) })
    insertReceipt.run({ ...receipt, answer: body.id, redactions: JSON.stringify(receipt.redactions) })
    touch.run(body.createdAt, body.conversation)
    outbox.add('answer', body.id, answerEntry({ ...body, receipt }))
  })

  const removeAll = database.transaction((scope: Scope, id: string) => {
    const { principal } = scope
    for (const row of answerIds.all({ principal, id })) outbox.erase(row.id)
    return remove.run({ principal, id }).changes > 0
  })

  return {
    save: (scope, made) => save.immediate(scope, made),
    list: ({ principal }) => list.all({ principal }),
    get: ({ principal }, id) => one.get({ principal, id }),
    answers: ({ principal }, conversation, limit = 1000) =>
      answers.all({ principal, conversation, limit }).reverse().map(toAnswer),
    answer({ principal }, id) {
      const row = answer.get({ principal, id })
      return row && toAnswer(row)
    },
    remove: (scope, id) => removeAll.immediate(scope, id),
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

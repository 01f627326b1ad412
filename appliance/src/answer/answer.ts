import { reasonOf, TanboxError } from '../errors.ts'
import type { Answer, AnswerEvent, ConversationRow, Filters, Scope } from '../model.ts'
import { createChannel } from './channel.ts'
import { historyOf } from './conversation.ts'
import { type DraftParts, type DraftSettings, draftAnswer, nothingWritten } from './draft.ts'
import type { Language } from './language.ts'

export interface Question {
  question: string
  conversation?: string
  filters?: Filters
  language?: Language
}

/** Where answers are kept. Saving is one transaction with the answer's pending ledger entry (DESIGN rule 2). */
export interface AnswerStore {
  save(scope: Scope, answer: Answer): void
  get(scope: Scope, conversation: string): ConversationRow | null
  answers(scope: Scope, conversation: string, limit?: number): Answer[]
}

export interface AnswerSettings extends DraftSettings {
  /** Longest question (UTF-16 code units). */
  maxQuestionChars: number
  /** Answers being written at the same time. */
  concurrent: number
}

export const answerDefaults: AnswerSettings = {
  maxQuestionChars: 2000,
  concurrent: 8,
  passages: 8,
  maxAnswerChars: 20_000,
  maxTokens: 1500,
  deadlineMs: 180_000,
  model: 'default',
}

export interface AnsweringParts extends DraftParts {
  conversations: AnswerStore
  newId(now: Date): string
  clock(): Date
}

export interface Answering {
  /**
   * Begins an answer. What is wrong with the question itself is thrown at once; everything later is an event. The
   * answer is written to its end and saved even when the reader of its events leaves: only `stop` ends it early.
   * @throws TanboxError question-empty, question-too-long, not-found (conversation), too-many-answers
   */
  ask(scope: Scope, question: Question): AsyncIterable<AnswerEvent>
  /** False when no such answer of this asker is being written. */
  stop(scope: Scope, answer: string): boolean
  /** Stops all answers and waits until they are saved. */
  close(): Promise<void>
}

interface Run {
  principal: string
  stop: AbortController
  finished: Promise<void>
}

interface Asked extends Question {
  id: string
  /** The conversation it goes into, and whether it begins there. */
  conversation: string
  begins: boolean
}

type Emit = (event: AnswerEvent) => void

export function createAnswering(parts: AnsweringParts, settings: AnswerSettings): Answering {
  const { conversations } = parts
  const running = new Map<string, Run>()
  let closing = false

  async function run(scope: Scope, asked: Asked, emit: Emit, signal: AbortSignal): Promise<void> {
    const keep = keeper(scope, asked)
    emit({ type: 'started', answer: asked.id, conversation: asked.conversation })
    try {
      const history = asked.begins ? [] : historyOf(conversations.answers(scope, asked.conversation, 6))
      const { searchMs, promptMs, ...draft } = await draftAnswer(
        parts,
        settings,
        scope,
        { ...asked, history },
        keep.timed(emit),
        signal,
      )
      emit({ type: 'done', answer: keep.save(draft, { searchMs, promptMs }) })
    } catch (cause) {
      parts.report(cause)
      const reason = cause instanceof TanboxError ? cause.reason : reasonOf('internal')
      emit({ type: 'failed', reason })
      const failed = { ...nothingWritten(parts.egress.nothing()), notice: reason, outcome: 'failed' as const }
      keep.save({ ...failed, searched: asked.question, passages: [] }, { searchMs: 0, promptMs: 0 })
    }
  }

  /** Puts together what is kept of an answer. */
  function keeper(scope: Scope, { id, conversation, question, begins }: Asked) {
    const begun = performance.now()
    const createdAt = parts.clock().toISOString()
    const since = () => Math.round(performance.now() - begun)
    let firstTokenMs: number | null = null
    return {
      timed: (emit: Emit): Emit => {
        return (event) => {
          if (event.type === 'delta') firstTokenMs ??= since()
          emit(event)
        }
      },
      save(
        draft: Omit<Answer, 'id' | 'conversation' | 'question' | 'timings' | 'createdAt'>,
        { searchMs, promptMs }: { searchMs: number; promptMs: number },
      ): Answer {
        // A conversation that was removed meanwhile stays removed.
        if (!begins && !conversations.get(scope, conversation))
          throw new TanboxError('not-found', conversation)
        const timings = {
          searchMs: Math.round(searchMs),
          promptMs: Math.round(promptMs),
          firstTokenMs,
          totalMs: since(),
        }
        const answer: Answer = { id, conversation, question, ...draft, timings, createdAt }
        conversations.save(scope, answer)
        return answer
      },
    }
  }

  return {
    ask(scope, question) {
      if (closing) throw new TanboxError('shutting-down')
      const text = checkQuestion(question.question, settings.maxQuestionChars)
      const begins = question.conversation === undefined
      if (!begins && !conversations.get(scope, question.conversation!))
        throw new TanboxError('not-found', question.conversation)
      if (running.size >= settings.concurrent)
        throw new TanboxError('too-many-answers', String(settings.concurrent))
      const id = parts.newId(parts.clock())
      const conversation = question.conversation ?? parts.newId(parts.clock())
      const stop = new AbortController()
      const channel = createChannel<AnswerEvent>()
      const finished = run(
        scope,
        { ...question, question: text, id, conversation, begins },
        channel.send,
        stop.signal,
      )
        // Not even the failure could be kept.
        .catch(parts.report)
        .finally(() => {
          running.delete(id)
          channel.close()
        })
      running.set(id, { principal: scope.principal, stop, finished })
      return channel.events
    },
    stop(scope, answer) {
      const run = running.get(answer)
      if (!run || run.principal !== scope.principal) return false
      run.stop.abort()
      return true
    },
    async close() {
      closing = true
      const runs = [...running.values()]
      for (const { stop } of runs) stop.abort()
      await Promise.all(runs.map(({ finished }) => finished))
    },
  }
}

function checkQuestion(question: string, longest: number): string {
  const trimmed = question.toWellFormed().trim()
  if (!/[\p{L}\p{N}]/u.test(trimmed)) throw new TanboxError('question-empty')
  if (trimmed.length > longest) throw new TanboxError('question-too-long', longest.toLocaleString('en'))
  return trimmed
}

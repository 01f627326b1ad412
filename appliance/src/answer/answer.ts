import { performance } from 'node:perf_hooks'
import { reasonOf, TanboxError } from '../errors.ts'
import type { Llm } from '../llm/llm.ts'
import type {
  Answer,
  AnswerEvent,
  ConversationRow,
  Filters,
  Hit,
  Reason,
  Scope,
  SentPassage,
} from '../model.ts'
import { type Channel, createChannel } from './channel.ts'
import type { CiteTools } from './cite.ts'
import { historyOf, type Turn } from './conversation.ts'
import type { Egress } from './egress.ts'
import { type Language, questionLanguage } from './language.ts'
import { buildPrompt } from './prompt.ts'
import { type Draft, sayRefusal, writeAnswer } from './write.ts'

export interface Question {
  question: string
  conversation?: string
  filters?: Filters
  language?: Language
}

/** Retrieval, as answering needs it. */
export type Retrieve = (
  scope: Scope,
  query: { text: string; filters?: Filters; limit?: number; history?: readonly Turn[] },
  signal?: AbortSignal,
) => Promise<{ hits: Hit[]; searched: string; confidence: number }>

/** Where answers are kept. Saving is one transaction with the answer's pending ledger entry (DESIGN rule 2). */
export interface AnswerStore {
  save(scope: Scope, answer: Answer): void
  get(scope: Scope, conversation: string): ConversationRow | null
  answers(scope: Scope, conversation: string, limit?: number): Answer[]
}

export interface AnswerSettings {
  /** Longest question (UTF-16 code units). */
  maxQuestionChars: number
  /** Answers being written at the same time. */
  concurrent: number
  /** Passages shown to the model. */
  passages: number
  /** Longest answer (UTF-16 code units, and model tokens). */
  maxAnswerChars: number
  maxTokens: number
  deadlineMs: number
  /** Model alias asked for at the gateway. */
  model: string
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

export interface AnsweringParts {
  retrieve: Retrieve
  /** Below this confidence of retrieval the box says that its documents do not hold the answer. */
  refusalThreshold: number
  llm: Llm | null
  offline: Llm
  egress: Egress
  cite: CiteTools
  conversations: AnswerStore
  newId(now: Date): string
  clock(): Date
  /** Told about failures that the asker sees only as a sentence. */
  report(cause: unknown): void
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
  id: string
  principal: string
  stop: AbortController
  channel: Channel<AnswerEvent>
  finished: Promise<void>
}

export function createAnswering(parts: AnsweringParts, settings: AnswerSettings): Answering {
  const { conversations, egress } = parts
  const running = new Map<string, Run>()
  let closing = false

  function ask(scope: Scope, asked: Question): AsyncIterable<AnswerEvent> {
    if (closing) throw new TanboxError('shutting-down')
    const question = checkQuestion(asked.question, settings.maxQuestionChars)
    if (asked.conversation !== undefined && !conversations.get(scope, asked.conversation))
      throw new TanboxError('not-found', asked.conversation)
    if (running.size >= settings.concurrent)
      throw new TanboxError('too-many-answers', String(settings.concurrent))
    const id = parts.newId(parts.clock())
    const stop = new AbortController()
    const channel = createChannel<AnswerEvent>()
    const conversation = asked.conversation ?? parts.newId(parts.clock())
    const finished = write(
      scope,
      { ...asked, id, conversation, question },
      channel.send,
      stop.signal,
    ).finally(() => {
      running.delete(id)
      channel.close()
    })
    running.set(id, { id, principal: scope.principal, stop, channel, finished })
    return channel.events
  }

  async function write(
    scope: Scope,
    asked: Question & { id: string; conversation: string },
    emit: (event: AnswerEvent) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const begun = performance.now()
    const timings: Answer['timings'] = { searchMs: 0, promptMs: 0, firstTokenMs: null, totalMs: 0 }
    const since = () => Math.round(performance.now() - begun)
    const timed = (event: AnswerEvent) => {
      if (event.type === 'delta') timings.firstTokenMs ??= since()
      emit(event)
    }
    const base = {
      id: asked.id,
      conversation: asked.conversation,
      question: asked.question,
      searched: asked.question,
      passages: [] as SentPassage[],
      createdAt: parts.clock().toISOString(),
    }
    const save = (draft: Omit<Draft, 'outcome'> & Pick<Answer, 'outcome'>): Answer => {
      timings.totalMs = since()
      const answer: Answer = { ...base, ...draft, timings }
      conversations.save(scope, answer)
      return answer
    }
    try {
      emit({ type: 'started', answer: asked.id, conversation: asked.conversation })
      try {
        emit({ type: 'done', answer: save(await draftAnswer()) })
      } catch (cause) {
        parts.report(cause)
        const reason = reasonForAsker(cause)
        emit({ type: 'failed', reason })
        save({ ...nothing(egress), notice: reason, outcome: 'failed' })
      }
    } catch (cause) {
      // Not even the failure could be saved.
      parts.report(cause)
    }

    async function draftAnswer(): Promise<Draft> {
      const language = asked.language ?? questionLanguage(asked.question)
      const history = asked.conversation ? historyOf(conversations.answers(scope, asked.conversation, 6)) : []
      const query = { text: asked.question, filters: asked.filters, limit: settings.passages, history }
      let found: Awaited<ReturnType<Retrieve>>
      try {
        found = await parts.retrieve(scope, query, signal)
      } catch (cause) {
        if (!signal.aborted) throw cause
        return { ...nothing(egress), outcome: 'stopped' }
      }
      timings.searchMs = since()
      base.searched = found.searched
      base.passages = found.hits.map(toSent)
      emit({ type: 'searched', query: found.searched, passages: base.passages, ms: timings.searchMs })
      if (signal.aborted) return { ...nothing(egress), outcome: 'stopped' }
      if (found.hits.length === 0 || found.confidence < parts.refusalThreshold) {
        emit({ type: 'writing', via: 'box', model: '', notice: null })
        return { ...nothing(egress), ...sayRefusal(language, timed), outcome: 'not-in-documents' }
      }
      const { model, maxTokens } = settings
      const body = buildPrompt({
        question: asked.question,
        history,
        passages: base.passages,
        language,
        model,
        maxTokens,
        terms: parts.cite.hints(found.searched),
      })
      const parcel = egress.pack(body)
      const citables = found.hits.map(({ passage }, index) => ({ passage, sent: base.passages[index]! }))
      timings.promptMs = since() - timings.searchMs
      return writeAnswer(
        { ...parts, nothingSent: egress.nothing, maxAnswerChars: settings.maxAnswerChars },
        {
          id: asked.id,
          parcel,
          inside: Buffer.from(JSON.stringify(body)),
          citables: citables.slice(0, parcel.body.passages.length),
          language,
          deadlineMs: settings.deadlineMs,
        },
        timed,
        signal,
      )
    }
  }

  return {
    ask,
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

function toSent({ passage, source, score, why }: Hit, index: number): SentPassage {
  const { id, locator, headings, text } = passage
  return { number: index + 1, passage: id, source, locator, headings, text, score, why }
}

function nothing(egress: Egress): Omit<Draft, 'outcome'> {
  return {
    text: '',
    citations: [],
    unsupported: [],
    dropped: 0,
    via: 'box',
    model: '',
    notice: null,
    usage: null,
    receipt: egress.nothing(),
  }
}

function reasonForAsker(cause: unknown): Reason {
  return cause instanceof TanboxError ? cause.reason : reasonOf('internal')
}

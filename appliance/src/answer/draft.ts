import type { Llm } from '../llm/llm.ts'
import type { Answer, AnswerEvent, EgressReceipt, Filters, Hit, Scope, SentPassage } from '../model.ts'
import type { CiteTools } from './cite.ts'
import type { Turn } from './conversation.ts'
import type { Egress } from './egress.ts'
import { type Language, questionLanguage } from './language.ts'
import { buildPrompt } from './prompt.ts'
import { sayRefusal, type Written, writeAnswer } from './write.ts'

/** Retrieval, as answering needs it. */
export type Retrieve = (
  scope: Scope,
  query: { text: string; filters?: Filters; limit?: number; history?: readonly Turn[] },
  signal?: AbortSignal,
) => Promise<{ hits: Hit[]; searched: string; confidence: number }>

export interface DraftParts {
  retrieve: Retrieve
  /** Below this confidence of retrieval the box says that its documents do not hold the answer. */
  refusalThreshold: number
  llm: Llm | null
  offline: Llm
  egress: Egress
  cite: CiteTools
  /** Told about failures that the asker sees only as a sentence. */
  report(cause: unknown): void
}

export interface DraftSettings {
  /** Passages shown to the model. */
  passages: number
  /** Longest answer (UTF-16 code units, and model tokens). */
  maxAnswerChars: number
  maxTokens: number
  deadlineMs: number
  /** Model alias asked for at the gateway. */
  model: string
}

export interface DraftRequest {
  id: string
  question: string
  history: readonly Turn[]
  filters?: Filters
  language?: Language
}

/** An answer without what only its keeper knows: ids, times. */
export interface Draft extends Written {
  searched: string
  passages: SentPassage[]
  searchMs: number
  promptMs: number
}

/**
 * From a question to an answer: search, refusal where the documents do not hold it, prompt, egress, writing. The
 * events go to `emit` in their order. Aborting gives what there is, as `stopped`.
 */
export async function draftAnswer(
  parts: DraftParts,
  settings: DraftSettings,
  scope: Scope,
  request: DraftRequest,
  emit: (event: AnswerEvent) => void,
  signal: AbortSignal,
): Promise<Draft> {
  const { id, question, history, filters } = request
  const begun = performance.now()
  const found = await search(
    parts,
    scope,
    { text: question, filters, limit: settings.passages, history },
    signal,
  )
  const searchMs = performance.now() - begun
  const base = { searched: question, passages: [], searchMs, promptMs: 0 }
  if (found === null) return { ...base, ...nothingWritten(parts.egress.nothing()), outcome: 'stopped' }
  const { hits, searched, confidence } = found
  const passages = hits.map(toSent)
  emit({ type: 'searched', query: searched, passages, ms: Math.round(searchMs) })

  const language = request.language ?? questionLanguage(question)
  if (hits.length === 0 || confidence < parts.refusalThreshold) {
    emit({ type: 'writing', via: 'box', model: '', notice: null })
    const refused = { ...nothingWritten(parts.egress.nothing()), ...sayRefusal(language, emit) }
    return { ...base, searched, passages, ...refused, outcome: 'not-in-documents' }
  }

  const { model, maxTokens, maxAnswerChars, deadlineMs } = settings
  const terms = parts.cite.hints(searched)
  const body = buildPrompt({ question, history, passages, language, model, maxTokens, terms })
  const parcel = parts.egress.pack(body)
  const sent = passages.slice(0, parcel.body.passages.length)
  const citables = sent.map((each, index) => ({ sent: each, passage: hits[index]!.passage }))
  const promptMs = performance.now() - begun - searchMs
  const inside = Buffer.from(JSON.stringify(body))
  const written = await writeAnswer(
    { ...parts, nothingSent: parts.egress.nothing, maxAnswerChars },
    { id, parcel, inside, citables, language, deadlineMs },
    emit,
    signal,
  )
  return { searched, passages: sent, searchMs, promptMs, ...written }
}

/** Null when the asker stopped it. */
async function search(parts: DraftParts, scope: Scope, query: Parameters<Retrieve>[1], signal: AbortSignal) {
  try {
    const found = await parts.retrieve(scope, query, signal)
    return signal.aborted ? null : found
  } catch (cause) {
    if (signal.aborted) return null
    throw cause
  }
}

export function nothingWritten(receipt: EgressReceipt) {
  return {
    ...{ text: '', citations: [], unsupported: [], dropped: 0 },
    ...{ via: 'box' as const, model: '', notice: null, usage: null, receipt },
  } satisfies Partial<Answer>
}

function toSent({ passage, source, score, why }: Hit, index: number): SentPassage {
  const { id, locator, headings, text } = passage
  return { number: index + 1, passage: id, source, locator, headings, text, score, why }
}

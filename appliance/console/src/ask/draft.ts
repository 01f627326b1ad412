import type { Answer, AnswerEvent, PlacedCitation, Reason, SentPassage } from '../../../src/model.ts'

/** An answer while it is being made: what has arrived of it so far. */
export interface Draft {
  question: string
  /** Null until the box has taken the question. */
  answer: string | null
  conversation: string | null
  stage: 'asking' | 'searching' | 'waiting' | 'writing' | 'stopping' | 'done' | 'failed'
  waiting: { state: 'queued' | 'prefill' | 'reasoning'; position?: number } | null
  passages: SentPassage[]
  via: Answer['via'] | null
  model: string
  notice: Reason | null
  /** Another model took over before the first word. */
  fallback: Reason | null
  text: string
  citations: PlacedCitation[]
  unsupported: { start: number; end: number }[]
  finished: Answer | null
  /** Why it ended without an answer; null with stage `failed`: the connection broke, or the question was withdrawn. */
  reason: Reason | null
  withdrawn: boolean
  /** Whether it began its conversation. */
  first: boolean
}

export function newDraft(question: string, conversation: string | null): Draft {
  return {
    question,
    conversation,
    answer: null,
    stage: 'asking',
    waiting: null,
    passages: [],
    via: null,
    model: '',
    notice: null,
    fallback: null,
    text: '',
    citations: [],
    unsupported: [],
    finished: null,
    reason: null,
    withdrawn: false,
    first: conversation === null,
  }
}

/** The draft after one more event. A reader's wish to stop stays until the box has ended the answer. */
export function advance(draft: Draft, event: AnswerEvent): Draft {
  const stage = (next: Draft['stage']) => (draft.stage === 'stopping' ? draft.stage : next)
  switch (event.type) {
    case 'started':
      return { ...draft, stage: stage('searching'), answer: event.answer, conversation: event.conversation }
    case 'searched':
      return { ...draft, stage: stage('waiting'), passages: event.passages }
    case 'writing':
      return {
        ...draft,
        stage: stage('waiting'),
        waiting: null,
        via: event.via,
        model: event.model,
        notice: event.notice,
        fallback: event.fallback ?? null,
      }
    case 'waiting':
      return { ...draft, stage: stage('waiting'), waiting: event }
    case 'delta':
      return { ...draft, stage: stage('writing'), waiting: null, text: draft.text + event.text }
    case 'restart':
      return { ...draft, stage: stage('waiting'), text: '', citations: [], unsupported: [] }
    case 'citation':
      return { ...draft, citations: [...draft.citations, event.citation] }
    case 'unsupported':
      return { ...draft, unsupported: [...draft.unsupported, { start: event.start, end: event.end }] }
    case 'done':
      return { ...draft, stage: 'done', finished: event.answer }
    case 'failed':
      return { ...draft, stage: 'failed', reason: event.reason }
  }
}

export function isUnderWay(draft: Draft): boolean {
  return draft.stage !== 'done' && draft.stage !== 'failed'
}

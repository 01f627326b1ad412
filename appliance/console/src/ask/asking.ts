import { useSyncExternalStore } from 'react'
import type { AnswerEvent } from '../../../src/model.ts'
import { eventsOf } from '../api/event-stream.ts'
import { CallFailure, call, send } from '../api/request.ts'
import { advance, type Draft, isUnderWay, newDraft } from './draft.ts'

/**
 * The one question under way in this browser window. It lives beside the pages, so that the answer goes on arriving
 * while the reader looks at a document or at another place.
 */
let draft: Draft | null = null
let leave = new AbortController()
let telling = false
const listeners = new Set<() => void>()

/** Words arrive faster than eyes read: the screen follows at most this often. */
const tellEveryMs = 33

export function useDraft(): Draft | null {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => draft,
  )
}

/** What to do when the box has taken the question, and when it is over: answered, stopped, failed or torn. */
export interface AskObserver {
  onStarted: (draft: Draft) => void
  onEnded: (draft: Draft) => void
}

/** Asks, and keeps the draft up to date until the box ends the answer. Does nothing while another one is under way. */
export async function ask(
  question: string,
  options: { conversation: string | null; language: 'zh' | 'en' },
  observer: AskObserver,
): Promise<void> {
  if (draft && isUnderWay(draft)) return
  leave = new AbortController()
  let current = set(newDraft(question, options.conversation))
  try {
    const body = {
      question,
      language: options.language,
      ...(options.conversation ? { conversation: options.conversation } : {}),
    }
    const response = await send('POST', '/api/ask', body, leave.signal)
    for await (const { data } of eventsOf(response)) {
      const event = JSON.parse(data) as AnswerEvent
      // The reader may have wished to stop since the last event, so what is shown now goes on from there.
      current = set(advance(draft ?? current, event))
      if (event.type === 'started') observer.onStarted(current)
    }
    if (isUnderWay(current)) current = set({ ...current, stage: 'failed' })
  } catch (error) {
    const withdrawn = leave.signal.aborted
    current = set({
      ...current,
      stage: 'failed',
      withdrawn,
      reason: error instanceof CallFailure ? error.reason : null,
    })
  }
  observer.onEnded(current)
}

/** Asks the box to stop; it ends the answer with what stands there. Before it has begun, the question is withdrawn. */
export async function stopAsking(): Promise<void> {
  if (!draft || !isUnderWay(draft)) return
  const { answer } = draft
  set({ ...draft, stage: 'stopping' })
  if (answer === null) return leave.abort()
  try {
    await call('POST', `/api/answers/${encodeURIComponent(answer)}/stop`)
  } catch {
    // It has ended by itself meanwhile, or the box is gone: closing the stream ends it on both sides.
    leave.abort()
  }
}

/** Forgets a draft that is over, once its answer is shown from the conversation. */
export function forgetDraft(): void {
  if (draft && !isUnderWay(draft)) set(null)
}

function set<D extends Draft | null>(next: D): D {
  draft = next
  if (!telling) {
    telling = true
    setTimeout(tell, tellEveryMs)
  }
  return next
}

function tell(): void {
  telling = false
  for (const listener of listeners) listener()
}

/**
 * Events on their way to one reader. The text in it is bounded by the credit given to the gateway: it is counted as
 * taken when the reader comes back for more, not when it was handed over, so that a slow reader slows the gateway.
 */
import type { AskEvent } from './ask-events.ts'

export interface EventQueue {
  push(event: AskEvent, bytes?: number): void
  /** Nothing that is waiting is handed over any more. */
  clear(): void
  /** No more will come; `failure` is thrown behind what is waiting. */
  close(failure: Error | null): void
  /** For one reader. */
  read(): AsyncGenerator<AskEvent>
}

interface Waiting {
  event: AskEvent
  bytes: number
  /** Counts the calls of `clear`. */
  era: number
}

/** Beyond so many waiting events, deltas are joined: short ones would cost more than their text. */
const joinFrom = 32

/** `taken` is told the bytes of every delta that the reader has done with, unless the queue was cleared meanwhile. */
export function createEventQueue(taken: (bytes: number) => void): EventQueue {
  let waiting: Waiting[] = []
  let first = 0
  let era = 0
  let over = false
  let failure: Error | null = null
  let wake: (() => void) | null = null

  function joined(event: AskEvent, bytes: number): boolean {
    const last = first < waiting.length ? waiting.at(-1) : undefined
    if (!last) return false
    if (event.type === 'progress' && last.event.type === 'progress') {
      last.event = event
      return true
    }
    if (event.type !== 'delta' || waiting.length - first < joinFrom) return false
    if (last.event.type !== 'delta' || last.event.channel !== event.channel) return false
    last.event.text += event.text
    last.bytes += bytes
    return true
  }

  return {
    push(event, bytes = 0) {
      if (!joined(event, bytes)) waiting.push({ event, bytes, era })
      wake?.()
    },
    clear() {
      waiting = []
      first = 0
      era += 1
    },
    close(error) {
      over = true
      failure = error
      wake?.()
    },
    async *read() {
      while (true) {
        while (first < waiting.length) {
          const next = waiting[first]!
          first += 1
          if (first === waiting.length) {
            waiting = []
            first = 0
          }
          yield next.event
          if (next.bytes > 0 && next.era === era) taken(next.bytes)
        }
        if (failure) throw failure
        if (over) return
        await new Promise<void>((resolve) => {
          wake = resolve
        })
        wake = null
      }
    },
  }
}

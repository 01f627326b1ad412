/**
 * Connections to model servers between two questions. One waits for so short a time that no server closes it just when
 * it is used: they keep theirs for 5 s or more, and say so where it is less.
 */
import type { LineEvents, ModelLine } from './model-line.ts'

export interface IdleLines {
  /** The one that was used last; null: there is none. */
  take(origin: string): ModelLine | null
  /** `forMs`: how long it may wait. */
  put(origin: string, line: ModelLine, forMs: number): void
}

interface Waiting {
  origin: string
  line: ModelLine
  until: number
}

/** `most`: of all origins together. */
export function createIdleLines(most: number): IdleLines {
  const waiting: Waiting[] = []
  let timer: NodeJS.Timeout | null = null

  function drop(one: Waiting): void {
    const at = waiting.indexOf(one)
    if (at >= 0) waiting.splice(at, 1)
    one.line.destroy()
  }

  function dropOld(): void {
    timer = null
    const now = performance.now()
    for (const one of waiting.filter(({ until }) => until <= now)) drop(one)
    arm()
  }

  function arm(): void {
    if (timer !== null || waiting.length === 0) return
    timer = setTimeout(dropOld, 250)
    timer.unref()
  }

  return {
    take(origin) {
      const now = performance.now()
      for (let at = waiting.length - 1; at >= 0; at -= 1) {
        const one = waiting[at]!
        if (one.origin !== origin || one.until <= now) continue
        waiting.splice(at, 1)
        one.line.hold(true)
        return one.line
      }
      return null
    },
    put(origin, line, forMs) {
      const one: Waiting = { origin, line, until: performance.now() + forMs }
      const gone = () => drop(one)
      // Whatever a server says unasked, it is not an answer to the next question.
      line.events = { ready() {}, data: gone, ended: gone, closed: gone } satisfies LineEvents
      line.resume()
      line.hold(false)
      waiting.push(one)
      if (waiting.length > most) drop(waiting[0]!)
      arm()
    },
  }
}

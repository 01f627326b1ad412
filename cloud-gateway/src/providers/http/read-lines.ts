/** A response read line by line, as it comes, and held back while the box is slow. */
import type { ModelSink } from '../provider.ts'
import { createLineSplitter } from './line-splitter.ts'
import { brokenOff, type ModelResponse } from './request.ts'

export interface LineReading {
  /** Resolves when the stream is over or `stop` was called. Rejects with AskError, or with the signal's reason. */
  readonly done: Promise<void>
  /** Enough was read. */
  stop(): void
  readonly paused: boolean
}

export interface LineReadingOptions {
  out: Pick<ModelSink, 'reading'>
  signal: AbortSignal
  /** `whole` is false for what stands after the last line end. What it throws ends the reading. */
  take: (line: string, whole: boolean) => void
}

/** Longest line, bytes: more than the longest answer that is let through would need. */
const longestLine = 256 * 1024

/**
 * While paused nothing is taken, not even what has arrived already; node buffers at most one read of the connection (narrow-socket.ts).
 * One closure for the data, no promise and no timer a line: a line is a token of an answer.
 */
export function readLines(response: ModelResponse, { out, signal, take }: LineReadingOptions): LineReading {
  const lines = createLineSplitter(longestLine)
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  let paused = false
  let pumping = false
  let ended = false
  let over = false
  let release: (() => void) | null = null

  function finish(): void {
    if (over) return
    over = true
    release?.()
    response.leave()
    resolve()
  }

  function fail(error: unknown): void {
    if (over) return
    over = true
    release?.()
    response.destroy()
    reject(error)
  }

  function pump(): void {
    // Resumed by the very text that is being taken: the loop below goes on.
    if (pumping) return
    pumping = true
    try {
      while (!paused && !over) {
        const line = lines.next()
        if (line !== null) take(line, true)
        else if (ended) {
          const rest = lines.rest()
          if (rest !== '') take(rest, false)
          finish()
        } else break
      }
    } catch (error) {
      fail(error)
    }
    pumping = false
  }

  release = out.reading({
    pause() {
      paused = true
      response.pause()
    },
    resume() {
      paused = false
      pump()
      if (!paused && !over) response.resume()
    },
    get waitingBytes() {
      return lines.waitingBytes
    },
  })
  response.read({
    data(bytes) {
      if (over) return
      lines.push(bytes)
      pump()
    },
    end() {
      ended = true
      pump()
    },
    broken(cause) {
      fail(signal.aborted ? signal.reason : brokenOff(cause))
    },
  })
  if (paused && !over) response.pause()
  return {
    done: promise,
    stop: finish,
    get paused() {
      return paused
    },
  }
}

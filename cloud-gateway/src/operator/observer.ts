/** What happens in the gateway, as facts for metrics and traces. Never prompts, answers or keys. */
import type { Usage } from '../protocol.ts'

export type Observation =
  | { type: 'handshake'; outcome: 'welcome' | 'refused' | 'timeout' | 'gone'; ms: number }
  | { type: 'connection-closed'; code: number }
  | { type: 'asked-again' | 'resumed' | 'resume-lost' | 'stalled' }
  /** A target was asked and failed; `code` from errors.ts. */
  | { type: 'target-failed'; target: string; code: string }
  | { type: 'deltas'; count: number }
  /**
   * One target was chosen for an answer, and that is over: by the router, before the `answer` it belongs to, or, when
   * that was stopped, right after it.
   */
  | {
      type: 'attempt'
      rid: string
      epoch: number
      /** Counts from 1; a second try at the same target is an attempt of its own. */
      number: number
      target: string
      model: string
      /** When the target was chosen, milliseconds since 1970. */
      startedAt: number
      queuedMs: number
      /** From the request to the model; null: it never had its turn. */
      askedMs: number | null
      /** From the request to the first text; null: there was none. */
      firstTokenMs: number | null
      /** Null: it answered. `aborted`: nobody wanted it any more. */
      code: string | null
    }
  | {
      type: 'answer'
      rid: string
      epoch: number
      alias: string
      /** Null when no target was reached. */
      target: string | null
      /** Finish reason or error code. */
      outcome: string
      /** When the question was read, milliseconds since 1970. */
      startedAt: number
      queuedMs: number
      /** From the question to the first text; null: there was none. */
      firstTokenMs: number | null
      totalMs: number
      usage: Usage | null
      traceparent: string | null
    }

export interface Observer {
  observe(observation: Observation): void
}

/** Gauges, read when somebody looks. */
export interface GatewayState {
  status: 'ok' | 'draining'
  connections: number
  handshakes: number
  /** Answers in work, those whose box is away among them. */
  running: number
  /** Bytes held for boxes: replay, unsent, upstream; and of those, for boxes that are away. */
  heldBytes: number
  detachedBytes: number
  detachedAnswers: number
}

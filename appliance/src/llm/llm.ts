/** The port through which `answer/` has text written. Drivers pass test/contracts/llm.ts. */
import type { ErrorCode } from '../errors.ts'

export interface LlmRequest {
  /** UUIDv7, new for every question: the other side takes a repeated one for the same question. */
  rid: string
  /** The exact bytes that `answer/egress.ts` built and gave a receipt for: an AskBody as JSON in UTF-8. */
  payload: Uint8Array
  deadlineMs: number
}

export interface LlmUsage {
  promptTokens: number
  completionTokens: number
  /** Counted by the model server; otherwise estimated. */
  exact: boolean
}

/** `writing` comes first and `end` last. */
export type LlmEvent =
  /** Again when another model takes over; `insteadOf` is the one that could not answer, while no text has come. */
  | { type: 'writing'; model: string; insteadOf?: string }
  /** `position` counts from 1. */
  | { type: 'waiting'; state: 'queued' | 'prefill' | 'reasoning'; position?: number }
  | { type: 'delta'; text: string }
  /** What was written so far is void. */
  | { type: 'restart' }
  | { type: 'end'; finish: 'stop' | 'length' | 'content_filter' | 'cancelled'; usage: LlmUsage | null }

export interface Llm {
  readonly state: 'connected' | 'connecting' | 'unreachable'
  /** Why it cannot be asked, where somebody must do something about it (`gateway-revoked`, ...); null: nobody need. */
  readonly closedBy?: ErrorCode | null
  /**
   * Writes one answer. Throws TanboxError (`gateway-…`) when there is none or it breaks off; what was yielded
   * before stands. Without a connection it throws at once. Aborting, and leaving the loop, stop the model.
   */
  ask(request: LlmRequest, signal: AbortSignal): AsyncIterable<LlmEvent>
  close(): Promise<void>
}

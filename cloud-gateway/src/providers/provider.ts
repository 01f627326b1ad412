import type { AskBody, Finish } from '../protocol.ts'

export interface TokenCount {
  promptTokens: number
  completionTokens: number
}

/**
 * What is read from a model server. While the box is slow it is paused, all of a box at once. The bound on what is
 * held for a box stands on this: once `pause` has returned, nothing more is taken off the socket (what the read in
 * progress brought, at most 64 KiB, is either handed on or counted as waiting), and the model's clocks stand still.
 */
export interface Upstream {
  pause(): void
  resume(): void
  /** Bytes that have arrived and were not looked at yet. */
  readonly waitingBytes: number
}

/** Where a model's answer goes, event by event, as it is written. None of these throws or waits. */
export interface ModelSink {
  progress(state: 'queued' | 'prefill', position?: number): void
  /** Never empty. Reasoning counts as life; keep-alive bytes are not reported at all. */
  text(channel: 'answer' | 'reasoning', text: string): void
  /** Tokens counted by the model server up to here. */
  usage(count: TokenCount): void
  /**
   * Hands over what can be paused, as soon as it is there; called function lets go of it. What is handed over
   * while the box is slow is paused at once.
   */
  reading(upstream: Upstream): () => void
}

export interface ModelRequest {
  question: AskBody
  /** Never above what fits into the model's context beside the prompt; the router has seen to that. */
  maxTokens: number
  /** W3C Trace Context for the model server; null: none. */
  traceparent: string | null
}

/** How the model ended. `usage` is null where the model server did not report it. */
export interface ModelFinish {
  finish: Exclude<Finish, 'cancelled'>
  usage: TokenCount | null
}

/**
 * A way to a model. Every driver passes test/contracts/provider.ts.
 *
 * `write` asks once and resolves when the model has said that it was done. It rejects with AskError, which is
 * `incomplete` when the stream ended without a finish reason; with the signal's reason, at once, when that aborts:
 * the request to the model server is closed then. It keeps no clock but the one for connecting: the others are the
 * router's.
 */
export interface Provider {
  /** The model's name as the box shows it. */
  readonly model: string
  write(request: ModelRequest, out: ModelSink, signal: AbortSignal): Promise<ModelFinish>
  /** Whether the model server can be asked. Rejects with AskError. Sends no tokens. */
  check(signal: AbortSignal): Promise<void>
  /** Tokens of the prompt as the model server counts them; absent or null: estimate. */
  countPrompt?(question: AskBody, signal: AbortSignal): Promise<number | null>
}

/** How long a model may take, milliseconds. */
export interface ModelTimers {
  /** From the question to the first text. */
  firstTokenMs: number
  /** Between two stretches of text. */
  idleMs: number
  /** In every window of this length it must write that many characters: a trickle must not go on for ever. */
  rateWindowMs: number
  rateCharacters: number
  /** From the question to the end, whatever the asker's deadline. */
  absoluteMs: number
}

export const defaultTimers: ModelTimers = {
  firstTokenMs: 60_000,
  idleMs: 30_000,
  rateWindowMs: 60_000,
  rateCharacters: 30,
  absoluteMs: 10 * 60_000,
}

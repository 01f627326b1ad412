import type { AskBody, Finish } from '../protocol.ts'

/** What a model says, in order. Text comes as it is written; `finish` is the last event of a whole answer. */
export type ModelEvent =
  | { type: 'progress'; state: 'queued' | 'prefill'; position?: number }
  | { type: 'text'; channel: 'answer' | 'reasoning'; text: string }
  /** Tokens counted by the model server up to here. */
  | { type: 'usage'; usage: TokenCount }
  /** `usage` is null where the model server did not report it. */
  | { type: 'finish'; finish: Exclude<Finish, 'cancelled'>; usage: TokenCount | null }

export interface TokenCount {
  promptTokens: number
  completionTokens: number
}

/**
 * A way to a model. Every driver passes test/contracts/provider.ts.
 *
 * `write` yields events as they arrive and reads on only when the next one is asked for. It ends after `finish`;
 * ending without one means that the answer broke off. It throws AskError, and stops at once when `signal` aborts.
 */
export interface Provider {
  /** The model's name as the box shows it. */
  readonly model: string
  readonly timers: ModelTimers
  write(question: AskBody, signal: AbortSignal): AsyncIterable<ModelEvent>
}

/** How long a model may take. Reasoning counts as life; keep-alive bytes without text do not. */
export interface ModelTimers {
  /** From the question to the first text. */
  firstTokenMs: number
  /** Between two stretches of text. */
  idleMs: number
  /** In every window of this length it must write that many characters: a trickle must not go on for ever. */
  rateWindowMs: number
  rateCharacters: number
}

export const defaultTimers: ModelTimers = {
  firstTokenMs: 60_000,
  idleMs: 30_000,
  rateWindowMs: 60_000,
  rateCharacters: 30,
}

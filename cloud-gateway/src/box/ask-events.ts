import type { Finish, Usage } from '../protocol.ts'

/** What an asker hears, in this order: `accepted`, then anything but `accepted` and `end`, and `end` last. */
export type AskEvent =
  /** The question is in work. Once more after `restart`, and when another model took over during a cut. */
  | { type: 'accepted'; model: string }
  | { type: 'progress'; state: 'queued' | 'prefill' | 'reasoning'; position?: number }
  /** Another model is asked instead; `code` (errors.ts) is what kept the one before. Never after a delta. */
  | { type: 'fallback'; model: string; code: string }
  /** The answer begins anew, as the asker had allowed: what was shown is void. */
  | { type: 'restart' }
  | { type: 'delta'; channel: 'answer' | 'reasoning'; text: string }
  | {
      type: 'end'
      finish: Finish
      usage: Usage
      /** From `ask` to the first delta of this answer, milliseconds; null when there was no text. */
      firstTokenMs: number | null
      /** The model that answered. */
      model: string
    }

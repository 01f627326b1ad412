/** How an answer ended, and what its box is told of that. Pure. */
import type { AskError } from '../errors.ts'
import type { Finish, GatewayMessageOf, Usage } from '../protocol.ts'

export type Outcome = { finish: Finish } | { error: AskError }

export type LastMessage = GatewayMessageOf<'end'> | GatewayMessageOf<'error'>

/** What the last message says beside the outcome. */
export interface Ended {
  rid: string
  epoch: number
  /** Of the last delta. */
  seq: number
  usage: Usage
  /** Of the whole text, hexadecimal; asked for only where the answer has finished. */
  textSha256(): string
}

/** The finish, or the code of the error: for the accounts, the metrics and the log. */
export const nameOf = (outcome: Outcome): string =>
  'finish' in outcome ? outcome.finish : outcome.error.code

export function lastMessage(outcome: Outcome, { rid, epoch, seq, usage, textSha256 }: Ended): LastMessage {
  if ('finish' in outcome)
    return { type: 'end', rid, epoch, seq, finish: outcome.finish, textSha256: textSha256(), usage }
  const { code, message, retryable, retryAfterMs } = outcome.error
  return {
    ...{ type: 'error', rid, epoch, seq, code, message, retryable, usage },
    ...(retryAfterMs === null ? {} : { retryAfterMs }),
  }
}

/** Made once: the stack of an error costs more than many tokens. */
const over = new DOMException('the answer is over', 'AbortError')

/** Why the signal of an answer aborts: it is what the router rejects with, and means nothing to anybody. */
export const abortReason = (outcome: Outcome): unknown => ('finish' in outcome ? over : outcome.error)

/** Class and code of what an error was caused by: safe to keep, as its message, which may hold a text, is not. */
export function causeOf(error: AskError): string | null {
  const cause = error.cause instanceof Error ? error.cause : null
  return cause ? `${cause.name} ${(cause as NodeJS.ErrnoException).code ?? ''}`.trim() : null
}

import type { EncodedTable } from './unigram-table.ts'

/** Port: text to the model's token ids. Synchronous, for use inside an embedding thread. */
export interface Tokenizer {
  /** All ids of `text` with opening and closing token, not truncated. */
  encode(text: string): number[]
  /** Ids of `text` without opening and closing token. */
  count(text: string): number
}

/** What a thread needs to make its tokenizer; crosses thread borders. */
export type TokenizerSource = { kind: 'unigram'; table: EncodedTable } | { kind: 'json'; json: string }

/** Cuts `ids` to `maxTokens`, keeping the closing token. */
export function truncate(ids: number[], maxTokens: number): number[] {
  if (ids.length <= maxTokens) return ids
  return [...ids.slice(0, maxTokens - 1), ids[ids.length - 1]!]
}

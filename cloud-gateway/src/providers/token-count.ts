/** Tokens of the longest context that a target may have (config/models-schema.ts). */
const mostTokens = 10_000_000

/**
 * Whether a model server's count can be believed. One beyond every context would use up the quota of a box, and sums of
 * it would not be numbers that a message or the accounts can hold.
 */
export const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= mostTokens

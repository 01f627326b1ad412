import { call } from '../api/request.ts'
import type { BoxState } from '../api/shapes.ts'

let known: Promise<BoxState> | null = null

/**
 * Whether the box is claimed and the reader signed in, asked once and remembered. Not a query like the others: the
 * pages before signing in stay small without them.
 */
export function boxState(): Promise<BoxState> {
  known ??= call<BoxState>('GET', '/api/state').catch((error: unknown) => {
    known = null
    throw error
  })
  return known
}

/** The next question about the state is asked of the box again. */
export function forgetBoxState(): void {
  known = null
}

import { askError } from '../../errors.ts'
import { refusalOf } from './refusal.ts'
import type { ModelResponse } from './request.ts'

/** Rejects with AskError where the response is not 200, of another type, or compressed though nobody asked for it. */
export async function requireStream(
  response: ModelResponse,
  type: RegExp,
  signal: AbortSignal,
): Promise<void> {
  if (response.status !== 200) throw await refusalOf(response, signal)
  const given = response.headers.get('content-type') ?? ''
  const encoding = response.headers.get('content-encoding') ?? ''
  const lie = !type.test(given)
    ? 'not the type that was asked for'
    : /^(?:identity)?$/i.test(encoding)
      ? null
      : 'compressed'
  if (lie === null) return
  response.destroy()
  throw askError('model-bad-response', lie)
}

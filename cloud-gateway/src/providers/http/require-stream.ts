import type { IncomingMessage } from 'node:http'
import { askError } from '../../errors.ts'
import { refusalOf } from './refusal.ts'

/** Rejects with AskError where the response is not 200, of another type, or compressed though nobody asked for it. */
export async function requireStream(
  response: IncomingMessage,
  type: RegExp,
  signal: AbortSignal,
): Promise<void> {
  if (response.statusCode !== 200) throw await refusalOf(response, signal)
  const { 'content-type': given = '', 'content-encoding': encoding = '' } = response.headers
  const lie = !type.test(given)
    ? 'not the type that was asked for'
    : /^(?:identity)?$/i.test(encoding)
      ? null
      : 'compressed'
  if (lie === null) return
  response.destroy()
  throw askError('model-bad-response', lie)
}

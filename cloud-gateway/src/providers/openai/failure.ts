/** What an OpenAI-compatible server means by a refusal. Its text is never passed on: it may repeat the prompt. */
import { type AskError, askError } from '../../errors.ts'

interface FailureBody {
  code: string
  type: string
  message: string
}

/** Zhipu BigModel: codes in the body say more than the status (429 also means that there is no balance). */
const zhipuCodes: Record<string, () => AskError> = {
  1000: () => askError('model-auth'),
  1001: () => askError('model-auth'),
  1002: () => askError('model-auth'),
  1003: () => askError('model-auth'),
  1004: () => askError('model-auth'),
  1113: () => askError('model-balance'),
  1211: () => askError('model-missing'),
  1301: () => askError('model-content'),
  1302: () => askError('model-overloaded'),
}

/** The error for a response that is not 200. */
export function failureOf(status: number, body: string): AskError {
  const { code, type, message } = readFailure(body)
  const known = zhipuCodes[code]?.()
  if (known) return known
  if (/insufficient_quota|insufficient_balance/.test(code + type)) return askError('model-balance')
  if (status === 401 || status === 403) return askError('model-auth')
  if (status === 404) return askError('model-missing')
  if (status === 429 || status === 503) return askError('model-overloaded')
  if (
    status === 413 ||
    /context_length|too_large/.test(code) ||
    /context length|maximum context/i.test(message)
  ) {
    return askError('model-prompt-too-long')
  }
  if (/content_filter|content_policy|sensitive/.test(code + type)) return askError('model-content')
  if (status >= 300 && status < 400) return askError('model-bad-response', 'a redirect')
  return status >= 500
    ? askError('model-error', `status ${status}`)
    : askError('model-refused', String(status))
}

/** The error for an `error` object in the middle of a stream. */
export function streamFailureOf(error: unknown): AskError {
  const failure = failureOf(Number((error as { code?: unknown })?.code) || 500, JSON.stringify({ error }))
  return failure.code === 'model-error' ? askError('model-error', 'in the middle of the answer') : failure
}

function readFailure(body: string): FailureBody {
  let parsed: unknown
  try {
    parsed = JSON.parse(body)
  } catch {
    parsed = null
  }
  const outer = isRecord(parsed) ? parsed : {}
  const inner = isRecord(outer.error) ? outer.error : outer
  const text = (value: unknown) =>
    typeof value === 'string' || typeof value === 'number' ? String(value) : ''
  return { code: text(inner.code), type: text(inner.type), message: text(inner.message ?? outer.detail) }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

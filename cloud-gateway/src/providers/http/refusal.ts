/** What a model server means by a refusal. Its text is looked at and never passed on: it may repeat the prompt. */
import { type AskError, type AskErrorCode, askError } from '../../errors.ts'
import { readBody } from './read-body.ts'
import type { ModelResponse } from './request.ts'

interface FailureBody {
  code: string
  type: string
  message: string
}

/** Most of an error's body that is looked at, bytes. */
const longestFailure = 64 * 1024
/** A server that asks for more patience than that is as good as broken, milliseconds. */
const longestRetryAfterMs = 24 * 60 * 60_000

/**
 * Zhipu BigModel (https://docs.bigmodel.cn/cn/api/api-code): the code in the body says more than the status, 429
 * also stands for an account without balance. The codes are strings and belong to no other server.
 */
const zhipuCodes: Record<string, AskErrorCode> = {
  // authentication
  1000: 'model-auth',
  1001: 'model-auth',
  1002: 'model-auth',
  1003: 'model-auth',
  1004: 'model-auth',
  // account: inactive, unknown, locked; 1113 in arrears, 1120 cannot be looked up now
  1110: 'model-auth',
  1111: 'model-auth',
  1112: 'model-auth',
  1113: 'model-balance',
  1120: 'model-error',
  1121: 'model-auth',
  // call: wrong parameters, unknown or withdrawn model, errors inside
  1200: 'model-error',
  1210: 'model-refused',
  1211: 'model-missing',
  1212: 'model-refused',
  1213: 'model-refused',
  1214: 'model-refused',
  1215: 'model-refused',
  1220: 'model-auth',
  1221: 'model-missing',
  1222: 'model-missing',
  1230: 'model-error',
  1231: 'model-refused',
  1234: 'model-error',
  1261: 'model-prompt-too-long',
  // policy: content; too many at once, too often; the limit of a day or of a plan is used up
  1300: 'model-refused',
  1301: 'model-content',
  1302: 'model-overloaded',
  1303: 'model-overloaded',
  1304: 'model-balance',
  1305: 'model-overloaded',
  1308: 'model-balance',
  1309: 'model-balance',
  1310: 'model-balance',
  1311: 'model-missing',
  1312: 'model-overloaded',
  1313: 'model-overloaded',
}

/** Reads what there is of the body and gives the error for a response that is not 200. */
export async function refusalOf(response: ModelResponse, signal: AbortSignal): Promise<AskError> {
  const { bytes } = await readBody(response, longestFailure, signal)
  return failureOf(response.status, bytes.toString(), retryAfterMs(response.headers.get('retry-after')))
}

/** The error for a status and a body; `retryAfterMs` where the server named a time. */
export function failureOf(status: number, body: string, retryAfterMs: number | null = null): AskError {
  const code = codeOf(status, readFailure(body))
  const detail = code === 'model-error' ? `status ${status}` : code === 'model-refused' ? String(status) : ''
  if (code === 'model-bad-response') return askError(code, 'a redirect')
  return askError(code, detail, code === 'model-overloaded' ? { retryAfterMs } : {})
}

/** The error for a failure that the server reports in the middle of its answer, whatever shape it has. */
export function streamFailureOf(failure: unknown): AskError {
  const status = Number((failure as { code?: unknown } | null)?.code)
  const known = failureOf(status >= 400 && status < 600 ? status : 500, JSON.stringify({ error: failure }))
  return known.code === 'model-error' ? askError('model-error', 'in the middle of the answer') : known
}

function codeOf(status: number, { code, type, message }: FailureBody): AskErrorCode {
  const zhipu = Object.hasOwn(zhipuCodes, code) ? zhipuCodes[code] : undefined
  if (zhipu) return zhipu
  if (status === 402 || /insufficient_quota|insufficient_(?:user_)?balance/.test(code + type)) {
    return 'model-balance'
  }
  if (status === 401 || status === 403) return 'model-auth'
  if (status === 429 || status === 503 || status === 529) return 'model-overloaded'
  if (status === 413 || isTooLong(code + type, message)) return 'model-prompt-too-long'
  if (status === 404 || /model_not_found/.test(code + type) || isMissingModel(message)) return 'model-missing'
  if (/content_filter|content_policy|sensitive/.test(code + type)) return 'model-content'
  if (status >= 500) return 'model-error'
  return status >= 300 && status < 400 ? 'model-bad-response' : 'model-refused'
}

/**
 * vLLM and SGLang say it in words, llama.cpp and OpenAI by a code, Ollama in words inside a code inside words. A vLLM that
 * was started with less context than is configured here refuses the length of the answer alone, by that option's name.
 */
const isTooLong = (code: string, message: string) =>
  /context_length|exceed_context|too_large/.test(code) ||
  /context (?:length|size|window)|maximum context|exceed_context|max_model_len/i.test(message)

/** xinference and Ollama. */
const isMissingModel = (message: string) =>
  /\bmodel\b.{0,200}\b(?:not found|does not exist)\b/is.test(message)

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
  return {
    code: text(inner.code),
    type: text(inner.type),
    message: text(inner.message) || text(outer.error) || text(outer.detail),
  }
}

/** RFC 9110 section 10.2.3: seconds or a date. */
function retryAfterMs(value: string | undefined): number | null {
  if (value === undefined) return null
  const ms = /^\d{1,9}$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now()
  return Number.isFinite(ms) ? Math.min(longestRetryAfterMs, Math.max(0, Math.ceil(ms))) : null
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** The box lets itself be enrolled at its gateway by a code that the operator gave to its owner. */
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import Type from 'typebox'
import { Compile } from 'typebox/compile'
import type { Identity } from '../identity.ts'
import { BoxId, KeyId } from '../protocol.ts'
import { enrolmentBytes, signBytes } from '../wire/challenge.ts'
import { isUntrusted } from './problem.ts'

export interface EnrolOptions {
  /** The gateway's address as the client has it: ws: or wss:, or http: or https:. */
  url: string
  /** The gateway's name; the signature is worth something there only. */
  gateway: string
  code: string
  identity: Identity
  /** What the operator sees beside the box's id. */
  label: string
  signal: AbortSignal
  /** Certificates (PEM) that are trusted instead of the system's. */
  ca?: string
  /** For everything together. */
  withinMs?: number
}

/** Why the box was not enrolled: what the gateway says (`EnrolmentRefusal` and the like), or what the box sees. */
export type EnrolFailureCode =
  | 'unreachable'
  | 'untrusted'
  | 'timeout'
  | 'no-gateway'
  | 'busy'
  | 'code-unknown'
  | 'code-expired'
  | 'code-used'
  | 'key-refused'
  | 'signature-refused'
  | 'box-taken'
  | 'box-revoked'
  | 'refused'

export class EnrolError extends Error {
  override name = 'EnrolError'
  readonly code: EnrolFailureCode
  /** The same code may work later; otherwise it never will. */
  readonly retryable: boolean
  constructor(code: EnrolFailureCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.retryable = ['unreachable', 'untrusted', 'timeout', 'no-gateway', 'busy'].includes(code)
  }
}

const mostMs = 10_000
const mostBytes = 16 * 1024
/** Code units that the gateway takes of a label. */
const mostLabel = 128

const Accepted = Compile(Type.Object({ box: BoxId, key: KeyId }))
const Refused = Compile(Type.Object({ error: Type.Object({ code: Type.String({ maxLength: 64 }) }) }))

/**
 * Registers the box's present key. Harmless when it has been done with the same code: the first reply may have been
 * lost. Throws EnrolError, or the signal's reason. Redirects are not followed: the code is for this gateway alone.
 */
export async function enrolWithCode(options: EnrolOptions): Promise<void> {
  const { gateway, identity, label } = options
  const code = options.code.trim()
  const { box, key, publicKey, privateKey } = identity
  const body = {
    ...{ v: 1, code, box, label: label.slice(0, mostLabel) },
    publicKey: Buffer.from(publicKey).toString('base64url'),
    signature: signBytes(enrolmentBytes({ gateway, code, box, key }), privateKey),
  }
  const { status, text } = await post(enrolAddress(options.url), JSON.stringify(body), options)
  const answer = parsed(text)
  if (status === 200 || status === 201) {
    if (Accepted.Check(answer) && answer.box === box && answer.key === key) return
    throw new EnrolError('no-gateway', 'what answers there is not a gateway')
  }
  throw refusal(status, answer)
}

/** Where codes are redeemed: `enrol` beside the address that the WebSocket has. */
export function enrolAddress(url: string): URL {
  const address = new URL(url)
  address.protocol = address.protocol.replace(/^ws/, 'http')
  address.search = ''
  address.hash = ''
  address.pathname = address.pathname.replace(/\/?$/, '/enrol')
  return address
}

const sentences: Partial<Record<EnrolFailureCode, string>> = {
  'code-unknown': 'the gateway does not know this code',
  'code-expired': 'the code has expired',
  'code-used': 'another box has used the code',
  'key-refused': 'the gateway does not take this key',
  'signature-refused': 'the gateway does not accept the signature; is its name the one it was told?',
  'box-taken': 'the gateway knows this box under another key',
  'box-revoked': 'the gateway has shut this box out',
}

function refusal(status: number, answer: unknown): EnrolError {
  if (status === 408 || status === 429 || status >= 500)
    return new EnrolError('busy', `the gateway is busy (status ${status})`)
  if (!Refused.Check(answer)) {
    return new EnrolError('no-gateway', `what answers there is not a gateway (status ${status})`)
  }
  const code = Object.keys(sentences).find((known) => known === answer.error.code) as
    | EnrolFailureCode
    | undefined
  return code
    ? new EnrolError(code, sentences[code]!)
    : new EnrolError('refused', `the gateway refuses (${answer.error.code.replace(/[^\w-]/g, '')})`)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** One POST, answered whole and small, or EnrolError. */
async function post(url: URL, body: string, { signal, ca, withinMs = mostMs }: EnrolOptions) {
  const tooLate = AbortSignal.timeout(withinMs)
  const either = AbortSignal.any([signal, tooLate])
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const secure = url.protocol === 'https:'
      const request = (secure ? httpsRequest : httpRequest)(url, {
        method: 'POST',
        agent: false,
        signal: either,
        headers: { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) },
        ...(secure && ca !== undefined && { ca }),
      })
      request.once('response', resolve)
      request.once('error', reject)
      request.end(body)
    })
    return { status: response.statusCode ?? 0, text: await readSmall(response) }
  } catch (cause) {
    signal.throwIfAborted()
    if (tooLate.aborted) throw new EnrolError('timeout', 'the gateway did not answer in time', { cause })
    if (cause instanceof EnrolError) throw cause
    throw failureOf(cause as NodeJS.ErrnoException)
  }
}

async function readSmall(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > mostBytes) throw new EnrolError('no-gateway', 'what answers there is not a gateway')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function failureOf(cause: NodeJS.ErrnoException): EnrolError {
  const { code = '' } = cause
  if (isUntrusted(code)) {
    return new EnrolError('untrusted', `the gateway's certificate is not trusted (${code})`, { cause })
  }
  if (code.startsWith('HPE_'))
    return new EnrolError('no-gateway', 'what answers there is not a gateway', { cause })
  return new EnrolError('unreachable', `the gateway cannot be reached (${code})`, { cause })
}

/**
 * `POST /enrol`: a box registers its key with a code.
 *
 *     POST /enrol HTTP/1.1
 *     content-type: application/json
 *
 *     {"v": 1, "code": "4K0ZD-…", "box": "box-…", "publicKey": "<32 bytes>", "label": "三楼", "signature": "<64 bytes>"}
 *
 * Binary values are base64url without padding. The signature, by the key that is to be registered, is over the
 * statement `enrol` (wire/challenge.ts): version, the gateway's name, the code as it stands in `code`, box, key id.
 * At most 4096 bytes, whole within 5 s. `label` may be left out; it is used where the operator gave the code none.
 *
 *     200 {"v": 1, "gateway": "…", "box": "…", "key": "…", "quota": {"tokensPerMinute": …, "tokensPerDay": …, "streams": …}}
 *
 * Everything else is `{"error": {"code", "message"}}`:
 *
 *     400 malformed            408 too-slow             413 too-large            415 content-type
 *     401 signature-refused    403 key-refused, box-revoked, origin-refused     404 code-unknown
 *     409 code-used, box-taken 410 code-expired         429 too-many-attempts   503 unavailable   (retry-after: seconds)
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import Type from 'typebox'
import { Compile } from 'typebox/compile'
import type { Log } from '../log.ts'
import { BoxId } from '../protocol.ts'
import { enrolmentBytes, verifyBytesAside } from '../wire/challenge.ts'
import { keyIdOf, publicKeyProblem } from '../wire/public-key.ts'
import { type Accounts, type BoxAccount, EnrolmentError, type EnrolmentRefusal } from './accounts.ts'
import { type Attempts, createAttempts } from './attempts.ts'
import { clientAddress } from './client-address.ts'

export interface EnrolHttpSettings {
  /** The gateway's name from its configuration; never from the request. */
  gateway: string
  accounts: Pick<Accounts, 'register'>
  log: Log
  /** Addresses whose X-Forwarded-For is believed. */
  proxies: ReadonlySet<string>
  attempts?: Attempts
  bodyMs?: number
}

const mostBytes = 4096
const withinMs = 5000

const RequestBody = Compile(
  Type.Object(
    {
      v: Type.Literal(1),
      code: Type.String({ minLength: 1, maxLength: 64 }),
      box: BoxId,
      publicKey: Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' }),
      label: Type.Optional(Type.String({ maxLength: 128 })),
      signature: Type.String({ pattern: '^[A-Za-z0-9_-]{86}$' }),
    },
    { additionalProperties: false },
  ),
)

const refusalStatus: Record<EnrolmentRefusal, number> = {
  'box-malformed': 400,
  'box-unknown': 404,
  'code-unknown': 404,
  'code-expired': 410,
  'code-used': 409,
  'key-refused': 403,
  'box-taken': 409,
  'box-revoked': 403,
}

/** What goes back instead of an account. */
class Refusal extends Error {
  readonly status: number
  readonly code: string
  readonly retryAfterMs: number
  constructor(status: number, code: string, message: string, retryAfterMs = 0) {
    super(message)
    this.status = status
    this.code = code
    this.retryAfterMs = retryAfterMs
  }
}

export function createEnrolHttp({
  gateway,
  accounts,
  log,
  proxies,
  attempts = createAttempts(),
  bodyMs = withinMs,
}: EnrolHttpSettings): (request: IncomingMessage, response: ServerResponse) => void {
  async function enrol(request: IncomingMessage): Promise<BoxAccount> {
    // A page in somebody's browser has no business here.
    if (request.headers.origin !== undefined)
      throw new Refusal(403, 'origin-refused', 'browsers are not served')
    const wait = attempts.take(clientAddress(request, proxies), performance.now())
    if (wait > 0) throw new Refusal(429, 'too-many-attempts', 'too many attempts; try again later', wait)
    if (!/^application\/json\s*(;|$)/i.test(request.headers['content-type'] ?? ''))
      throw new Refusal(415, 'content-type', 'application/json is expected')
    const { code, box, publicKey, signature, label } = parse(await readBody(request, bodyMs))
    const key = Buffer.from(publicKey, 'base64url')
    const problem = publicKeyProblem(key)
    if (problem) throw new Refusal(403, 'key-refused', `the public key is refused: ${problem}`)
    const statement = enrolmentBytes({ gateway, code, box, key: keyIdOf(key) })
    if (!(await verifyBytesAside(statement, signature, key)))
      throw new Refusal(401, 'signature-refused', 'the signature does not belong to this request')
    return accounts.register(code, { box, publicKey: key, ...(label !== undefined && { label }) })
  }

  return (request, response) => {
    enrol(request).then(
      ({ box, key, quota }) => {
        log('enrolled', { box, key })
        answer(response, 200, { v: 1, gateway, box, key, quota })
      },
      (error: unknown) => {
        const refusal = refusalOf(error)
        // Neither the code nor anything of the body.
        log('enrolment-refused', { code: refusal.code })
        if (refusal.retryAfterMs > 0)
          response.setHeader('retry-after', String(Math.ceil(refusal.retryAfterMs / 1000)))
        // What was not read stands in the way of another request.
        if (!request.complete) response.setHeader('connection', 'close')
        answer(response, refusal.status, { error: { code: refusal.code, message: refusal.message } })
        if (!request.complete) request.resume()
      },
    )
  }
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  if (response.destroyed) return
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(JSON.stringify(body))
}

function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  if (error instanceof EnrolmentError)
    return new Refusal(refusalStatus[error.code], error.code, error.message)
  return new Refusal(503, 'unavailable', 'the gateway cannot do this at present', 5000)
}

function parse(text: string) {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new Refusal(400, 'malformed', 'the body is not JSON')
  }
  if (!RequestBody.Check(value)) throw new Refusal(400, 'malformed', 'the body has another form')
  return value
}

/** The whole body, small and soon. */
function readBody(request: IncomingMessage, ms: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    const timer = setTimeout(() => end(new Refusal(408, 'too-slow', 'the body did not come in time')), ms)
    function end(refusal: Refusal | null): void {
      clearTimeout(timer)
      request.off('data', take)
      if (refusal) reject(refusal)
      else resolve(Buffer.concat(chunks).toString('utf8'))
    }
    function take(chunk: Buffer): void {
      size += chunk.length
      if (size > mostBytes) end(new Refusal(413, 'too-large', `a body has at most ${mostBytes} bytes`))
      else chunks.push(chunk)
    }
    request.on('data', take)
    request.once('end', () => end(null))
    request.once('close', () => end(new Refusal(400, 'malformed', 'the body broke off')))
    if (Number(request.headers['content-length'] ?? 0) > mostBytes)
      end(new Refusal(413, 'too-large', `a body has at most ${mostBytes} bytes`))
  })
}

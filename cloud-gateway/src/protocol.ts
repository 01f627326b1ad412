/**
 * `tanbox.ask.v1`: the messages between a box and the gateway, schema and type together. PROTOCOL.md says what
 * they mean and in which order they may come; this file says what they look like. One JSON object per WebSocket
 * text frame. Both ends validate everything they receive.
 */
import { createHash } from 'node:crypto'
import Type from 'typebox'
import { Compile } from 'typebox/compile'

export const subprotocol = 'tanbox.ask.v1'
export const protocolVersion = 1

/** Bounds on what one peer may send to the other. Sizes are bytes of UTF-8, times are milliseconds. */
export const limits = {
  frameBytes: 1024 * 1024,
  /** A message before authentication. */
  handshakeBytes: 4096,
  bodyBytes: 512 * 1024,
  passages: 32,
  inFlight: 8,
  deadlineMs: 10 * 60_000,
  answerBytes: 256 * 1024,
  reasoningBytes: 1024 * 1024,
  /** Text of one answer that may be under way unacknowledged, and of all answers of a box together. */
  streamCreditBytes: 64 * 1024,
  boxHeldBytes: 256 * 1024,
  /** How long an answer whose box is away, or that is over and not acknowledged, can be taken up again. */
  resumeMs: 120_000,
  /** Answers named in one `auth.resume`. */
  resumes: 16,
} as const

/** What this version can do beyond the messages every v1 peer knows; a type is sent only to who announced it. */
export const capabilities = ['rotate', 'quota'] as const

export const closeCodes = {
  /** The gateway is going down; come back after the jitter it named. */
  drain: 1001,
  /** Something went wrong in the gateway that concerns this connection only; come back with back-off. */
  fault: 1011,
  /** The gateway cannot look boxes up at the moment; come back with back-off. */
  unavailable: 1013,
  malformed: 4400,
  authentication: 4401,
  /** The box may not come back with this key. */
  revoked: 4403,
  heartbeat: 4408,
  /** A newer connection of the same box has taken over. */
  superseded: 4409,
  size: 4413,
  version: 4426,
  rate: 4429,
  /** The peer does not read what is sent to it. */
  tooSlow: 4430,
} as const

const text = (maxLength: number, minLength = 0) => Type.String({ minLength, maxLength })
const closed = { additionalProperties: false } as const

// ---- the question ------------------------------------------------------------------------------------------

/** A name under which the gateway offers a model; the box never names an address or a key. */
export const ModelAlias = Type.String({ pattern: '^[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}$' })

/**
 * What leaves the box for one answer. The box serialises it once; these bytes are what the receipt shows, what
 * `ask.body` carries and what `ask.digest` is the SHA-256 of.
 */
export const AskBody = Type.Object(
  {
    v: Type.Literal(1),
    model: ModelAlias,
    /** The product's prompt, versioned with the box. */
    system: text(32_768),
    question: text(8192, 1),
    history: Type.Array(
      Type.Object(
        { role: Type.Union([Type.Literal('user'), Type.Literal('assistant')]), content: text(32_768) },
        closed,
      ),
      { maxItems: 64 },
    ),
    /** In order of rank. `n` is the number that citations use, `where` the place for a person ("第 3 页"). */
    passages: Type.Array(
      Type.Object(
        {
          n: Type.Integer({ minimum: 1, maximum: 999 }),
          title: text(512),
          where: text(512),
          text: text(65_536),
        },
        closed,
      ),
      { maxItems: limits.passages },
    ),
    maxTokens: Type.Integer({ minimum: 1, maximum: 8192 }),
    language: Type.Union([Type.Literal('zh'), Type.Literal('en')]),
    /** What the question's words are called in the passages' language, from the box's glossary. */
    terms: Type.Optional(Type.Array(text(128, 1), { maxItems: 128 })),
  },
  closed,
)
export type AskBody = Type.Static<typeof AskBody>

// ---- parts -------------------------------------------------------------------------------------------------

/** A UUIDv7 made by the box: one per question asked of the gateway. */
const Rid = Type.String({ pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$' })
const Sha256 = Type.String({ pattern: '^[0-9a-f]{64}$' })
const Name = Type.String({ pattern: '^[a-z0-9][a-z0-9.-]{0,126}$' })
const Count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
const Milliseconds = Type.Integer({ minimum: 0, maximum: 86_400_000 })
const Capabilities = Type.Array(text(64, 1), { maxItems: 32 })

/** Which generation of an answer a message belongs to: 1 unless the gateway had to start over. */
const Epoch = Type.Integer({ minimum: 1, maximum: 1_000_000 })

/** Why the model ended. `cancelled` is the gateway's own answer to `cancel`. */
export const Finish = Type.Union([
  Type.Literal('stop'),
  Type.Literal('length'),
  Type.Literal('content_filter'),
  Type.Literal('cancelled'),
])
export type Finish = Type.Static<typeof Finish>

/**
 * Tokens as the model server counted them (`exact`), or as the gateway estimates them. `energyMicroWattHours` by the
 * operator's figures for the model, where there are any.
 */
export const Usage = Type.Object(
  {
    promptTokens: Count,
    completionTokens: Count,
    exact: Type.Boolean(),
    energyMicroWattHours: Type.Optional(Count),
  },
  closed,
)
export type Usage = Type.Static<typeof Usage>

const Channel = Type.Union([Type.Literal('answer'), Type.Literal('reasoning')])
/** Why an answer was refused or broke off; errors.ts lists them. */
const ErrorCode = Type.String({ pattern: '^[A-Za-z][A-Za-z_-]{1,63}$' })
/** Limits of a box; null: none. */
export const Quota = Type.Object(
  {
    tokensPerMinute: Type.Union([Count, Type.Null()]),
    tokensPerDay: Type.Union([Count, Type.Null()]),
    /** Answers in work at a time. */
    streams: Type.Integer({ minimum: 1, maximum: limits.inFlight }),
  },
  closed,
)
export type Quota = Type.Static<typeof Quota>
/** W3C Trace Context, version 00. */
const TraceParent = Type.String({ pattern: '^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$' })
const PublicKey = Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' })
const Signature = Type.String({ pattern: '^[A-Za-z0-9_-]{86}$' })
const Waiting = Type.Union([Type.Literal('queued'), Type.Literal('prefill'), Type.Literal('reasoning')])

// ---- from the gateway --------------------------------------------------------------------------------------

const fromGateway = {
  hello: Type.Object(
    {
      type: Type.Literal('hello'),
      v: Type.Integer({ minimum: 1 }),
      /** The gateway's name from its configuration; the box signs the name it expects, not this one. */
      gateway: Name,
      /** 32 random bytes, base64url. */
      nonce: Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' }),
      authMs: Milliseconds,
      limits: Type.Object({
        frameBytes: Count,
        bodyBytes: Count,
        passages: Count,
        inFlight: Count,
        deadlineMs: Milliseconds,
        streamCreditBytes: Count,
        boxHeldBytes: Count,
        resumeMs: Milliseconds,
      }),
      capabilities: Capabilities,
    },
    closed,
  ),
  welcome: Type.Object(
    {
      type: Type.Literal('welcome'),
      session: text(64, 1),
      /** Counts the connections of this box; a higher one fences a lower one. */
      generation: Count,
      models: Type.Array(ModelAlias, { minItems: 1, maxItems: 64 }),
      quota: Quota,
    },
    closed,
  ),
  /**
   * The question is in work. Also the reply to the same question sent again, and to an answer named in
   * `auth.resume`: `seq` is the last delta sent so far, and those the box has not got follow.
   */
  accepted: Type.Object(
    { type: Type.Literal('accepted'), rid: Rid, epoch: Epoch, seq: Count, model: text(128, 1) },
    closed,
  ),
  progress: Type.Object(
    {
      type: Type.Literal('progress'),
      rid: Rid,
      epoch: Epoch,
      state: Waiting,
      position: Type.Optional(Count),
    },
    closed,
  ),
  /** Nothing has been sent yet, and another model is tried: `code` says what kept the one before. */
  fallback: Type.Object(
    { type: Type.Literal('fallback'), rid: Rid, epoch: Epoch, model: text(128, 1), code: ErrorCode },
    closed,
  ),
  /** The answer begins anew as `epoch`, because the box had asked for that: throw away what was shown. */
  restart: Type.Object({ type: Type.Literal('restart'), rid: Rid, epoch: Epoch }, closed),
  /** `seq` counts from 1 without gaps over both channels. */
  delta: Type.Object(
    {
      type: Type.Literal('delta'),
      rid: Rid,
      epoch: Epoch,
      seq: Count,
      channel: Channel,
      text: text(65_536, 1),
    },
    closed,
  ),
  /** The model said that it was done. `textSha256` is over the UTF-8 of all text on the channel `answer`. */
  end: Type.Object(
    {
      type: Type.Literal('end'),
      rid: Rid,
      epoch: Epoch,
      seq: Count,
      finish: Finish,
      textSha256: Sha256,
      usage: Usage,
    },
    closed,
  ),
  /**
   * Without `epoch`: the question was refused and nothing was spent. With it: the running answer broke off
   * after delta `seq`; what came before stands, and `usage` says what it cost.
   */
  error: Type.Object(
    {
      type: Type.Literal('error'),
      rid: Rid,
      epoch: Type.Optional(Epoch),
      seq: Type.Optional(Count),
      code: ErrorCode,
      /** When it makes sense to ask again, for quotas. */
      retryAfterMs: Type.Optional(Milliseconds),
      message: text(512),
      retryable: Type.Boolean(),
      usage: Type.Optional(Usage),
    },
    closed,
  ),
  /** What the operator has changed about the box's limits. Only to a box that announced `quota`. */
  quota: Type.Object({ type: Type.Literal('quota'), quota: Quota }, closed),
  /** The box is known by the new key from now on. */
  rotated: Type.Object(
    { type: Type.Literal('rotated'), key: Type.String({ pattern: '^[0-9a-f]{16}$' }) },
    closed,
  ),
  /** No new questions here; running answers have `deadlineMs` to finish. Reconnect after up to `jitterMs`. */
  goaway: Type.Object(
    { type: Type.Literal('goaway'), deadlineMs: Milliseconds, jitterMs: Milliseconds },
    closed,
  ),
}

// ---- from the box ------------------------------------------------------------------------------------------

/** Doubles as the name of the box's file at the gateway, hence the narrow alphabet. */
export const BoxId = Type.String({ pattern: '^[a-z0-9][a-z0-9-]{2,62}$' })
export const KeyId = Type.String({ pattern: '^[0-9a-f]{16}$' })

const fromBox = {
  auth: Type.Object(
    {
      type: Type.Literal('auth'),
      v: Type.Integer({ minimum: 1 }),
      box: BoxId,
      key: KeyId,
      /** Ed25519 over `challengeBytes` (challenge.ts), base64url. */
      signature: Signature,
      capabilities: Capabilities,
      /** Answers of an earlier connection that are not over for the box: `seq` is the last delta it has. */
      resume: Type.Optional(
        Type.Array(Type.Object({ rid: Rid, epoch: Epoch, seq: Count }, closed), { maxItems: limits.resumes }),
      ),
    },
    closed,
  ),
  ask: Type.Object(
    {
      type: Type.Literal('ask'),
      rid: Rid,
      /** SHA-256 of the UTF-8 bytes of `body`. */
      digest: Sha256,
      /** The JSON text of an AskBody, exactly as the box recorded it. One above `bodyBytes` is refused, as `too-large`. */
      body: text(limits.frameBytes, 2),
      /** From the moment the gateway reads the message: the two clocks need not agree. */
      deadlineMs: Type.Integer({ minimum: 1, maximum: limits.deadlineMs }),
      /** Bytes of text (UTF-8, both channels) that may be under way: the window from seq 0, see `credit`. */
      credit: Type.Integer({ minimum: 1, maximum: limits.streamCreditBytes }),
      /**
       * The generation wanted, 1 where it is left out. After RESUME_LOST of generation n the box may ask for n + 1,
       * by which it agrees to throw away what it has shown. Never does the gateway begin another by itself.
       */
      epoch: Type.Optional(Epoch),
      traceparent: Type.Optional(TraceParent),
    },
    closed,
  ),
  /**
   * The box has everything up to `seq`, and there is room for `bytes` counted from there: of what was sent after `seq`
   * (seen or not) that much may be under way. A window, not an addition: saying it again changes nothing, so that a
   * message lost in a cut is made good by the next; after `accepted` of a resumed answer the box says it again.
   */
  credit: Type.Object(
    {
      type: Type.Literal('credit'),
      rid: Rid,
      epoch: Epoch,
      seq: Count,
      bytes: Type.Integer({ minimum: 0, maximum: limits.streamCreditBytes }),
    },
    closed,
  ),
  cancel: Type.Object({ type: Type.Literal('cancel'), rid: Rid }, closed),
  /** The box has the whole answer; the gateway may forget it. */
  ack: Type.Object({ type: Type.Literal('ack'), rid: Rid, seq: Count }, closed),
  /** A new key for this box, signed by that key (`rotationBytes`, wire/challenge.ts). */
  rotate: Type.Object({ type: Type.Literal('rotate'), publicKey: PublicKey, signature: Signature }, closed),
}

export type GatewayMessage = {
  [T in keyof typeof fromGateway]: Type.Static<(typeof fromGateway)[T]>
}[keyof typeof fromGateway]
export type BoxMessage = {
  [T in keyof typeof fromBox]: Type.Static<(typeof fromBox)[T]>
}[keyof typeof fromBox]
export type GatewayMessageOf<T extends GatewayMessage['type']> = Extract<GatewayMessage, { type: T }>
export type BoxMessageOf<T extends BoxMessage['type']> = Extract<BoxMessage, { type: T }>

// ---- reading -----------------------------------------------------------------------------------------------

/** A message that the protocol does not allow. `message` names the place and never the content. */
export class ProtocolError extends Error {
  override name = 'ProtocolError'
}

interface Check {
  Check(value: unknown): boolean
  Errors(value: unknown): { keyword: string; instancePath: string; message: string }[]
}

const gatewayChecks = new Map<string, Check>(
  Object.entries(fromGateway).map(([type, schema]) => [type, Compile(schema)]),
)
const boxChecks = new Map<string, Check>(
  Object.entries(fromBox).map(([type, schema]) => [type, Compile(schema)]),
)
const bodyCheck: Check = Compile(AskBody)

export const readGatewayMessage = (frame: string) => readMessage(frame, gatewayChecks) as GatewayMessage
export const readBoxMessage = (frame: string) => readMessage(frame, boxChecks) as BoxMessage

/** The question in a payload. Throws ProtocolError. */
export function readAskBody(payload: string): AskBody {
  const value = parseJson(payload)
  requireValid(value, bodyCheck, 'body')
  if (!isWellFormed(value)) throw new ProtocolError('body: half a character')
  return value as AskBody
}

/** JSON can say half a surrogate pair. Model servers fail over it, and would seem to be broken for everybody. */
function isWellFormed(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed()
  if (typeof value !== 'object' || value === null) return true
  return Object.values(value).every(isWellFormed)
}

export function sha256Hex(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function readMessage(frame: string, checks: Map<string, Check>): unknown {
  const value = parseJson(frame)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ProtocolError('a message is a JSON object')
  }
  const type: unknown = 'type' in value ? value.type : undefined
  if (typeof type !== 'string') throw new ProtocolError('a message has a type')
  const check = checks.get(type)
  // The message goes into logs: what does not look like a type is not repeated.
  const shown = /^[a-z][a-z-]{0,31}$/.test(type) ? ` "${type}"` : ''
  if (!check) throw new ProtocolError(`unknown message type${shown}`)
  requireValid(value, check, type)
  return value
}

function parseJson(input: string): unknown {
  try {
    return JSON.parse(input)
  } catch {
    throw new ProtocolError('not JSON')
  }
}

function requireValid(value: unknown, check: Check, what: string): void {
  if (check.Check(value)) return
  // The path of a member too many (`boolean`) ends with its name, which is the peer's; the next error tells its object.
  const first = check.Errors(value).find(({ keyword }) => keyword !== 'boolean')
  throw new ProtocolError(
    `${what}${first?.instancePath.slice(0, 64) ?? ''} ${first?.message ?? 'is not valid'}`,
  )
}

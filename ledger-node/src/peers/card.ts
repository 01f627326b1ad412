import Type from 'typebox'
import Compile from 'typebox/compile'
import { canonicalJson } from '../canonical-json.ts'
import {
  cosignerKeyType,
  formatVerifierKey,
  logKeyType,
  parseVerifierKey,
  type VerifierKey,
} from '../note/key.ts'
import { isWitnessName } from '../note/policy-rules.ts'

/** What two boxes exchange to become peers, by file, QR or the local network: who signs, and where it is asked. */
export interface Card {
  /** What people call the box. */
  name: string
  /** Its log (type 0x01): the key name is the origin. */
  log: VerifierKey
  /** Its witness (type 0x04). */
  cosigner: VerifierKey
  /** A person's key (type 0x01): signs for the box when its log cannot (forks/statement.ts). */
  admin: VerifierKey | null
  /** Where it may be reached: http, https, ws, wss. Empty for a box that only dials out. */
  urls: readonly string[]
}

/** A card is short enough for a QR code as long as it names few addresses. */
export const maxCardBytes = 8 * 1024

const Key = Type.String({ maxLength: 512 })
const CardSchema = Type.Object(
  {
    format: Type.Literal('tanbox-peer@1'),
    name: Type.String({ minLength: 1, maxLength: 64, pattern: '^[^\\u0000-\\u001f\\u007f]*$' }),
    log: Key,
    cosigner: Key,
    admin: Type.Optional(Key),
    urls: Type.Array(Type.String({ maxLength: 512 }), { maxItems: 8 }),
  },
  { additionalProperties: false },
)
const validator = Compile(CardSchema)
export type CardText = Type.Static<typeof CardSchema>

export class CardError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'CardError'
  }
}

/** @throws CardError with one sentence */
export function parseCard(bytes: Uint8Array | string): Card {
  if (bytes.length > maxCardBytes) throw new CardError(`A peer card has at most ${maxCardBytes} bytes.`)
  let value: unknown
  try {
    value = JSON.parse(typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('utf8'))
  } catch (cause) {
    throw new CardError('A peer card is JSON; this is not.', { cause })
  }
  if (!validator.Check(value)) throw new CardError('This is no peer card of format tanbox-peer@1.')
  return readCard(value)
}

/** @throws CardError */
export function readCard(value: CardText): Card {
  const log = keyOf(value.log, logKeyType, 'log')
  const cosigner = keyOf(value.cosigner, cosignerKeyType, 'cosigner')
  const admin = value.admin === undefined ? null : keyOf(value.admin, logKeyType, 'admin')
  const keys = [log, cosigner, ...(admin ? [admin] : [])].map((key) => key.publicKey.toString('hex'))
  // Without a policy file the peers are the witnesses, by the names of their keys.
  if (!isWitnessName(cosigner.name))
    throw new CardError('The name of the cosigner key cannot stand in a policy.')
  if (new Set(keys).size < keys.length) throw new CardError('The keys of a card have to be different ones.')
  if (Buffer.byteLength(log.name) > maxOriginBytes) throw new CardError('The origin of the log is too long.')
  return { name: value.name, log, cosigner, admin, urls: value.urls.map(checkUrl) }
}

/** Origins go into file names only as hashes; the limit keeps notes and lists of them small. */
export const maxOriginBytes = 255

/** One line, without line end. */
export function formatCard(card: Card): string {
  return canonicalJson(cardText(card))
}

export function cardText({ name, log, cosigner, admin, urls }: Card): CardText {
  return {
    format: 'tanbox-peer@1',
    name,
    log: formatVerifierKey(log),
    cosigner: formatVerifierKey(cosigner),
    ...(admin && { admin: formatVerifierKey(admin) }),
    urls: [...urls],
  }
}

function keyOf(text: string, type: number, what: string): VerifierKey {
  let key: VerifierKey
  try {
    key = parseVerifierKey(text)
  } catch (cause) {
    throw new CardError(`The ${what} key: ${cause instanceof Error ? cause.message : String(cause)}.`, {
      cause,
    })
  }
  if (key.type !== type) throw new CardError(`The ${what} key has type ${key.type}, not ${type}.`)
  return key
}

function checkUrl(text: string): string {
  const url = URL.parse(text)
  if (url === null || !['http:', 'https:', 'ws:', 'wss:'].includes(url.protocol))
    throw new CardError(`"${text.slice(0, 80)}" is no http, https, ws or wss address.`)
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    throw new CardError('An address in a card has no user, password, query or fragment.')
  return text
}

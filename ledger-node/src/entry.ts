import { createHash, randomBytes } from 'node:crypto'
import Type from 'typebox'
import Compile from 'typebox/compile'
import { canonicalJson } from './canonical-json.ts'
import { commitmentOf } from './commitment.ts'
import { isDate, readForm } from './entry-form.ts'

export { canonicalJson } from './canonical-json.ts'
export { opens } from './commitment.ts'

/** Bytes of an entry at most. The entry bundles of tlog-tiles would end at 65,535. */
export const maxEntryBytes = 16 * 1024
/** What `prev` says in the first entry of a log. */
export const noEntry = '0'.repeat(64)
/** Concerns commitments and signatures; leaves room for SM3 and SM2. The chain and the tree are SHA-256 always. */
export const suite = 'sha256-ed25519'

/** Lower-case kebab, as `source-added`. Kinds that a reader does not know are carried and not interpreted. */
export const EntryType = Type.String({ pattern: '^[a-z][a-z0-9]*(-[a-z0-9]+)*$', maxLength: 64 })
/** 256 bits in lower-case hex. */
export const Digest = Type.String({ pattern: '^[0-9a-f]{64}$' })

const EntrySchema = Type.Object(
  {
    type: EntryType,
    /** Its index in the log, from 0. */
    seq: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
    /** The leaf hash of the entry before. */
    prev: Digest,
    /** RFC 3339, UTC, milliseconds: what the writer claims, never an order. */
    time: Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.\\d{3}Z$' }),
    commitment: Digest,
    suite: Type.Literal(suite),
  },
  { additionalProperties: false },
)
export type Entry = Type.Static<typeof EntrySchema>

const validator = Compile(EntrySchema)
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The bytes of an entry: its canonical JSON in UTF-8. */
export function encodeEntry(entry: Entry): Buffer {
  if (!validator.Check(entry)) throw new TypeError('not an entry of this format')
  const bytes = Buffer.from(canonicalJson(entry))
  if (bytes.length > maxEntryBytes) throw new TypeError(`an entry has at most ${maxEntryBytes} bytes`)
  return bytes
}

/**
 * Reads an entry and refuses every other spelling of it: what is accepted encodes to the very same bytes.
 * @throws TypeError with what is wrong
 */
export function decodeEntry(bytes: Uint8Array): Entry {
  if (bytes.length > maxEntryBytes) throw new TypeError(`an entry has at most ${maxEntryBytes} bytes`)
  const parts = readForm(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1'))
  if (parts === null) throw new TypeError(problemOf(bytes))
  return { ...parts, suite }
}

/** Why bytes are no entry, for the person who has to find out. */
function problemOf(bytes: Uint8Array): string {
  let value: unknown
  try {
    value = JSON.parse(utf8.decode(bytes))
  } catch (error) {
    return error instanceof SyntaxError ? 'the bytes are not JSON' : 'the bytes are not UTF-8'
  }
  if (!validator.Check(value)) return 'the members are not those of an entry'
  return isDate(value.time) ? 'the JSON is not in its canonical form' : 'the time is no date'
}

/** RFC 6962 section 2.1: SHA-256(0x00 || bytes), in hex. It is `prev` of the next entry and a leaf of the tree. */
export function leafHash(bytes: Uint8Array): string {
  return createHash('sha256').update(leafPrefix).update(bytes).digest('hex')
}
const leafPrefix = Uint8Array.of(0)

export interface Commitment {
  /** The canonical JSON that was committed to; kept off the ledger together with the salt. */
  canonical: string
  /** 32 fresh random bytes in hex. Erasing it and the content leaves a number that says nothing. */
  salt: string
  /** HMAC-SHA-256 of the canonical bytes under the salt, in hex: all that the ledger sees. */
  commitment: string
}

/** Commits to a content. A salt is given only to recompute an old commitment. */
export function commit(content: unknown, salt: string = randomBytes(32).toString('hex')): Commitment {
  const canonical = canonicalJson(content)
  return { canonical, salt, commitment: commitmentOf(canonical, salt).toString('hex') }
}
